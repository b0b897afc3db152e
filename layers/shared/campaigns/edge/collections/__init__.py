"""The collections API: its endpoint, its envelope, its errors. Accounts are invoices here."""

from http import HTTPStatus
from typing import Any, Generic, TypeVar

from campaigns.edge.api import Api
from campaigns.edge.auth import KeyRules
from campaigns.edge.collections.wire import SnakeWire
from campaigns.edge.problem import Problem

T = TypeVar("T")


class NoMeta(SnakeWire): ...


class Envelope(SnakeWire, Generic[T]):
    success: bool = True
    status_code: int = 200
    message: str = "OK"
    data: T
    meta: NoMeta = NoMeta()


class PageMeta(SnakeWire):
    page: int
    per_page: int
    total: int
    total_pages: int
    has_next: bool
    has_prev: bool


class ListEnvelope(SnakeWire, Generic[T]):
    success: bool = True
    status_code: int = 200
    message: str = "OK"
    data: list[T]
    meta: PageMeta


def spell(problem: Problem, _: str) -> dict[str, Any]:
    """Refusals of the key stand outside the envelope."""
    if problem.status is HTTPStatus.UNAUTHORIZED:
        return {"detail": "Invalid or expired API key"}
    if problem.scope is not None:
        return {"detail": f"API key lacks required scope: {problem.scope}"}
    return {
        "success": False,
        "status_code": int(problem.status),
        "message": problem.message,
        "errors": [{"field": fault.field, "error": fault.message} for fault in problem.faults],
        "meta": {},
    }


_DETAIL = {
    "type": "object",
    "description": "A refusal of the key.",
    "required": ["detail"],
    "properties": {"detail": {"type": "string"}},
}
_FAULT = {
    "type": "object",
    "required": ["field", "error"],
    "properties": {"field": {"type": "string"}, "error": {"type": "string"}},
}
_ENVELOPE = {
    "type": "object",
    "required": ["success", "status_code", "message", "errors", "meta"],
    "properties": {
        "success": {"const": False},
        "status_code": {"type": "integer"},
        "message": {"type": "string"},
        "errors": {"type": "array", "items": _FAULT},
        "meta": {"type": "object"},
    },
}

api = Api(
    "collections",
    spell,
    {"oneOf": [_ENVELOPE, _DETAIL]},
    keys=KeyRules(all_if_no_scopes=True, prefixes=("sk_live_", "sk_test_")),
)
endpoint = api.endpoint
