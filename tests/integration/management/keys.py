"""Keys made over the API."""

from dataclasses import replace
from typing import Any

from tests.integration.lender import Answer, Lender

EVERYTHING = ["manage:keys", "runs:read", "runs:write"]


def create_key(lender: Lender, **fields: Any) -> Answer:
    return lender.call(
        "management/create_key", body={"name": "k", "scopes": ["runs:read"], **fields}
    )


def made(lender: Lender, **fields: Any) -> Any:
    answer = create_key(lender, **fields)
    assert answer.status == 200, answer.body
    return answer.body


def holding(lender: Lender, key: str) -> Lender:
    """The same company, speaking with this key."""
    return replace(lender, key=key)


def works(lender: Lender, key: str) -> bool:
    """Whether the key is good for anything; a missing scope is no reason to say no."""
    return holding(lender, key).call("management/list_keys").status in (200, 403)
