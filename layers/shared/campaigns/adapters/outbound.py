"""Connections to hosts that users named: checked once, and made to the very address checked."""

import socket
import threading
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from campaigns.domain.outbound import (
    Address,
    HostForbidden,
    HostUnknown,
    forbidden,
    is_local_name,
    literal_address,
    plain_host,
    unmapped,
)

Resolved = tuple[socket.AddressFamily, tuple[Any, ...]]
Resolver = Callable[..., Iterable[tuple[Any, Any, Any, Any, Any]]]

CONNECT_TIMEOUT_S = 10.0
CHECK_TIMEOUT_S = 5.0
# A name may list hundreds of addresses, each of which could take the whole timeout.
MOST_ATTEMPTS = 4


class Outbound:
    """The outbound-host rule of one deployment.

    `allowed` lists host names, addresses and networks in CIDR form; an entry
    wins over everything the rule refuses. A name is resolved once: what was
    checked is what gets connected to, so a name that answers differently the
    second time gains nothing.
    """

    def __init__(
        self, allowed: frozenset[str] = frozenset(), *, resolver: Resolver = socket.getaddrinfo
    ) -> None:
        self._resolver = resolver
        self._names: set[str] = set()
        self._networks: list[IPv4Network | IPv6Network] = []
        for entry in allowed:
            network = _network(entry)
            if network is None:
                self._names.add(plain_host(entry))
            else:
                self._networks.append(network)

    def resolve(self, host: str, port: int) -> list[Resolved]:
        """Every address of the host, each with its family, ready for `socket.connect`.

        Raises HostForbidden when any one of them is forbidden, HostUnknown
        when there is none.
        """
        name = plain_host(host)
        address = literal_address(name)
        if address is not None:
            self._refuse_forbidden(host, [address])
            return [_target(address, port)]
        if name in self._names:
            return self._look_up(host, name, port)
        if is_local_name(name) and not self._networks:
            raise HostForbidden(host, "a loopback address")
        found = self._look_up(host, name, port)
        self._refuse_forbidden(host, [ip_address(target[0]) for _, target in found])
        return found

    def addresses(self, host: str, port: int) -> list[str]:
        """Where `connect` would go, as text. Raises what `resolve` raises."""
        return [str(target[0]) for _, target in self.resolve(host, port)]

    def check(self, host: str, port: int, field: str | None = None) -> None:
        """Raise HostForbidden naming the field, as far as can be told when it is written.

        A host that does not resolve today, or not soon, may resolve on the day
        of the run, where it is checked again; so it passes.
        """
        refusals: list[HostForbidden] = []

        def resolve() -> None:
            try:
                self.resolve(host, port)
            except HostForbidden as refused:
                refusals.append(refused)
            except HostUnknown:
                return

        # A name service that does not answer must not keep a request waiting for its own limit.
        looking = threading.Thread(target=resolve, daemon=True)
        looking.start()
        looking.join(CHECK_TIMEOUT_S)
        if refusals:
            raise HostForbidden(refusals[0].host, refusals[0].why, field=field)

    def connect(self, host: str, port: int, *, timeout: float = CONNECT_TIMEOUT_S) -> socket.socket:
        """A connected TCP socket with this timeout set.

        Raises what `resolve` raises, and OSError when no address accepts.
        """
        failed: OSError | None = None
        for family, target in self.resolve(host, port)[:MOST_ATTEMPTS]:
            try:
                connection = socket.socket(family, socket.SOCK_STREAM)
            except OSError as error:  # a machine without IPv6, say
                failed = error
                continue
            try:
                connection.settimeout(timeout)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.connect(target)
            except OSError as error:
                connection.close()
                failed = error
            except BaseException:
                connection.close()
                raise
            else:
                return connection
        assert failed is not None, "a host that resolves has at least one address"
        raise failed

    def _look_up(self, host: str, name: str, port: int) -> list[Resolved]:
        try:
            answers = self._resolver(name, port, type=socket.SOCK_STREAM)
            found = [(family, target) for family, _, _, _, target in answers]
        except (OSError, UnicodeError):
            raise HostUnknown(host) from None
        if not found:
            raise HostUnknown(host)
        return list(dict.fromkeys(found))

    def _refuse_forbidden(self, host: str, addresses: list[Address]) -> None:
        for address in addresses:
            why = forbidden(address)
            if why and not any(unmapped(address) in network for network in self._networks):
                raise HostForbidden(host, why)


def _network(entry: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        if "/" in entry:
            raise
        return None


def _target(address: Address, port: int) -> Resolved:
    if address.version == 4:
        return socket.AF_INET, (str(address), port)
    # The zone of a scoped address is dropped: only link-local addresses need one.
    return socket.AF_INET6, (str(address).partition("%")[0], port, 0, 0)
