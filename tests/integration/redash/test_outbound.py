"""The outbound-host rule: what resolves to where, and that the checked address is connected to."""

import socket
from collections.abc import Iterable
from typing import Any

import pytest

from campaigns.adapters.outbound import Outbound
from campaigns.domain.outbound import HostForbidden, HostUnknown


class Names:
    """A name service with given answers, one list of addresses per question; counts questions."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, **_: Any) -> Iterable[Any]:
        self.asked.append(host)
        addresses = self._answers.pop(0)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        for address in addresses:
            if ":" in address:
                yield socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0)
            else:
                yield socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)


def outbound(names: Names, *allowed: str) -> Outbound:
    return Outbound(frozenset(allowed), resolver=names)


def test_a_public_name_resolves_to_all_its_addresses() -> None:
    names = Names(["93.184.216.34", "2606:4700::1111", "93.184.216.34"])
    assert outbound(names).resolve("Redash.Example.com.", 443) == [
        (socket.AF_INET, ("93.184.216.34", 443)),
        (socket.AF_INET6, ("2606:4700::1111", 443, 0, 0)),
    ]
    assert names.asked == ["redash.example.com"]


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1%2"])
def test_one_forbidden_address_among_many_is_enough(inside: str) -> None:
    with pytest.raises(HostForbidden, match=r"rebind\.example"):
        outbound(Names(["93.184.216.34", inside])).resolve("rebind.example", 443)


@pytest.mark.parametrize(
    "host", ["127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "0"]
)
def test_an_address_is_judged_without_asking_anybody(host: str) -> None:
    names = Names()
    with pytest.raises(HostForbidden):
        outbound(names).resolve(host, 443)
    assert names.asked == []


def test_a_public_address_is_taken_as_it_was_understood() -> None:
    rule = outbound(Names())
    assert rule.resolve("0x08.010.8.8", 22) == [(socket.AF_INET, ("8.8.8.8", 22))]
    assert rule.resolve("[2606:4700::1111]", 22) == [
        (socket.AF_INET6, ("2606:4700::1111", 22, 0, 0))
    ]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "a.localhost"])
def test_this_machine_has_no_public_name(host: str) -> None:
    with pytest.raises(HostForbidden, match="loopback"):
        outbound(Names([])).resolve(host, 443)


@pytest.mark.parametrize(
    ("entry", "host", "address"),
    [
        ("10.1.2.3", "inside.example", "10.1.2.3"),
        ("10.1.2.3", "10.1.2.3", "10.1.2.3"),
        ("10.0.0.0/8", "inside.example", "10.1.2.3"),
        ("Inside.Example", "inside.example.", "10.1.2.3"),
        ("127.0.0.1", "localhost", "127.0.0.1"),
        ("127.0.0.1", "[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
        ("fd00::/8", "inside.example", "fd00::7"),
        ("[::1]", "::1", "::1"),
    ],
)
def test_an_entry_of_the_allow_list_wins(entry: str, host: str, address: str) -> None:
    ((_, target),) = outbound(Names([address]), entry).resolve(host, 443)
    assert target[0] in (address, "::ffff:7f00:1")


def test_an_entry_allows_nothing_beside_itself() -> None:
    with pytest.raises(HostForbidden):
        outbound(Names(["10.1.2.3", "10.1.2.4"]), "10.1.2.3").resolve("inside.example", 443)
    with pytest.raises(HostForbidden):
        outbound(Names(["10.1.2.3"]), "inside.example").resolve("not.inside.example", 443)


def test_a_mistyped_network_is_not_taken_for_a_name() -> None:
    with pytest.raises(ValueError, match="10"):
        Outbound(frozenset({"10.0.0.0/99"}))


def test_a_name_that_does_not_resolve_is_unknown_but_may_be_written_down() -> None:
    with pytest.raises(HostUnknown, match="spelling"):
        outbound(Names([])).resolve("later.example", 443)
    outbound(Names([])).check("later.example", 443, "redashQueryUrl")
    outbound(Names(["93.184.216.34"])).check("redash.example.com", 443, "redashQueryUrl")


def test_a_forbidden_host_is_refused_when_it_is_written_and_the_field_is_named() -> None:
    for names, host in ((Names(["192.168.0.9"]), "inside.example"), (Names(), "127.1")):
        with pytest.raises(HostForbidden) as refused:
            outbound(names).check(host, 22, "sftpSettings.host")
        assert refused.value.field == "sftpSettings.host"


def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        names = Names(["127.0.0.1"], ["192.0.2.1"])
        with outbound(names, "127.0.0.1").connect("rebind.example", port, timeout=5) as connection:
            assert connection.getpeername() == ("127.0.0.1", port)
            assert connection.gettimeout() == 5
        assert names.asked == ["rebind.example"]


def test_the_next_address_is_tried_when_one_does_not_accept() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        names = Names(["127.0.0.2", "127.0.0.1"])
        with outbound(names, "127.0.0.0/8").connect("two.example", port) as connection:
            assert connection.getpeername()[0] == "127.0.0.1"


def test_nobody_accepting_is_an_error_of_the_connection() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            outbound(Names(), "127.0.0.1").connect("127.0.0.1", taken.getsockname()[1])


def test_the_machines_own_resolver_is_asked_by_default() -> None:
    with pytest.raises(HostForbidden):
        Outbound().resolve("127.0.0.1", 1)
    ((_, target),) = Outbound(frozenset({"127.0.0.1"})).resolve("127.0.0.1", 1)
    assert target == ("127.0.0.1", 1)
