from typing import Any

import pytest

from local.sftp_server import SftpServerProcess
from tests.integration.delivery.keys import key_pair
from tests.integration.events import sample_body
from tests.integration.lender import Lender

PROBE = "management/probe_destination"


def settings(dialer: SftpServerProcess, **but: Any) -> dict[str, Any]:
    usual = {
        "host": f"{dialer.host}:{dialer.port}",
        "username": dialer.user,
        "password": dialer.password,
        "cdDir": "inbox",
        "hostKey": dialer.host_key,
        "trigger": "done",
        "nameTemplate": "{runId}_{kind}",
    }
    return {**usual, **but}


def test_settings_are_tried_before_a_campaign_has_them(
    lender: Lender, dialer: SftpServerProcess
) -> None:
    told = lender.call(PROBE, body=settings(dialer)).body
    assert told["ok"], told
    assert len(told["steps"]) == 9
    assert (told["hostKey"], told["hostKeyLearned"]) == (dialer.host_key, False)
    assert list((dialer.root / "inbox").iterdir()) == []


def test_the_sample_names_a_server_that_does_not_exist(lender: Lender) -> None:
    told = lender.call(PROBE).body
    [step] = told["steps"]
    assert (told["ok"], step["step"], step["ok"]) == (False, "resolve", False)
    assert sample_body(PROBE)["host"] in step["detail"]
    assert (told["hostKey"], told["fingerprint"]) == (None, None)


def test_a_private_key_with_a_passphrase_is_tried_and_told_of_to_nobody(
    lender: Lender, dialer: SftpServerProcess
) -> None:
    pair = key_pair("ed25519", "horse-battery")
    body = settings(dialer, password=None, privateKey=pair.private, passphrase="horse-battery")
    told = lender.call(PROBE, body=body).body
    assert (told["steps"][-1]["step"], told["steps"][-1]["ok"]) == ("auth", False)
    assert "publickey" in told["steps"][-1]["detail"]
    assert "horse" not in str(told)
    assert "PRIVATE KEY" not in str(told)


@pytest.mark.parametrize(
    ("but", "field"),
    [
        ({"host": None}, "host"),
        ({"host": "sftp://example.com"}, "host"),
        ({"host": "10.0.0.1"}, "host"),
        ({"username": None}, "username"),
        ({"password": None}, "password"),
        ({"password": "********0001"}, "password"),
        ({"cdDir": "in\nbox"}, "cdDir"),
        ({"hostKey": "SHA256:abc"}, "hostKey"),
        ({"trigger": "always"}, "trigger"),
        ({"nameTemplate": "{nobody}"}, "nameTemplate"),
        ({"folder": "inbox"}, "folder"),
        ({"sftpSettings": {}}, "sftpSettings"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_setting_that_cannot_be_is_400_and_named(
    lender: Lender, dialer: SftpServerProcess, but: dict[str, Any], field: str
) -> None:
    answer = lender.call(PROBE, body=settings(dialer, **but))
    assert answer.fields == [field]


def test_the_scope_is_one_of_its_own(lender: Lender) -> None:
    assert lender.allowed("manage:people", "campaigns:write").call(PROBE).status == 403
    assert lender.allowed("manage:destinations").call(PROBE).status == 200
