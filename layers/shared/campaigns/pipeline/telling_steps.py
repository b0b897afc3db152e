"""Steps that tell, on the run's record, what stands in the way while one is tried again."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from campaigns.domain.errors import DomainError, Unavailable
from campaigns.domain.run import RunRef
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json, Steps


class TellingSteps:
    def __init__(self, steps: Steps, ref: RunRef, tools: Tools) -> None:
        self._steps = steps
        self._ref = ref
        self._tools = tools

    def step(self, name: str, do: Callable[[int], Json]) -> Json:
        def told(attempt: int) -> Json:
            try:
                answer = do(attempt)
            except Unavailable as away:
                self._tell(f"attempt {attempt} did not succeed: {away}")
                raise
            if attempt > 1:
                self._tell(None)
            return answer

        return self._steps.step(name, told)

    def poll(self, name: str, check: Callable[[Json], Json], state: Json) -> Json:
        return self._steps.poll(name, check, state)

    def each(self, name: str, items: Sequence[Json], do: Callable[[Json], Json]) -> Sequence[Json]:
        return self._steps.each(name, items, do)

    def _tell(self, detail: str | None) -> None:
        # A word that gets lost must not end the step, nor hide why it has to be tried again.
        with suppress(DomainError):
            self._tools.tell(self._ref, detail)
