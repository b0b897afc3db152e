"""The audience query: where it is stored, how its cells read, and how it can fail.

    Invalid       QueryUrlInvalid                        the campaign has to change
                  QueryRefused · QueryTimedOut           the query or its parameters have to change
                  KeyRefused · QuerySourceGone           somebody has to act in Redash
                  NotRedash · QueryHostUntrusted         whatever answers there is not Redash
    Unavailable   QueryUnavailable                       trying again may help

Every text says what happened and what to look at. No text ever contains the key.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from campaigns.domain.errors import Invalid, Unavailable
from campaigns.domain.web_url import DEFAULT_PORTS, NoUrl, parse_url

LARGEST_EXACT_FLOAT = 2**53
LONGEST_REASON = 500

_PATH = re.compile(r"(/[A-Za-z0-9][A-Za-z0-9._~-]*)?/queries/([0-9]{1,10})(?:/.*)?")
_PARAMETER_PREFIX = "p_"


@dataclass(frozen=True)
class QueryAddress:
    """One stored query: `base_url` is what the API paths are appended to, without a slash."""

    base_url: str
    query_id: int
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def canonical(self) -> str:
        """The address as text, without parameters; parsing it again gives the same query."""
        return f"{self.base_url}/queries/{self.query_id}"

    @property
    def scheme(self) -> str:
        return urlsplit(self.base_url).scheme

    @property
    def host(self) -> str:
        """A host name or an address; an IPv6 address comes without brackets."""
        host = urlsplit(self.base_url).hostname
        assert host is not None, "a query address is only made by parse_query_url"
        return host

    @property
    def port(self) -> int:
        parts = urlsplit(self.base_url)
        return parts.port or DEFAULT_PORTS[parts.scheme]

    def with_parameters(self, stored: Mapping[str, Any]) -> "QueryAddress":
        """The same query with the parameters an operator stored; those win over the URL's."""
        return replace(self, parameters={**self.parameters, **stored})


def parse_query_url(text: str, *, allow_http: bool) -> QueryAddress:
    """Read the URL of a query's page, as copied from the browser.

    The fragment and the query string are dropped, except `p_<name>`, which
    Redash's own pages use for the query's parameters.
    """
    valid = "a valid URL looks like https://redash.example.com/queries/42"
    try:
        url = parse_url(text, allow_http=allow_http)
    except NoUrl as misspelt:
        raise QueryUrlInvalid(f"{misspelt}; {valid}") from None
    path = _PATH.fullmatch(url.path)
    if path is None or not 0 < int(path[2]) < 2**31:
        raise QueryUrlInvalid(f"the path has to be /queries/<number>; {valid}")
    prefix = path[1] or ""
    if prefix == "/api":
        raise QueryUrlInvalid(f"this is an address of Redash's API, not the query's page; {valid}")
    parameters = {
        name.removeprefix(_PARAMETER_PREFIX): value
        for name, value in parse_qsl(url.query, keep_blank_values=True)
        if name.startswith(_PARAMETER_PREFIX) and name != _PARAMETER_PREFIX
    }
    return QueryAddress(f"{url.origin}{prefix}", int(path[2]), parameters)


def text_of(value: Any) -> str:
    """A cell of a result as text in a file: exactly what came back, nothing for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class QueryUrlInvalid(Invalid):
    code = "query_url_invalid"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="redashQueryUrl")


class QueryRefused(Invalid):
    """Redash or its database does not accept the query, its parameters or who asks."""

    code = "query_refused"

    def __init__(self, address: QueryAddress, reason: str) -> None:
        super().__init__(
            f"Redash refused query {address.query_id}: {_shortened(reason)}. "
            f"Run it once by hand at {address.canonical}"
        )


class KeyRefused(Invalid):
    code = "query_key_refused"

    def __init__(self, address: QueryAddress) -> None:
        super().__init__(
            f"Redash does not accept the key for {address.canonical}. Check that redashApiKey is "
            "the key of this query, or of a user who may see it"
        )


class QuerySourceGone(Invalid):
    code = "query_source_gone"

    def __init__(self, address: QueryAddress) -> None:
        super().__init__(
            f"the data source of query {address.query_id} is not available in Redash. "
            f"Check its data source at {address.canonical}"
        )


class NotRedash(Invalid):
    code = "not_redash"

    def __init__(self, address: QueryAddress, found: str) -> None:
        super().__init__(
            f"{address.canonical} answered with {found}, not with Redash's data. The URL probably "
            "points to a web page or a login; check host, port and organisation in redashQueryUrl"
        )


class QueryHostUntrusted(Invalid):
    code = "query_host_untrusted"

    def __init__(self, address: QueryAddress, reason: str) -> None:
        super().__init__(
            f"the certificate of {address.host} cannot be verified ({_shortened(reason)}). Check "
            "the host in redashQueryUrl, and the certificate and its chain on that server"
        )


class QueryTimedOut(Invalid):
    code = "query_timed_out"

    def __init__(self, address: QueryAddress, *, after_minutes: int | None = None) -> None:
        """`after_minutes` is our own patience; without it, the limit was one of Redash."""
        what = "ran past the time limit of Redash. Make the query faster or raise the limit there"
        if after_minutes is not None:
            what = f"was canceled after {after_minutes} minutes. Make the query faster"
        super().__init__(
            f"query {address.query_id} {what}; the same query again would end the same way"
        )


class QueryUnavailable(Unavailable):
    code = "query_unavailable"

    def __init__(self, address: QueryAddress, reason: str) -> None:
        super().__init__(
            f"Redash at {address.host} did not deliver query {address.query_id}: "
            f"{_shortened(reason)}. Trying again may help"
        )


def _shortened(reason: str) -> str:
    words = " ".join(reason.split()).rstrip(".")
    return words if len(words) <= LONGEST_REASON else words[: LONGEST_REASON - 1] + "…"
