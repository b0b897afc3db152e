"""The outbound-host rule where users name hosts: query URLs, SFTP servers and webhooks alike.

One table of spellings over the three. What they do with redirects is tested with each of them.
"""

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from threading import Thread
from typing import Any, Final

import pytest

from campaigns import wiring
from campaigns.adapters.delivery.sftp import SftpChannel
from campaigns.adapters.outbound import Outbound
from campaigns.adapters.receivers import HttpReceivers
from campaigns.adapters.redash import RedashQuerySource
from campaigns.domain.delivery import SftpDestination
from campaigns.domain.errors import DomainError
from campaigns.domain.outbound import HostForbidden
from campaigns.domain.query import parse_query_url
from tests.integration.conftest import Deployment
from tests.integration.lender import Answer, Lender

SPELLINGS: Final = {
    "plain": "169.254.169.254",
    "private": "10.0.0.1",
    "carrier": "100.64.0.1",
    "unspecified": "0.0.0.0",
    "decimal": "2852039166",
    "octal": "0251.0376.0251.0376",
    "octal in one": "025177524776",
    "hex": "0xa9fea9fe",
    "hex in parts": "0xA9.0xfe.0xa9.0xFE",
    "mixed": "0251.254.0xa9fe",
    "three parts": "169.254.43518",
    "two parts": "169.16689662",
    "short": "10.1",
    "last dot": "169.254.169.254.",
    "full width": "\uff11\uff16\uff19.254.169.254",
    "circled": "\u2460\u2465\u2468.254.169.254",
    "other dots": "169\u3002254\uff0e169\uff61254",
    "percent": "%31%36%39.254.169.254",
    "percent dots": "169%2e254%2E169.254",
    "one too large": "169.254.169.256",
    "five parts": "169.254.169.254.1",
    "IPv6": "[fd00:ec2::254]",
    "loopback": "[::1]",
    "long": "[0:0:0:0:0:0:0:0001]",
    "mapped": "[::ffff:169.254.169.254]",
    "mapped in hex": "[::ffff:a9fe:a9fe]",
    "compatible": "[::10.0.0.1]",
    "NAT64": "[64:ff9b::a9fe:a9fe]",
    "6to4": "[2002:a9fe:a9fe::1]",
    "zone": "[fe80::1%25eth0]",
    "zone as it is": "[fe80::1%eth0]",
    "link-local": "[fe80::1]",
    "name": "inside.example.com",
    "capitals": "INSIDE.Example.COM.",
    "one of several": "mixed.example.com",
    "several": "mapped.example.com",
}
NAMES: Final = {
    "inside.example.com": ["10.0.0.9"],
    "mixed.example.com": ["93.184.215.14", "2606:4700::1111", "192.168.0.9"],
    "mapped.example.com": ["93.184.215.14", "::ffff:10.0.0.9"],
    "public.example.com": ["93.184.215.14"],
}


def resolved(addresses: Iterable[str], port: int) -> list[Any]:
    return [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (one, port, 0, 0))
        if ":" in one
        else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
        for one in addresses
    ]


def look_up(name: str, port: int, **_: Any) -> list[Any]:
    if name not in NAMES:
        raise socket.gaierror(f"nobody is called {name}")
    return resolved(NAMES[name], port)


@pytest.fixture
def asking(deployed: Deployment, lender: Lender, monkeypatch: pytest.MonkeyPatch) -> Lender:
    """Where nothing is allowed that is not public, and names lead where the table says."""
    hosts = Outbound(resolver=look_up)
    monkeypatch.setattr(wiring, "hosts", lambda: hosts)
    return lender


def set_query(lender: Lender, host: str) -> Answer:
    body = {"name": "x", "redashQueryUrl": f"https://{host}/queries/1"}
    return lender.call("borrower/create_campaign", body=body)


def set_sftp(lender: Lender, host: str) -> Answer:
    sftp = {"host": host, "username": "u", "password": "correct horse"}
    return lender.call("borrower/create_campaign", body={"name": "x", "sftpSettings": sftp})


def set_webhook(lender: Lender, host: str) -> Answer:
    return lender.call("management/create_webhook", body={"url": f"https://{host}/"})


def try_destination(lender: Lender, host: str) -> Answer:
    body = {"host": host, "username": "u", "password": "correct horse"}
    return lender.call("management/probe_destination", body=body)


