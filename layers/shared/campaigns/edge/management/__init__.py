"""The management API: ours; errors are RFC 9457 problem details."""

from typing import Any
from urllib.parse import quote

from campaigns.edge.api import Api
from campaigns.edge.problem import Problem


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


api = Api("management", spell, error_type="application/problem+json")
endpoint = api.endpoint
