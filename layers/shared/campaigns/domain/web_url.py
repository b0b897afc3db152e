"""URLs on the web that clients name: what can be one, however it is written.

Whether its host may be spoken to is another question, see outbound.py.
"""

from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import urlsplit

from campaigns.domain.outbound import HostForbidden, plain_host

LONGEST_URL = 2048

DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class WebUrl:
    scheme: str
    host: str
    """A host name or an address; an IPv6 address comes without brackets."""
    port: int
    path: str
    query: str
    """Without its question mark."""

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a URL begins; a port that goes without saying is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def target(self) -> str:
        """What is asked of the host."""
        return (self.path or "/") + (f"?{self.query}" if self.query else "")


def parse_url(text: str, *, allow_http: bool) -> WebUrl:
    """Without its fragment. Raises NoUrl."""
    if len(text) > LONGEST_URL:
        raise NoUrl(f"the URL is longer than {LONGEST_URL} characters")
    # urlsplit drops tabs and line ends silently, and a backslash is a slash to browsers only.
    if any(c.isspace() or c == "\\" or not c.isprintable() for c in text):
        raise NoUrl("the URL contains a space, backslash or control character")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise NoUrl("its host or port cannot be read") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise NoUrl("the URL has to start with https://")
    if parts.scheme == "http" and not allow_http:
        raise NoUrl("plain http is not allowed in this deployment")
    if "@" in parts.netloc:
        raise NoUrl("a user name or password in the URL is not allowed")
    if port == 0:
        raise NoUrl("port 0 does not exist")
    host = _host(parts.hostname or "")
    if host is None:
        raise NoUrl("the URL has no usable host name")
    port = port or DEFAULT_PORTS[parts.scheme]
    return WebUrl(parts.scheme, host, port, parts.path, parts.query)


def _host(name: str) -> str | None:
    """The host as a resolver reads it, or None where no such host can exist."""
    try:
        plain = plain_host(name)
    except HostForbidden:
        return None
    if ":" not in plain:
        return plain
    try:
        return None if "%" in plain else str(IPv6Address(plain))
    except ValueError:
        return None


class NoUrl(ValueError):
    """The text says why, for whoever wrote it."""
