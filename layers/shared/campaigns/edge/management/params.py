"""Query parameters of the management API, and how its lists are paged."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from campaigns.edge.wire import Wire

E = TypeVar("E")
S = TypeVar("S")


class PageQuery(Wire):
    """`nextToken` is what the page before answered."""

    limit: Annotated[int, Field(ge=1, le=100)] = 25
    next_token: Annotated[str, Field(min_length=1, max_length=200)] | None = None


PageAsk = Annotated[PageQuery, Query()]


class Listed(Wire, Generic[S]):
    items: list[S]
    next_token: str | None


def listed(
    found: Sequence[E], limit: int, show: Callable[[E], S], token_of: Callable[[E], str]
) -> "Listed[S]":
    """A page of `limit`, out of one thing more where the list goes on."""
    page = found[:limit]
    token = token_of(page[-1]) if len(found) > limit else None
    return Listed[Any](items=[show(one) for one in page], next_token=token)
