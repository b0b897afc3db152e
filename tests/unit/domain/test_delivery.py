"""Settings, names, receipts and refusals of a delivery."""

import base64
import hashlib
import json
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain import delivery
from campaigns.domain.delivery import (
    HostKeyChanged,
    Receipt,
    SftpDestination,
    Step,
    check_directory,
    check_name,
    fingerprint,
    parse_host,
    parse_host_key,
    remote_name,
    temporary_name,
)
from campaigns.domain.errors import Conflict, DomainError, Invalid, Unavailable
from campaigns.domain.retry import retry_delay

ED25519 = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"  # github.com
)
AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def name(template: str | None = None, **facts: object) -> str:
    usual: dict[str, object] = {
        "campaign": "CM-1",
        "external_id": None,
        "run_id": "RN-2",
        "at": AT,
        "zone": "America/Chicago",
        "kind": "contacts",
        "part": None,
        "extension": "csv",
    }
    return remote_name(template, **usual | facts)  # type: ignore[arg-type]


# Hosts.


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("sftp.example.com", ("sftp.example.com", 22)),
        ("sftp.example.com:2222", ("sftp.example.com", 2222)),
        ("sftp.example.com.", ("sftp.example.com.", 22)),
        ("192.0.2.7:1", ("192.0.2.7", 1)),
        ("my_host", ("my_host", 22)),
        ("[2001:db8::1]", ("2001:db8::1", 22)),
        ("[::1]:65535", ("::1", 65535)),
        ("[::ffff:192.0.2.7]:22", ("::ffff:192.0.2.7", 22)),
    ],
)
def test_a_host_is_a_name_or_an_address_with_or_without_port(
    text: str, parsed: tuple[str, int]
) -> None:
    assert parse_host(text) == parsed


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2001:db8::1", "in brackets"),
        ("::1", "in brackets"),
        ("[2001:db8::1", "brackets must hold"),
        ("[example.com]", "brackets must hold"),
        ("[::1]22", "only :port"),
        ("[::1]:", "port must be"),
        ("host:0", "port must be"),
        ("host:65536", "port must be"),
        ("host:22x", "port must be"),
        ("host:", "port must be"),
        ("host:٢٢", "port must be"),
        ("", "host name or address only"),
        (":22", "host name or address only"),
        ("sftp://host", "host name or address only"),
        ("user@host", "host name or address only"),
        ("host/dir", "host name or address only"),
        (" host", "host name or address only"),
        ("host\n", "host name or address only"),
        ("a..b", "host name or address only"),
        ("-oProxyCommand=x", "host name or address only"),
        ("x" * 64, "host name or address only"),
    ],
)
def test_anything_else_is_no_host(text: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as refusal:
        parse_host(text)
    assert refusal.value.field == "sftpSettings.host"


@given(
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z0-9]{1,10}){0,3}", fullmatch=True),
    st.integers(1, 65535),
)
def test_host_and_port_come_back_as_written(host: str, port: int) -> None:
    assert parse_host(f"{host}:{port}") == (host, port)
    assert parse_host(host) == (host, 22)


@given(st.text(max_size=40))
def test_no_text_is_worse_than_invalid(text: str) -> None:
    try:
        host, port = parse_host(text)
    except Invalid:
        return
    assert host
    assert 1 <= port <= 65535
    assert not set(host) & set(string.whitespace + "/@[]")


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [("h", 22, "h"), ("h", 23, "h:23"), ("::1", 22, "[::1]"), ("::1", 23, "[::1]:23")],
)
def test_an_address_is_written_as_it_is_read(host: str, port: int, address: str) -> None:
    assert SftpDestination(host=host, port=port, username="u").address == address
    assert parse_host(address) == (host, port)


# Directories and keys.


@pytest.mark.parametrize("text", ["", "in", "/in/Übung 1", "..", "C:\\in"])
def test_a_directory_may_be_anything_printable(text: str) -> None:
    check_directory(text)


