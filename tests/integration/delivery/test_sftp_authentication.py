"""Who gets in, who does not, and that nobody talks to a server that is not the pinned one."""

import pytest

from campaigns.adapters.delivery.sources import BytesSource
from campaigns.domain.delivery import (
    AuthenticationRefused,
    BadPrivateKey,
    ConnectionLost,
    HostKeyChanged,
)
from tests.integration.delivery.customer import Customer
from tests.integration.delivery.keys import KINDS, key_pair

FILE = BytesSource(b"borrower,phone\n1,+13125550100\n")


def test_a_password_opens_the_door(customer: Customer) -> None:
    customer.channel(customer.server("--require", "password")).deliver(FILE, "a.csv")
    assert customer.files() == {"a.csv": FILE.content}


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_opens_the_door(customer: Customer, kind: str) -> None:
    key = key_pair(kind)
    known = key.authorize(customer.folder / "known")
    server = customer.server("--require", "key", "--authorized-key", known)
    customer.channel(server, private_key=key.private, password=None).deliver(FILE, "a.csv")
    assert customer.files() == {"a.csv": FILE.content}


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("ed25519", "OpenSSH"),
        ("rsa", "OpenSSH"),
        ("rsa", "OpenSSL"),
        ("ecdsa-256", "OpenSSL"),
        ("ed25519", "PKCS8"),
    ],
)
def test_a_key_with_a_passphrase_opens_the_door(customer: Customer, kind: str, form: str) -> None:
    key = key_pair(kind, "open sesame", form)
    known = key.authorize(customer.folder / "known")
    server = customer.server("--require", "key", "--authorized-key", known)
    channel = customer.channel(
        server, private_key=key.private, passphrase="open sesame", password=None
    )
    channel.deliver(FILE, "a.csv")
    assert customer.files() == {"a.csv": FILE.content}


@pytest.mark.parametrize("asking", [(), ("--keyboard-interactive",)])
def test_a_server_that_wants_key_and_password_gets_both(
    customer: Customer, asking: tuple[str, ...]
) -> None:
    key = key_pair()
    known = key.authorize(customer.folder / "known")
    server = customer.server("--require", "both", "--authorized-key", known, *asking)
    customer.channel(server, private_key=key.private).deliver(FILE, "a.csv")
    assert [event["accepted"] for event in customer.events("auth")] == [True, True]


def test_a_server_that_asks_for_the_password_interactively_is_answered(customer: Customer) -> None:
    customer.channel(customer.server("--keyboard-interactive")).deliver(FILE, "a.csv")
    assert [event["method"] for event in customer.events("auth") if event["accepted"]] == [
        "keyboard-interactive"
    ]


@pytest.mark.parametrize("asking", [(), ("--keyboard-interactive",)])
def test_a_wrong_password_is_said_once_and_named(
    customer: Customer, asking: tuple[str, ...]
) -> None:
    server = customer.server(*asking)
    with pytest.raises(AuthenticationRefused, match="campaigns") as refusal:
        customer.channel(server, password="guess").deliver(FILE, "a.csv")
    assert "guess" not in str(refusal.value)
    method = "keyboard-interactive" if asking else "password"
    assert [e["method"] for e in customer.events("auth") if e["method"] == method] == [method]
    assert customer.files() == {}


def test_an_unknown_key_is_refused(customer: Customer) -> None:
    known = key_pair("rsa").authorize(customer.folder / "known")
    server = customer.server("--require", "key", "--authorized-key", known)
    with pytest.raises(AuthenticationRefused, match="publickey"):
        customer.channel(server, private_key=key_pair().private, password=None).deliver(
            FILE, "a.csv"
        )


def test_a_key_alone_is_not_enough_where_both_are_wanted(customer: Customer) -> None:
    key = key_pair()
    known = key.authorize(customer.folder / "known")
    server = customer.server("--require", "both", "--authorized-key", known)
    with pytest.raises(AuthenticationRefused, match="the server takes: password"):
        customer.channel(server, private_key=key.private, password=None).deliver(FILE, "a.csv")


@pytest.mark.parametrize(
    ("private", "passphrase", "reason"),
    [
        (key_pair("ed25519", "right").private, "wrong", "passphrase is wrong"),
        (key_pair("ed25519", "right").private, None, "give its passphrase"),
        (key_pair("rsa", "right", "OpenSSL").private, "wrong", "passphrase is wrong"),
        (key_pair("rsa", "right", "OpenSSL").private, None, "give its passphrase"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nnope\n", None, "not a private key"),
        ("hello", None, "not a private key"),
    ],
)
def test_a_key_that_cannot_be_read_says_why(
    customer: Customer, private: str, passphrase: str | None, reason: str
) -> None:
    channel = customer.channel(customer.server(), private_key=private, passphrase=passphrase)
    with pytest.raises(BadPrivateKey, match=reason):
        channel.deliver(FILE, "a.csv")
    assert customer.events("auth") == []


def test_a_passphrase_too_many_and_carriage_returns_do_no_harm(customer: Customer) -> None:
    key = key_pair()
    known = key.authorize(customer.folder / "known")
    server = customer.server("--require", "key", "--authorized-key", known)
    pasted = key.private.strip().replace("\n", "\r\n")
    customer.channel(server, private_key=pasted, passphrase="none").deliver(FILE, "a.csv")
    assert customer.files() == {"a.csv": FILE.content}


def test_without_a_pin_the_receipt_tells_what_was_seen(customer: Customer) -> None:
    server = customer.server()
    receipt = customer.channel(server, host_key=None).deliver(FILE, "a.csv")
    assert (receipt.host_key, receipt.fingerprint) == (server.host_key, server.fingerprint)


def test_a_changed_host_key_stops_before_any_login(customer: Customer) -> None:
    server = customer.server()
    pinned = key_pair().public
    with pytest.raises(HostKeyChanged) as held:
        customer.channel(server, host_key=pinned).deliver(FILE, "a.csv")
    assert held.value.seen == server.fingerprint
    assert held.value.pinned != server.fingerprint
    assert held.value.seen in str(held.value)
    assert held.value.pinned in str(held.value)
    assert len(customer.events("connect")) == 1
    assert customer.events("auth") == []
    assert customer.files() == {}


@pytest.mark.parametrize("pinned", KINDS)
def test_of_several_host_keys_the_pinned_one_is_asked_for(customer: Customer, pinned: str) -> None:
    options = []
    for kind in {"ed25519", "rsa", pinned}:
        file = customer.folder / f"host_{kind}"
        file.write_text(key_pair(kind).private)
        options += ["--host-key", str(file)]
    host_key = key_pair(pinned).public
    receipt = customer.channel(customer.server(*options), host_key=host_key).deliver(FILE, "a.csv")
    assert receipt.host_key == host_key


def test_a_server_that_is_down_is_a_lost_connection(customer: Customer) -> None:
    server = customer.server()
    server.stop()
    with pytest.raises(ConnectionLost, match=f"{server.port}: connection refused"):
        customer.channel(server).deliver(FILE, "a.csv")


def test_nothing_about_a_failed_login_reaches_an_output(
    customer: Customer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    with pytest.raises(AuthenticationRefused):
        customer.channel(customer.server(), password="guess").deliver(FILE, "a.csv")
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
