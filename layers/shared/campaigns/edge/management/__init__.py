"""The management API: ours; errors are RFC 9457 problem details."""

from typing import Any
from urllib.parse import quote

from campaigns.edge.api import Api
from campaigns.edge.problem import FAULT, Problem


def spell(problem: Problem, path: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": f"urn:campaigns:{problem.code}",
        "title": problem.status.phrase,
        "status": int(problem.status),
        "detail": problem.message,
        "instance": quote(path),
    }
    if problem.faults:
        body["errors"] = [
            {"field": fault.field, "message": fault.message} for fault in problem.faults
        ]
    return body


ERROR = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "A URN that names the kind of problem."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {"type": "array", "items": FAULT},
    },
}

api = Api("management", spell, ERROR, error_type="application/problem+json")
endpoint = api.endpoint