SETTING: Final = [
    pytest.param(set_query, "redashQueryUrl", id="query"),
    pytest.param(set_sftp, "sftpSettings.host", id="sftp"),
    pytest.param(set_webhook, "url", id="webhook"),
    pytest.param(try_destination, "host", id="destination"),
]


@pytest.mark.parametrize(("set_host", "field"), SETTING)
@pytest.mark.parametrize("host", SPELLINGS.values(), ids=SPELLINGS)
def test_a_host_that_is_not_public_is_refused_however_it_is_spelled(
    host: str, set_host: Callable[[Lender, str], Answer], field: str, asking: Lender
) -> None:
    answer = set_host(asking, host)
    assert answer.fields == [field]


@pytest.mark.parametrize(("set_host", "field"), SETTING[:3])
@pytest.mark.parametrize("host", ["public.example.com", "Public.Example.com.", "not.yet.example"])
def test_a_public_host_and_one_that_nobody_knows_yet_are_taken(
    host: str, set_host: Callable[[Lender, str], Answer], field: str, asking: Lender
) -> None:
    assert set_host(asking, host).status == 200


# When it is used: by what opens the connections.


def use_query(to: Outbound, host: str, port: int) -> None:
    source = RedashQuerySource(connect=to.connect, allow_http=True, read_timeout_s=2)
    address = parse_query_url(f"http://{host}:{port}/queries/1", allow_http=True)
    source.submit(address, "a-key")


def use_sftp(to: Outbound, host: str, port: int) -> None:
    destination = SftpDestination(host=host, port=port, username="u", password="p")
    channel = SftpChannel(
        destination,
        connect=to.connect,
        resolve=to.addresses,
        now=lambda: datetime.now(UTC),
        timeout=2,
    )
    with closing(channel):
        found = channel.probe(writing=False, within=5)
    assert found.failed is not None
    raise HostForbidden(host, "") if "does not connect to" in found.failed.detail else Failed


def use_webhook(to: Outbound, host: str, port: int) -> None:
    receivers = HttpReceivers(connect=to.connect, allow_http=True, timeout_s=2)
    error = receivers.post(f"http://{host}:{port}/", {}, b"{}").error or ""
    unusable = "does not connect to" in error or "no usable host" in error
    raise HostForbidden(host, "") if unusable else Failed


class Failed(Exception):
    """It was connected to, and said nothing useful."""


every_user = pytest.mark.parametrize(
    "use", [use_query, use_sftp, use_webhook], ids=["query", "sftp", "webhook"]
)


class Rebinding:
    """A name that leads elsewhere each time; after the last, there for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    def __call__(self, _: str, port: int, **__: Any) -> list[Any]:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return resolved(answer, port)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A server that hangs up; its port, and from where it was called."""
    callers: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    caller, at = server.accept()
                    callers.append(at[0])
                    caller.close()

        Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1], callers
        server.shutdown(socket.SHUT_RDWR)


@every_user
@pytest.mark.parametrize("host", SPELLINGS.values(), ids=SPELLINGS)
def test_what_is_not_public_is_not_connected_to(
    host: str, use: Callable[[Outbound, str, int], None]
) -> None:
    with pytest.raises(DomainError):
        use(Outbound(resolver=look_up), host.strip("[]") if use is use_sftp else host, 80)


@every_user
def test_a_name_that_was_public_when_it_was_written_is_looked_at_again(
    use: Callable[[Outbound, str, int], None], listener: tuple[int, list[str]]
) -> None:
    port, callers = listener
    to = Outbound(resolver=Rebinding(["93.184.215.14"], ["127.0.0.1"]))
    to.check("rebind.example.com", port, "url")
    with pytest.raises(HostForbidden):
        use(to, "rebind.example.com", port)
    assert callers == []


@pytest.mark.parametrize(("use", "looks"), [(use_query, 1), (use_sftp, 2), (use_webhook, 1)])
def test_what_is_connected_to_is_the_address_that_was_looked_at(
    use: Callable[[Outbound, str, int], None], looks: int, listener: tuple[int, list[str]]
) -> None:
    """A connection test shows where a name leads before it connects, hence looks twice."""
    port, callers = listener
    names = Rebinding(*[["127.0.0.1"]] * looks, ["10.0.0.1"])
    with pytest.raises((Failed, DomainError)):
        use(Outbound(frozenset({"127.0.0.1"}), resolver=names), "rebind.example.com", port)
    assert callers == ["127.0.0.1"]
