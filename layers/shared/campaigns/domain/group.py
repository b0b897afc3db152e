"""A group: customers that somebody has put together under a name."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple, Self

from campaigns.domain.errors import Conflict, NotFound
from campaigns.domain.identity import NotAUuid, as_uuid

MOST_AT_ONCE: Final = 100
"""Members that one request may add and take out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    id: str
    company_id: str
    name: str
    created_at: datetime
    updated_at: datetime
    """When it was made or deleted; members come and go without it."""
    deleted_at: datetime | None = None
    version: int = 0

    @property
    def external_id(self) -> str:
        """No two groups of a company have the same name, however it is capitalised."""
        return name_key(self.name)

    def deleted(self, at: datetime) -> Self:
        return replace(self, deleted_at=at, updated_at=at)


class Member(NamedTuple):
    """`id` is the customer's."""

    id: str
    external_id: str


@dataclass(frozen=True, slots=True)
class MembersChanged:
    added: int
    """Who was no member before."""
    removed: int
    """Who was one before."""
    unknown: tuple[str, ...]
    """Those of the first list who are no customers, so they were not added."""


def name_key(name: str) -> str:
    return " ".join(name.casefold().split())


def group_id_of(text: str) -> str:
    """Raises GroupNotFound: what cannot be an id names no group."""
    try:
        return as_uuid(text)
    except NotAUuid:
        raise GroupNotFound(text) from None


class GroupNotFound(NotFound):
    code = "group_not_found"

    def __init__(self, group_id: str) -> None:
        super().__init__(f"group {group_id} does not exist")


class GroupNameTaken(Conflict):
    code = "group_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a group called {name!r} already")
