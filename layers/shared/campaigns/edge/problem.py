"""An error as every API sees it, before each spells it its own way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from campaigns.domain.errors import Conflict, DomainError, Invalid, NotFound, Unavailable
from campaigns.domain.requests import KeyOfAnotherRequest


@dataclass(frozen=True, slots=True)
class Fault:
    """One offending field, dotted as the wire spells it."""

    field: str
    message: str
    path: tuple[str | int, ...] = ()
    """The field, part by part, where a schema found the fault."""
    kind: str = ""
    """What the schema calls it."""
    expected: str = ""
    received: Any = None


FAULT = {
    "type": "object",
    "required": ["field", "message"],
    "properties": {
        "field": {"type": "string", "description": "Dotted, as the request spells it."},
        "message": {"type": "string"},
    },
}
"""The JSON schema of a fault, as APIs spell it unless their contract says otherwise."""


@dataclass(frozen=True, slots=True)
class Problem:
    status: HTTPStatus
    code: str
    message: str
    faults: tuple[Fault, ...] = ()
    retry_after: int | None = None
    """Seconds after which the same request may be taken."""
    scope: str | None = None
    """What the key lacks."""


class Refused(Exception):
    """Raised to answer with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


Statuses = Mapping[type[DomainError], HTTPStatus]

STATUS_OF: Statuses = {
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.BAD_REQUEST,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

SPECIAL_STATUS_OF: Statuses = {
    KeyOfAnotherRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""Of single errors, where every API names another status than that of their kind."""


def bad_request(*faults: Fault) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "bad_request", "The request is not valid.", faults)


OURS = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side.")
NO_ROUTE = Problem(HTTPStatus.NOT_FOUND, "no_route", "There is nothing at this address.")
UNAUTHENTICATED = Problem(
    HTTPStatus.UNAUTHORIZED, "unauthenticated", "The API key is missing, unknown or expired."
)
TOO_LARGE = Problem(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "The body is larger than 1 MB."
)
NOT_TEXT = bad_request(Fault("body", "is not UTF-8 text"))
TOO_DEEP = bad_request(Fault("body", "is nested too deeply"))
NOT_JSON_TYPE = Problem(
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "unsupported_media_type",
    "Send the body as application/json.",
)


MOST_FAULTS = 100
"""Of one request: a list of many thousand rows must not be answered by as many faults."""


def not_an_object(body: Any) -> Problem:
    fault = Fault("body", "must be a JSON object", kind="not_an_object", received=body)
    return Problem(HTTPStatus.BAD_REQUEST, "bad_request", "The request is not valid.", (fault,))


def no_number(text: str) -> Problem:
    message = f"is not valid JSON: {text[:20]} is no number that can be taken"
    return bad_request(Fault("body", message, kind="json_invalid"))


def lacks_scope(scope: str) -> Problem:
    message = f"The API key lacks the scope {scope}."
    return Problem(HTTPStatus.FORBIDDEN, "forbidden", message, scope=scope)


def too_many(seconds: int) -> Problem:
    message = f"The API key has used up its requests; try again in {seconds} s."
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", message, retry_after=seconds)


def of_domain(error: DomainError, statuses: Statuses = SPECIAL_STATUS_OF) -> Problem:
    """`statuses` are those of single errors, where they are not those of their kind."""
    kind = next(kind for kind in type(error).__mro__ if kind in STATUS_OF)
    status = statuses.get(type(error), STATUS_OF[kind])
    field = getattr(error, "field", None)
    faults = (Fault(field, str(error)),) if field else ()
    return Problem(status, error.code, str(error), faults)


def of_validation(errors: Sequence[dict[str, Any]]) -> Problem:
    """Every misfit of a request with its schema, each naming its field."""
    faults = [_fault(error) for error in errors[:MOST_FAULTS]]
    if left_out := len(errors) - len(faults):
        faults.append(Fault("body", f"and {left_out} more"))
    return bad_request(*faults)


def _fault(error: dict[str, Any]) -> Fault:
    unreadable = error["type"] == "json_invalid"
    return Fault(
        _dotted(error),
        _said(error),
        path=() if unreadable else _path(error["loc"]),
        kind=error["type"],
        expected=str(error.get("ctx", {}).get("expected", "")),
        received=None if unreadable else error.get("input"),
    )


def _path(where: Sequence[str | int]) -> tuple[str | int, ...]:
    # Of query parameters, what stands second is the name that the handler has for all of them.
    return tuple(where[2:] if where[0] == "query" and len(where) > 2 else where[1:])


def _dotted(error: dict[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return "body"
    where = [str(part) for part in error["loc"]]
    if where and where[0] in ("query", "path", "header"):
        # What stands between is the name that the handler has for all of them together.
        return _whole(where[-1])
    return _whole(".".join(where[1:] if where and where[0] == "body" else where)) or "body"


def _said(error: dict[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"is not valid JSON: {error.get('ctx', {}).get('error', 'unreadable')}"
    return _whole(str(error["msg"]).removeprefix("Value error, "))


def _whole(text: str) -> str:
    """What a caller sent may hold half a character, which cannot be sent back."""
    return text.encode(errors="replace").decode()
