"""The borrower API: its endpoint, its envelope, its errors."""

from typing import Any, Generic, TypeVar

from aws_lambda_powertools.event_handler import Response

from campaigns.edge.api import Api
from campaigns.edge.problem import FAULT, Problem
from campaigns.edge.wire import Wire

T = TypeVar("T")


class Item(Wire, Generic[T]):
    status: int = 0
    message: str = "OK"
    data: T


class Listed(Wire, Generic[T]):
    status: int = 0
    total: int
    count: int
    next_url: str | None
    previous_url: str | None
    data: list[T]


def spell(problem: Problem, _: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "status": int(problem.status),
        "message": problem.message,
        "data": None,
    }
    if problem.faults:
        body["errors"] = [
            {"field": fault.field, "message": fault.message} for fault in problem.faults
        ]
    return body


ERROR = {
    "type": "object",
    "required": ["status", "message", "data"],
    "properties": {
        "status": {"type": "integer", "description": "The HTTP status."},
        "message": {"type": "string"},
        "data": {"type": "null"},
        "errors": {"type": "array", "items": FAULT},
    },
}

api = Api("borrower", spell, ERROR)
endpoint = api.endpoint

Redirect = Response[None]


def redirect(url: str) -> Redirect:
    return Response(status_code=302, headers={"Location": url})
