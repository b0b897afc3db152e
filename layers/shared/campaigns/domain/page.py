"""A slice of a long list, newest first, and where to go on from it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from campaigns.domain.errors import Invalid

T = TypeVar("T")


class PeriodReversed(Invalid):
    """Of a list of the days between two."""

    code = "period_reversed"

    def __init__(self) -> None:
        super().__init__("from must not be later than to", field="from")


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
