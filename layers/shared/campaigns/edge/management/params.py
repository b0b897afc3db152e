"""Query parameters of the management API, and how its lists are paged."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Protocol, TypeVar

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from campaigns.domain.identity import NotAUuid, as_uuid
from campaigns.domain.page import Page, Slice
from campaigns.edge.problem import Fault, Refused, bad_request
from campaigns.edge.wire import Wire

E = TypeVar("E")
S = TypeVar("S")


class PageQuery(Wire):
    """`nextToken` is what the page before answered."""

    limit: Annotated[int, Field(ge=1, le=100)] = 25
    next_token: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @property
    def after(self) -> str | None:
        """The id behind which a list goes on. Refuses a token that cannot be an id."""
        try:
            return None if self.next_token is None else as_uuid(self.next_token)
        except NotAUuid:
            fault = Fault("nextToken", "is none that this list has answered")
            raise Refused(bad_request(fault)) from None


PageAsk = Annotated[PageQuery, Query()]


class RecordQuery(PageQuery):
    """Of a list of what stays on record when it has ended."""

    include_ended: bool = False

    def slice(self) -> Slice:
        return Slice(
            limit=self.limit, starting_after=self.after, include_deleted=self.include_ended
        )


RecordAsk = Annotated[RecordQuery, Query()]


class Kept(Protocol):
    @property
    def id(self) -> str: ...


K = TypeVar("K", bound=Kept)


class Listed(Wire, Generic[S]):
    items: list[S]
    next_token: str | None


def paged(page: Page[K], show: Callable[[K], S]) -> "Listed[S]":
    token = page.items[-1].id if page.has_next else None
    return Listed[Any](items=[show(one) for one in page.items], next_token=token)


def listed(
    found: Sequence[E], limit: int, show: Callable[[E], S], token_of: Callable[[E], str]
) -> "Listed[S]":
    """A page of `limit`, out of one thing more where the list goes on."""
    page = found[:limit]
    token = token_of(page[-1]) if len(found) > limit else None
    return Listed[Any](items=[show(one) for one in page], next_token=token)
