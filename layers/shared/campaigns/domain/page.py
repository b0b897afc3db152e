"""A slice of a long list, newest first, and where to go on from it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slice:
    """What to list: `limit` things after one id, or before one. Before wins over after."""

    limit: int = 25
    starting_after: str | None = None
    ending_before: str | None = None
    include_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`total` counts the whole list, not this page. An empty page has no neighbours."""

    items: tuple[T, ...]
    total: int
    has_next: bool
    has_previous: bool
