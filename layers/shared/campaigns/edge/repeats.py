"""Idempotency-Key: a POST that is sent again gets its first answer again.

A request is the same when its company, address and key are; its body must then be, too. Only
answers that went well are kept: what was refused had no effect, and is looked at afresh.
"""

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from http import HTTPStatus

import orjson
from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns.domain.requests import LONGEST_KEY, Answer
from campaigns.domain.secret import MASK
from campaigns.edge.auth import Wiring
from campaigns.edge.event import Event, body_of, headers_of
from campaigns.edge.problem import Fault, Problem, Refused

_HEADER = "idempotency-key"
_BAD_KEY = Problem(
    HTTPStatus.BAD_REQUEST,
    "bad_request",
    "The request is not valid.",
    (Fault(_HEADER, f"must have 1 to {LONGEST_KEY} characters"),),
)


class Repeats:
    """`shown_once` are members of the answer that nobody but the first caller gets to see."""

    def __init__(self, wiring: Wiring, shown_once: tuple[str, ...]) -> None:
        self._wiring = wiring
        self._shown_once = shown_once

    def answer(
        self, event: Event, context: LambdaContext, company_id: str, work: Callable[[], Answer]
    ) -> Answer:
        key = headers_of(event).get(_HEADER)
        if event["requestContext"]["http"]["method"] != "POST" or key is None:
            return work()
        if not 1 <= len(key) <= LONGEST_KEY:
            raise Refused(_BAD_KEY)
        answer, repeated = self._wiring.requests().once(
            company_id,
            f"{event['rawPath']} {key}",
            _digest(event),
            work,
            keep=self._without_secrets,
            seconds=context.get_remaining_time_in_millis() / 1000,
        )
        if repeated:
            answer = {**answer, "headers": {**answer["headers"], "Idempotency-Replayed": "true"}}
        return answer

    def _without_secrets(self, answer: Answer) -> Answer:
        if not self._shown_once:
            return answer
        masked = orjson.loads(answer["body"]) | dict.fromkeys(self._shown_once, MASK)
        return {**answer, "body": orjson.dumps(masked).decode()}


def _digest(event: Event) -> str:
    """Of what the body says, however it is laid out."""
    body = body_of(event)
    with suppress(orjson.JSONDecodeError):
        body = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    return sha256(body).hexdigest()
