"""A run's steps on Lambda durable functions.

Answers of steps are remembered by the service, so they are kept small, and refusals travel
as answers: an exception of ours would come back after a replay as one of the engine's.
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aws_durable_execution_sdk_python.config import (
    Duration,
    MapConfig,
    NestingType,
    StepConfig,
)
from aws_durable_execution_sdk_python.retries import RetryDecision
from aws_durable_execution_sdk_python.waits import (
    WaitForConditionConfig,
    WaitForConditionDecision,
)

from campaigns.domain.answer import Answer, StepRefused, answered, refused, result_of
from campaigns.domain.errors import DomainError, Unavailable
from campaigns.domain.retry import retry_delay

if TYPE_CHECKING:
    from aws_durable_execution_sdk_python import DurableContext
    from aws_durable_execution_sdk_python.types import BatchResult, StepContext

_CONCURRENCY = 20
_CHUNK_TRIES = 3
_CHUNK_FAILED = "a part of the list could not be resolved; the function's log has more"
_LONGEST_PAUSE = 15
_MISSES = 20
"""Polls in a row that may go unanswered."""


class DurableSteps:
    """`report` is told of every failure that is not a refusal, with its traceback."""

    def __init__(
        self, context: "DurableContext", *, chunk_function: str, report: Callable[[str], None]
    ) -> None:
        self._context = context
        self._chunk_function = chunk_function
        self._report = report

    def step(self, name: str, do: Callable[[int], Answer]) -> Answer:
        def attempt(step: "StepContext") -> Answer:
            return self._tried(lambda: do(step.attempt), step.attempt)

        config = StepConfig(retry_strategy=_again)
        return result_of(self._context.step(attempt, name=name, config=config))

    def poll(self, name: str, check: Callable[[Answer], Answer], state: Answer) -> Answer:
        def look(seen: Answer, _: Any) -> Answer:
            try:
                return {"ok": check(seen["ok"]), "misses": 0}
            except Unavailable as missed:
                misses = seen["misses"] + 1
                return {**seen, "misses": misses, **(refused(missed) if misses > _MISSES else {})}
            except DomainError as refusal:
                return {**seen, **refused(refusal)}
            except Exception as unexpected:
                self._report(f"{name} failed")
                return {**seen, **refused(unexpected)}

        def wait(seen: Answer, attempts: int) -> WaitForConditionDecision:
            if "refused" in seen or seen["ok"].get("done"):
                return WaitForConditionDecision.stop_polling()
            usual = min(_LONGEST_PAUSE, math.ceil(1.4 ** max(attempts - 1, 0)))
            pause = int(seen["ok"].get("wait", usual))
            return WaitForConditionDecision.continue_waiting(Duration.from_seconds(pause))

        start: Answer = {"ok": state, "misses": 0}
        config = WaitForConditionConfig(wait_strategy=wait, initial_state=start)
        seen: Answer = self._context.wait_for_condition(look, config=config, name=name)
        return result_of(seen)

    def each(
        self, name: str, items: Sequence[Answer], do: Callable[[Answer], Answer]
    ) -> Sequence[Answer]:
        """One item is done here; several go to the chunk function, twenty at a time."""
        if not items:
            return []
        if len(items) == 1:
            return [self.step(f"{name}-0", lambda _: do(items[0]))]

        def invoked(context: "DurableContext", item: Answer, name: str) -> Answer:
            answer: Answer = context.invoke(self._chunk_function, item, name=name)
            return answer

        def elsewhere(
            context: "DurableContext", item: Answer, place: int, _: Sequence[Answer]
        ) -> Answer:
            for attempt in range(1, _CHUNK_TRIES):
                try:
                    return invoked(context, item, f"{name}-{place}-{attempt}")
                except Exception:
                    self._report(f"chunk {place} failed at attempt {attempt}")
            return invoked(context, item, f"{name}-{place}-{_CHUNK_TRIES}")

        config: MapConfig[Answer] = MapConfig(
            max_concurrency=_CONCURRENCY, nesting_type=NestingType.FLAT
        )
        try:
            results: BatchResult[Answer] = self._context.map(items, elsewhere, name, config)
            answers = results.get_results()
        except Exception as broken:
            # A suspension is no Exception and passes; this is a chunk that could not be done.
            # Its text is not told: what an unexpected error says may hold anything.
            raise StepRefused("chunk_failed", _CHUNK_FAILED) from broken
        if len(answers) != len(items):
            raise StepRefused("chunk_failed", _CHUNK_FAILED)
        return [result_of(answer) for answer in answers]

    def _tried(self, do: Callable[[], Answer], attempt: int) -> Answer:
        try:
            return answered(do)
        except Exception as failure:
            if not isinstance(failure, Unavailable):
                self._report(f"attempt {attempt} failed")
            if _pause(attempt) is None:
                return refused(failure)
            # The engine keeps what is raised, text and all.
            raise _Again(type(failure).__name__) from None


class _Again(Exception):
    """What an attempt failed of; another one follows."""


def _pause(attempt: int) -> float | None:
    return retry_delay(attempt, random.random)


def _again(_: Exception, attempts: int) -> RetryDecision:
    pause = _pause(attempts)
    if pause is None:
        return RetryDecision.no_retry()
    return RetryDecision.retry(Duration.from_seconds(max(1, math.ceil(pause))))
