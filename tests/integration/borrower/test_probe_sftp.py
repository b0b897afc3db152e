from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.campaign import Campaign, ChangedMeanwhile
from local.sftp_server import SftpServerProcess
from tests.integration.delivery.keys import key_pair
from tests.integration.lender import Lender

PROBE = "borrower/probe_sftp"
ALL = ["resolve", "connect", "host key", "auth", "cd", "write", "rename", "overwrite", "delete"]


def settings(dialer: SftpServerProcess, **but: Any) -> dict[str, Any]:
    usual = {
        "host": f"{dialer.host}:{dialer.port}",
        "username": dialer.user,
        "password": dialer.password,
        "cdDir": "inbox",
    }
    return {**usual, **but}


def a_campaign(lender: Lender, dialer: SftpServerProcess, **but: Any) -> dict[str, str]:
    """A campaign with this server; the ids of a path."""
    body = {"name": "Overdue", "sftpSettings": settings(dialer, **but)}
    return {"campaignId": lender.call("borrower/create_campaign", body=body).data["id"]}


def host_key(lender: Lender, ids: dict[str, str]) -> Any:
    return lender.call("borrower/get_campaign", ids=ids).data["sftpSettings"]["hostKey"]


def test_every_step_is_told_and_nothing_is_left_behind(
    lender: Lender, dialer: SftpServerProcess
) -> None:
    told = lender.call(PROBE, ids=a_campaign(lender, dialer)).data
    assert told["ok"]
    assert [one["step"] for one in told["steps"]] == ALL
    assert all(one.keys() == {"step", "ok", "detail", "ms"} for one in told["steps"])
    assert list((dialer.root / "inbox").iterdir()) == []


def test_a_first_success_keeps_the_host_key_and_says_so(
    lender: Lender, dialer: SftpServerProcess
) -> None:
    ids = a_campaign(lender, dialer)
    assert host_key(lender, ids) is None
    first = lender.call(PROBE, ids=ids).data
    assert (first["hostKey"], first["fingerprint"]) == (dialer.host_key, dialer.fingerprint)
    assert first["hostKeyLearned"]
    assert host_key(lender, ids) == dialer.host_key
    second = lender.call(PROBE, ids=ids).data
    assert (second["ok"], second["hostKeyLearned"]) == (True, False)
    assert "as pinned" in second["steps"][2]["detail"]


@pytest.mark.parametrize("wrong", [{"password": "mistyped-secret-1"}, {"cdDir": "nowhere"}])
def test_a_test_that_fails_learns_nothing_and_tells_no_secret(
    lender: Lender, dialer: SftpServerProcess, wrong: dict[str, str]
) -> None:
    ids = a_campaign(lender, dialer, **wrong)
    told = lender.call(PROBE, ids=ids).data
    assert (told["ok"], told["hostKeyLearned"]) == (False, False)
    assert [one["ok"] for one in told["steps"]][-1] is False
    assert host_key(lender, ids) is None
    assert "mistyped" not in str(told)
    assert dialer.password not in str(told)


def test_a_host_key_that_changed_stops_the_test_and_names_both(
    lender: Lender, dialer: SftpServerProcess
) -> None:
    ids = a_campaign(lender, dialer, hostKey=key_pair().public)
    told = lender.call(PROBE, ids=ids).data
    failed = told["steps"][-1]
    assert (failed["step"], failed["ok"]) == ("host key", False)
    assert failed["detail"].count("SHA256:") == 2
    assert dialer.fingerprint in failed["detail"]
    assert told["hostKey"] == dialer.host_key


def test_a_key_is_forgotten_and_learned_anew(lender: Lender, dialer: SftpServerProcess) -> None:
    ids = a_campaign(lender, dialer, hostKey=key_pair().public)
    forget = {"sftpSettings": {"hostKey": None}}
    assert lender.call("borrower/update_campaign", ids=ids, body=forget).status == 200
    assert host_key(lender, ids) is None
    assert lender.call(PROBE, ids=ids).data["hostKeyLearned"]
    assert lender.call("borrower/update_campaign", ids=ids, body=forget).status == 200
    assert host_key(lender, ids) is None


def test_an_edit_of_the_same_moment_keeps_its_own(
    lender: Lender, dialer: SftpServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = a_campaign(lender, dialer)

    def somebody_was_faster(_: Campaign) -> Campaign:
        raise ChangedMeanwhile("campaign")

    monkeypatch.setattr(wiring.campaigns(), "move", somebody_was_faster)
    told = lender.call(PROBE, ids=ids).data
    assert (told["ok"], told["hostKeyLearned"]) == (True, False)


def test_a_campaign_without_a_server_is_400(lender: Lender) -> None:
    answer = lender.call(PROBE, ids={"campaignId": lender.campaign().id})
    assert answer.fields == ["sftpSettings"]


def test_a_host_that_has_become_private_is_not_connected_to(
    lender: Lender, dialer: SftpServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = a_campaign(lender, dialer, host="sftp.example.com")
    elsewhere = [(2, 1, 6, "", ("10.1.2.3", 22))]
    monkeypatch.setattr(wiring.hosts(), "_resolver", lambda *_, **__: elsewhere)
    told = lender.call(PROBE, ids=ids).data
    assert [one["step"] for one in told["steps"]] == ["resolve"]
    assert "a private address" in told["steps"][0]["detail"]
    assert "10.1.2.3" not in told["steps"][0]["detail"]
