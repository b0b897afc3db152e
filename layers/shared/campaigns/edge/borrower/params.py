"""Path, query and header parameters of the borrower API, and how its lists are paged."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import quote, urlencode

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from aws_lambda_powertools.event_handler.request import Request
from pydantic import Field

from campaigns.domain.page import Page, Slice
from campaigns.domain.public_id import read
from campaigns.edge.borrower import Listed
from campaigns.edge.problem import Fault, Problem, Refused
from campaigns.edge.wire import Wire


class Shown(Protocol):
    @property
    def id(self) -> str: ...


E = TypeVar("E")
S = TypeVar("S", bound=Shown)

Id = Annotated[str, Path()]
IdempotencyKey = Annotated[
    str | None, Header(alias="idempotency-key", min_length=1, max_length=255)
]
FileName = Annotated[str | None, Query(alias="fileName")]
SpreadsheetSafe = Annotated[bool, Query(alias="spreadsheetSafe")]


class PageQuery(Wire):
    """The list parameters that every list of this API takes."""

    limit: Annotated[int, Field(ge=1, le=100)] = 25
    starting_after: str | None = None
    ending_before: str | None = None
    include_deleted: bool = False

    def slice_of(self, kind: str) -> Slice:
        """What to list of one kind; the cursors are shown ids. Refuses what cannot be one."""
        return Slice(
            limit=self.limit,
            starting_after=_cursor(kind, "startingAfter", self.starting_after),
            ending_before=_cursor(kind, "endingBefore", self.ending_before),
            include_deleted=self.include_deleted,
        )


PageAsk = Annotated[PageQuery, Query()]


def _list_url(request: Request) -> str:
    """The list's own absolute URL, without cursors and without deleted parameters."""
    event = request.resolved_event
    asked = {
        name: value
        for name, value in (event.query_string_parameters or {}).items()
        if name not in ("startingAfter", "endingBefore")
    }
    host = event.raw_event["requestContext"]["domainName"]
    # Set by the gateway; what else stands there did not come from it.
    scheme = "http" if event.headers.get("x-forwarded-proto") == "http" else "https"
    query = f"?{urlencode(asked)}" if asked else ""
    return f"{scheme}://{host}{quote(event.path)}{query}"


ListUrl = Annotated[str, Depends(_list_url)]


def listed(page: Page[E], show: Callable[[E], S], at: str) -> "Listed[S]":
    """One page in this API's envelope, with the URLs of its neighbours."""
    data = [show(one) for one in page.items]

    def beside(cursor: str, place: int) -> str:
        return f"{at}{'&' if '?' in at else '?'}{urlencode({cursor: data[place].id})}"

    return Listed[Any](
        total=page.total,
        count=len(data),
        next_url=beside("startingAfter", -1) if page.has_next and data else None,
        previous_url=beside("endingBefore", 0) if page.has_previous and data else None,
        data=data,
    )


def _cursor(kind: str, name: str, text: str | None) -> str | None:
    if text is None:
        return None
    found = read(kind, text)
    if found is None:
        fault = Fault(name, "is not the id of an object of this list")
        raise Refused(
            Problem(HTTPStatus.BAD_REQUEST, "bad_request", "The request is not valid.", (fault,))
        )
    return found