@pytest.mark.parametrize("text", ["a\0b", "a\nb", "\t", "a\x7f", "\x85"])
def test_a_directory_has_no_control_characters(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_directory(text)
    assert refusal.value.field == "sftpSettings.cdDir"


def test_a_host_key_is_read_in_every_form_people_paste() -> None:
    for text in (ED25519, f"{ED25519} comment", f"github.com {ED25519}", f"  {ED25519}\n"):
        kind, blob = parse_host_key(text)
        assert kind == "ssh-ed25519"
        assert base64.b64encode(blob).decode() == ED25519.split()[1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 !!!",
        "ssh-rsa ü",
        ED25519[:40],
        ED25519.replace("ed25519", "rsa"),
    ],
)
def test_a_damaged_host_key_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="ssh-keyscan") as refusal:
        parse_host_key(text)
    assert refusal.value.field == "sftpSettings.hostKey"


def test_the_fingerprint_is_the_published_one() -> None:
    published = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"
    assert fingerprint(parse_host_key(ED25519)[1]) == published


# Names.


def test_the_default_name_tells_campaign_time_and_run() -> None:
    assert name() == "CM-1_20260304T050607Z_RN-2_contacts.csv"
    assert name(external_id="daily") == "daily_20260304T050607Z_RN-2_contacts.csv"
    assert name(kind="log", extension="txt") == "CM-1_20260304T050607Z_RN-2_log.txt"
    assert name(part=1) == "CM-1_20260304T050607Z_RN-2_contacts_part01.csv"


def test_the_default_name_is_in_utc_whatever_the_zone() -> None:
    local = AT.astimezone(timezone(timedelta(hours=-5)))
    assert name(at=local, zone="Asia/Tokyo") == name()


def test_every_token_is_filled_in_the_zone() -> None:
    template = "{campaign} {externalId} {runId} {YYYY}-{MM}-{DD} {HH}.{mm}.{ss} {part} {kind}"
    assert name(template, external_id="x", part=7) == (
        "CM-1 x RN-2 2026-03-03 23.06.07 07 contacts.csv"
    )


@pytest.mark.parametrize(
    ("kind", "part", "extension", "expected"),
    [
        ("contacts", None, "csv", "list_20260303.dat"),
        ("contacts", 2, "csv", "list_20260303_part02.dat"),
        ("log", None, "txt", "list_20260303_log.txt"),
        ("receipt", None, "json", "list_20260303_receipt.json"),
        ("contacts", None, "done", "list_20260303.done"),
        ("contacts", None, "json", "list_20260303.json"),
    ],
)
def test_a_template_without_kind_still_names_each_file_differently(
    kind: str, part: int | None, extension: str, expected: str
) -> None:
    template = "list_{YYYY}{MM}{DD}.dat"
    assert name(template, kind=kind, part=part, extension=extension) == expected


@pytest.mark.parametrize(
    "template",
    ["{date}", "{}", "{campaign", "campaign}", "{{campaign}}", "a/{runId}", "../x", "a\0", "a\n",
     "x" * 252, "ü" * 126],
)  # fmt: skip
def test_a_template_that_gives_no_name_is_refused(template: str) -> None:
    with pytest.raises(Invalid) as refusal:
        name(template)
    assert refusal.value.field == "sftpSettings.nameTemplate"


def test_an_unknown_token_is_answered_with_the_known_ones() -> None:
    with pytest.raises(Invalid, match=r"\{date\}.*\{campaign\} \{externalId\} \{runId\}"):
        name("{date}")


@given(campaign=st.text(max_size=30), external=st.text(max_size=30), run=st.text(max_size=30))
def test_no_id_can_break_out_of_the_name(campaign: str, external: str, run: str) -> None:
    made = name(campaign=campaign, external_id=external, run_id=run)
    check_name(made)
    assert set(made) <= set(string.ascii_letters + string.digits + "._-")


@pytest.mark.parametrize("bad", ["", ".", "..", "a/b", "/", "a\0", "x" * 256, "\udcff" * 90])
def test_a_name_is_one_component(bad: str) -> None:
    with pytest.raises(Invalid):
        check_name(bad)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=255))
