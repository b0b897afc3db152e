"""The customers API, where dialers report: its endpoint, its lists, its errors."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from pydantic.alias_generators import to_camel

from campaigns.domain.api_key import RateLimit
from campaigns.edge.api import Api
from campaigns.edge.auth import KeyRules
from campaigns.edge.problem import Fault, Problem
from campaigns.edge.wire import Wire

T = TypeVar("T")

_CODES: Mapping[HTTPStatus, str] = {
    HTTPStatus.UNAUTHORIZED: "UNAUTHORIZED",
    HTTPStatus.FORBIDDEN: "FORBIDDEN",
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
    HTTPStatus.UNPROCESSABLE_ENTITY: "VALIDATION_ERROR",
    HTTPStatus.TOO_MANY_REQUESTS: "RATE_LIMIT_EXCEEDED",
}
_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    ((int, float), "number"),
    (str, "string"),
    ((list, tuple), "array"),
    (dict, "object"),
)
_EXPECTED = {
    "string_type": "string",
    "int_parsing": "number",
    "int_type": "number",
    "bool_parsing": "boolean",
    "bool_type": "boolean",
    "dict_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
    "not_an_object": "object",
}


class Listed(Wire, Generic[T]):
    items_total: int
    current_page: int
    next_page: int | None
    prev_page: int | None
    items: list[T]


def listed(items: list[T], total: int, page: int, limit: int) -> "Listed[T]":
    return Listed(
        items_total=total,
        current_page=page,
        next_page=page + 1 if page * limit < total else None,
        prev_page=page - 1 if page > 1 else None,
        items=items,
    )


def restate(problem: Problem) -> Problem:
    """What does not fit a schema is 422 here; what the present state forbids is 400."""
    if problem.status is HTTPStatus.BAD_REQUEST and any(
        fault.kind and fault.kind != "json_invalid" for fault in problem.faults
    ):
        return replace(problem, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if problem.code == "enrollment_moved":
        return replace(problem, status=HTTPStatus.BAD_REQUEST)
    return problem


def spell(problem: Problem, _: str) -> dict[str, Any]:
    status = problem.status
    code = _CODES.get(status, "INTERNAL_ERROR" if status >= 500 else "BAD_REQUEST")
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        told = {"message": "Rate limit exceeded", "code": code}
        return {**told, "retryAfter": problem.retry_after}
    body: dict[str, Any] = {"message": problem.message, "code": code}
    if status is HTTPStatus.UNPROCESSABLE_ENTITY and problem.faults:
        body["errors"] = [_spelled(fault) for fault in problem.faults]
    elif problem.faults and problem.code == "bad_request":
        fault = problem.faults[0]
        body["message"] = f"{fault.field} {fault.message}"
    return body


def _spelled(fault: Fault) -> dict[str, Any]:
    missing = fault.kind == "missing"
    return {
        "path": [to_camel(part) if isinstance(part, str) else part for part in fault.path],
        "message": "Required" if missing else fault.message,
        "expected": _expected(fault),
        "received": "undefined" if missing else _kind_of(fault.received),
        "code": "invalid_type" if missing or fault.kind in _EXPECTED else "invalid_value",
    }


def _expected(fault: Fault) -> str:
    if fault.kind in _EXPECTED:
        return _EXPECTED[fault.kind]
    return fault.expected or "string"


def _kind_of(value: Any) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")


_FAULT = {
    "type": "object",
    "required": ["path", "message", "expected", "received", "code"],
    "properties": {
        "path": {"type": "array", "items": {"type": ["string", "integer"]}},
        "message": {"type": "string"},
        "expected": {"type": "string"},
        "received": {"type": "string"},
        "code": {"type": "string"},
    },
}
_ERROR = {
    "type": "object",
    "required": ["message", "code"],
    "properties": {
        "message": {"type": "string"},
        "code": {"type": "string"},
        "retryAfter": {"type": "integer"},
        "errors": {"type": "array", "items": _FAULT},
    },
}

api = Api(
    "customers",
    spell,
    _ERROR,
    restate=restate,
    keys=KeyRules(prefixes=("cc_",), rate_limit=RateLimit(60, 60)),
)
endpoint = api.endpoint
