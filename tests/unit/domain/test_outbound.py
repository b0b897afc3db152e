"""Which addresses are on the public internet, and which spellings mean an address."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.outbound import HostForbidden, forbidden, literal_address, plain_host


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("169.254.169.254", "metadata"),
        ("168.63.129.16", "metadata"),
        ("169.254.0.1", "link-local"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "private"),
        ("100.127.255.255", "private"),
        ("100.100.100.200", "private"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("192.0.0.192", "reserved"),
        ("192.0.2.1", "reserved"),
        ("198.18.0.1", "reserved"),
        ("203.0.113.9", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("fd00:ec2::254", "metadata"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("::1%1", "loopback"),
        ("febf::1", "link-local"),
        ("fec0::1", "site-local"),
        ("fc00::1", "private"),
        ("fd12:3456::1", "private"),
        ("ff02::1", "multicast"),
        ("2001:db8::1", "reserved"),
        ("2001::1", "reserved"),
        ("3fff::1", "reserved"),
        ("100::1", "reserved"),
        ("5f00::1", "reserved"),
        ("4000::1", "reserved"),
        ("64:ff9b:1::a00:1", "reserved"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:169.254.169.254", "metadata"),
        ("::127.0.0.1", "loopback"),
        ("::8.8.8.8", "reserved"),
        ("::ffff:0:127.0.0.1", "reserved"),
        ("64:ff9b::127.0.0.1", "loopback"),
        ("64:ff9b::a9fe:a9fe", "metadata"),
        ("2002:7f00:1::", "loopback"),
        ("2002:a9fe:a9fe::1", "metadata"),
        ("2002:c0a8:101::1", "private"),
    ],
)
def test_what_is_not_on_the_public_internet_is_forbidden(address: str, why: str) -> None:
    assert why in (forbidden(address) or "")


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.216.34",
        "172.15.255.255",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "169.253.255.255",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::200e",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ],
)
def test_public_addresses_may_be_connected_to(address: str) -> None:
    assert forbidden(address) is None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "0x7f000001",
        "0x7f.0.0.1",
        "0x7f.1",
        "2130706433",
        "017700000001",
        "0177.0.0.1",
        "0177.0x0.0.01",
        "127.0.0.1.",
        "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
        "127。0。0。1",
        "①②⑦.0.0.1",
        "0X7F.0.0.1",
    ],
)
def test_an_address_is_recognised_in_every_notation(host: str) -> None:
    assert str(literal_address(plain_host(host))) == "127.0.0.1"


@pytest.mark.parametrize("host", ["[::1]", "::1", "0:0:0:0:0:0:0:1", "[0::1]"])
def test_brackets_and_zeros_do_not_hide_an_address(host: str) -> None:
    assert str(literal_address(plain_host(host))) == "::1"


@pytest.mark.parametrize(
    "host",
    [
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.256",
        "1.2.65536",
        "4294967296",
        "08.1.1.1",
        "0x7g.0.0.1",
        "example.123",
        "1_0.0.0.1",
        "::1::",
        "::ffff:300.1.1.1",
    ],
)
def test_what_only_looks_like_an_address_is_refused(host: str) -> None:
    with pytest.raises(HostForbidden):
        literal_address(plain_host(host))


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "a..b",
        "-a.example",
        "a-.example",
        "a b",
        "a\n",
        "a\0b",
        "a/b",
        "a@b",
        "a%b",
        "é" * 99,
    ],
)
def test_what_is_no_host_name_is_refused(host: str) -> None:
    with pytest.raises(HostForbidden):
        plain_host(host)


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("Redash.Example.com.", "redash.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("a_b.example", "a_b.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_a_name_is_read_as_a_resolver_reads_it(host: str, plain: str) -> None:
    assert plain_host(host) == plain
    assert literal_address(plain) is None


@given(st.text())
def test_no_text_does_more_than_be_refused(host: str) -> None:
    with suppress(HostForbidden):
        literal_address(plain_host(host))


def test_a_refusal_can_be_shown_whatever_the_host_was() -> None:
    assert str(HostForbidden("a\x1b[31m\n" * 99, "not a host name")).isprintable()