def test_a_temporary_name_is_hidden_stable_and_short_enough(final: str) -> None:
    digest = hashlib.sha256(b"content").hexdigest()
    other = hashlib.sha256(b"other").hexdigest()
    temporary = temporary_name(final, digest)
    assert temporary.startswith(".")
    assert temporary == temporary_name(final, digest) != temporary_name(final, other)
    assert len(temporary.encode()) <= 255


# Trying again.


def test_five_attempts_and_no_more() -> None:
    assert [retry_delay(n, lambda: 1.0) for n in range(1, 7)] == [5, 10, 20, 40, None, None]
    assert [retry_delay(n, lambda: 0.0) for n in range(1, 5)] == [0, 0, 0, 0]
    with pytest.raises(ValueError, match="counted from 1"):
        retry_delay(0, lambda: 0.5)


@given(st.integers(1, 4), st.floats(0, 1, exclude_max=True))
def test_a_delay_is_anything_up_to_its_ceiling(attempt: int, chance: float) -> None:
    delay = retry_delay(attempt, lambda: chance)
    assert delay is not None
    assert 0 <= delay < 5 * 2 ** (attempt - 1)


# Secrets, receipts and refusals.


def test_no_secret_shows_in_a_destination() -> None:
    to = SftpDestination(
        host="h", username="u", password="s3cret-1", private_key="s3cret-2", passphrase="s3cret-3"
    )
    assert "s3cret" not in repr(to)
    assert "s3cret" not in str(replace(to, port=2222))
    assert "h" in repr(to)


def test_a_receipt_is_plain_json() -> None:
    receipt = Receipt(
        host="h",
        port=22,
        fingerprint="SHA256:x",
        host_key=ED25519,
        remote_path="/in/a.csv",
        bytes=3,
        sha256="ab",
        published="rename",
        attempts=1,
        resumed_from=0,
        started_at=AT,
        finished_at=AT,
    )
    assert json.loads(json.dumps(receipt.as_dict()))["startedAt"] == "2026-03-04T05:06:07.000Z"


def test_a_test_is_good_when_every_step_is() -> None:
    good, bad = Step("auth", True, "", 3), Step("cd", False, "no directory", 4)
    assert delivery.Probe((good,), None, None).ok
    assert delivery.Probe((good,), None, None).failed is None
    assert delivery.Probe((good, bad), None, None).failed == bad
    assert not delivery.Probe((good, bad), None, None).ok
    assert not delivery.Probe((), None, None).ok


REFUSALS: list[tuple[DomainError, type[DomainError]]] = [
    (HostKeyChanged("h:23", "SHA256:a", "SHA256:b"), Conflict),
    (delivery.FileExists("h:23", "/a"), Conflict),
    (delivery.SettingRefused("'h:23' is not an SFTP host: why", "host"), Invalid),
    (delivery.AuthenticationRefused("h:23", "u", "password", "publickey"), Invalid),
    (delivery.BadPrivateKey("h:23", "why"), Invalid),
    (delivery.DirectoryMissing("h:23", "/a"), Invalid),
    (delivery.PermissionRefused("h:23", "write to /a"), Invalid),
    (delivery.RenameRefused("h:23", "/a", "Failure"), Invalid),
    (delivery.ServerFull("h:23", "/a", "Failure"), Unavailable),
    (delivery.ConnectionLost("h:23", "why"), Unavailable),
    (delivery.RemoteFileDiffers("h:23", "/a", 1, 2), Unavailable),
    (delivery.SourceEndedEarly("h:23", 2, 1), Unavailable),
]


@pytest.mark.parametrize(("error", "kind"), REFUSALS, ids=lambda value: type(value).__name__)
def test_a_refusal_names_the_server_and_what_to_do(
    error: DomainError, kind: type[DomainError]
) -> None:
    assert isinstance(error, kind)
    assert "h:23" in str(error)
    assert ";" in str(error) or ". " in str(error) or ": " in str(error)


def test_every_refusal_has_a_code_of_its_own() -> None:
    assert len({error.code for error, _ in REFUSALS}) == len(REFUSALS)
    defined = {
        kind
        for kind in vars(delivery).values()
        if isinstance(kind, type) and issubclass(kind, DomainError) and "code" in vars(kind)
    }
    assert defined == {type(error) for error, _ in REFUSALS}
