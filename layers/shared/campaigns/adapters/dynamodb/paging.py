"""One page of a list that is kept newest first, or a query read to its end."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from campaigns.domain.page import Page, Slice

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")
C = TypeVar("C")


def paged(
    ask: Slice,
    cursor: C | None,
    *,
    place_of: Callable[[T], C],
    beyond: Callable[[C | None, int, bool], Sequence[T]],
    total: int,
) -> Page[T]:
    """`beyond(cursor, limit, newer)` answers up to `limit` things next to a cursor, nearest first.

    One thing more than asked for is read to see whether the list goes on; the side that we
    came from costs one more read of a single thing.
    """
    newer = ask.ending_before is not None
    found = beyond(cursor, ask.limit + 1, newer)
    items = tuple(found[: ask.limit])
    goes_on = len(found) > ask.limit
    if newer:
        items = items[::-1]
    came_from = False
    if cursor is not None and items:
        came_from = bool(beyond(place_of(items[-1 if newer else 0]), 1, not newer))
    has_next, has_previous = (came_from, goes_on) if newer else (goes_on, came_from)
    return Page(items, total, has_next, has_previous)


def every_item(client: "DynamoDBClient", question: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The items that a query answers, page after page as they are taken."""
    going_on: dict[str, Any] = {}
    while True:
        answer = client.query(**question, **going_on)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        going_on = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
