"""Which hosts on the outside may be spoken to: those that are on the public internet.

Query URLs and SFTP hosts come from users, so a campaign could be pointed at
the deployment's own network or at the cloud's metadata service. An address is
refused for what it is, however it is written and however deep it is wrapped.
"""

import re
import unicodedata
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from campaigns.domain.errors import Invalid, Unavailable

Address = IPv4Address | IPv6Address

# The order matters where ranges overlap: the first that contains the address names the reason.
_V4 = [
    (IPv4Network("169.254.169.254/32"), "a cloud metadata address"),
    (IPv4Network("168.63.129.16/32"), "a cloud metadata address"),
    (IPv4Network("0.0.0.0/8"), "an unspecified address"),
    (IPv4Network("127.0.0.0/8"), "a loopback address"),
    (IPv4Network("169.254.0.0/16"), "a link-local address"),
    (IPv4Network("10.0.0.0/8"), "a private address"),
    (IPv4Network("172.16.0.0/12"), "a private address"),
    (IPv4Network("192.168.0.0/16"), "a private address"),
    (IPv4Network("100.64.0.0/10"), "a private address of a carrier or cloud"),
    (IPv4Network("224.0.0.0/4"), "a multicast address"),
    (IPv4Network("192.0.0.0/24"), "a reserved address"),
    (IPv4Network("192.0.2.0/24"), "a reserved address"),
    (IPv4Network("192.88.99.0/24"), "a reserved address"),
    (IPv4Network("198.18.0.0/15"), "a reserved address"),
    (IPv4Network("198.51.100.0/24"), "a reserved address"),
    (IPv4Network("203.0.113.0/24"), "a reserved address"),
    (IPv4Network("240.0.0.0/4"), "a reserved address"),
]
_V6 = [
    (IPv6Network("::/128"), "an unspecified address"),
    (IPv6Network("::1/128"), "a loopback address"),
    (IPv6Network("fd00:ec2::254/128"), "a cloud metadata address"),
    (IPv6Network("fe80::/10"), "a link-local address"),
    (IPv6Network("fec0::/10"), "a site-local address"),
    (IPv6Network("fc00::/7"), "a private address"),
    (IPv6Network("ff00::/8"), "a multicast address"),
    (IPv6Network("2001::/23"), "a reserved address"),
    (IPv6Network("2001:db8::/32"), "a reserved address"),
    (IPv6Network("3fff::/20"), "a reserved address"),
]
_GLOBAL_V6 = IPv6Network("2000::/3")
_MAPPED = IPv6Network("::ffff:0:0/96")
_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_6TO4 = IPv6Network("2002::/16")

_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_LOCAL_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")


def forbidden(address: Address | str) -> str | None:
    """Why this address must not be connected to, or None when it may be."""
    found = ip_address(address) if isinstance(address, str) else address
    if isinstance(found, IPv4Address):
        return next((why for network, why in _V4 if found in network), None)
    bare = IPv6Address(int(found))  # without the zone, which takes part in comparisons
    for network, why in _V6:
        if bare in network:
            return why
    inner = _embedded(bare)
    if inner is not None and (why_inner := forbidden(inner)):
        return why_inner
    if bare in _MAPPED or bare in _NAT64 or bare in _GLOBAL_V6:
        return None
    return "a reserved address"


def unmapped(address: Address) -> Address:
    """An IPv4 address that came dressed as IPv6 (::ffff:a.b.c.d), undressed; else the same."""
    if isinstance(address, IPv6Address) and IPv6Address(int(address)) in _MAPPED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in _MAPPED or address in _NAT64 or address in _COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _6TO4:
        return IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
    return None


def plain_host(host: str) -> str:
    """A host as a resolver will read it: lower case, ASCII, no brackets, no last dot."""
    if any(c.isspace() or not c.isprintable() for c in host):
        raise HostForbidden(host, "not a host name")
    text = unicodedata.normalize("NFKC", host).translate(_DOTS).lower()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    if ":" in text:
        return text
    text = text.removesuffix(".")
    try:
        text = text if text.isascii() else text.encode("idna").decode()
    except UnicodeError:
        raise HostForbidden(host, "not a host name") from None
    if len(text) > 253 or not _NAME.fullmatch(text):
        raise HostForbidden(host, "not a host name")
    return text


def literal_address(host: str) -> Address | None:
    """The address a host spells out, in any notation a resolver may accept; None for a name.

    `127.1`, `0x7f000001`, `2130706433` and `0177.0.0.1` are all 127.0.0.1. A
    host that ends like a number without being an address is refused, because
    what a resolver makes of it is anybody's guess.
    """
    if ":" in host:
        try:
            return IPv6Address(host)
        except ValueError:
            raise HostForbidden(host, "not a host name") from None
    parts = host.split(".")
    if not _NUMERIC.fullmatch(parts[-1]):
        return None
    try:
        *leading, last = [_number(part) for part in parts]
        if len(parts) > 4 or any(n > 255 for n in leading) or last >= 256 ** (4 - len(leading)):
            raise ValueError
    except ValueError:
        raise HostForbidden(host, "not a host name") from None
    return IPv4Address(sum(n << (24 - 8 * i) for i, n in enumerate(leading)) + last)


def _number(text: str) -> int:
    if not _NUMERIC.fullmatch(text):
        raise ValueError(text)
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    if len(text) > 1 and text.startswith("0"):
        return int(text, 8)
    return int(text, 10)


def is_local_name(host: str) -> bool:
    """Whether the name means this very machine, whatever a resolver says."""
    return host in _LOCAL_NAMES or host.endswith(".localhost")


class HostForbidden(Invalid):
    code = "host_forbidden"

    def __init__(self, host: str, why: str, *, field: str | None = None) -> None:
        super().__init__(
            f"the host {_printable(host)} is {why}, which this deployment does not connect to. "
            "Use a public host, or ask the operator to add this one to the allowed outbound hosts",
            field=field,
        )
        self.host = host
        self.why = why


class HostUnknown(Unavailable):
    code = "host_unknown"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"the host {_printable(host)} could not be resolved to an address. "
            "Check its spelling; if it is right, the name service may be failing for the moment"
        )


def _printable(host: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in host[:100])
