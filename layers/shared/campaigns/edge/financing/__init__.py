"""The financing API: its endpoint and its errors."""

from http import HTTPStatus
from typing import Any

from campaigns.domain.financing_client import ClientRevoked
from campaigns.edge.api import Api
from campaigns.edge.problem import UNAUTHENTICATED, Problem


def spell(problem: Problem, _: str) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    for fault in problem.faults:
        errors.setdefault(fault.field, []).append(fault.message)
    message = "The request is not valid." if errors else problem.message
    if problem.code == UNAUTHENTICATED.code:
        message = "The token is missing, unknown or expired."
    return {"message": message, "errors": errors}


ERROR = {
    "type": "object",
    "required": ["message", "errors"],
    "properties": {
        "message": {"type": "string"},
        "errors": {
            "type": "object",
            "description": "What is wrong, by the name of the field.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}

api = Api(
    "financing",
    spell,
    ERROR,
    statuses={ClientRevoked: HTTPStatus.UNAUTHORIZED},
    challenge="Bearer",
)
endpoint = api.endpoint
