from dataclasses import replace
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.public_id import CAMPAIGN, read
from campaigns.domain.schedule import SchedulesUnavailable
from tests.integration.lender import Answer, Lender, shown

UPDATE = "borrower/update_campaign"
SFTP = {"host": "sftp.example.com", "username": "dialer", "password": "a-password-of-ours"}
WHOLE: dict[str, Any] = {
    "name": "Spring",
    "externalId": "spring",
    "redashQueryUrl": "https://redash.example.com/queries/42",
    "redashApiKey": "a-query-key-of-ours",
    "queryParameters": {"days": 30},
    "schedule": "P P * * 1-5",
    "sftpSettings": {
        **SFTP,
        "cdDir": "inbox",
        "passphrase": "word",
        "nameTemplate": "{kind}.csv",
        "split": "timeZone",
    },
}


@pytest.fixture
def spring(lender: Lender) -> Any:
    return lender.call("borrower/create_campaign", body=WHOLE).data


def change(lender: Lender, _id: str = "ext-spring", **fields: Any) -> Answer:
    return lender.call(UPDATE, ids={"campaignId": _id}, body=fields)


def kept(lender: Lender, campaign: Any) -> Any:
    return wiring.campaigns().get(lender.id, read(CAMPAIGN, campaign["id"]) or "")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_sample_changes_only_what_it_sends(method: str, lender: Lender, spring: Any) -> None:
    answer = lender.call(UPDATE, ids={"campaignId": spring["id"]}, method=method)
    changed = {
        "name": "Overdue 1-60 days",
        "schedule": "P P * * 1",
        "nextRunAt": answer.data["nextRunAt"],
        "updatedAt": answer.data["updatedAt"],
    }
    assert answer.body == {"status": 0, "message": "OK", "data": spring | changed}
    assert answer.data["updatedAt"] > spring["updatedAt"]
    assert lender.call("borrower/get_campaign", ids={"campaignId": spring["id"]}).data == (
        spring | changed
    )


def test_nothing_sent_changes_nothing(lender: Lender, spring: Any) -> None:
    assert {**change(lender).data, "updatedAt": ""} == {**spring, "updatedAt": ""}


def test_sending_back_what_was_shown_changes_nothing(lender: Lender, spring: Any) -> None:
    before = kept(lender, spring)
    answer = change(lender, **spring)
    assert {**answer.data, "updatedAt": ""} == {**spring, "updatedAt": ""}
    after = kept(lender, spring)
    assert (after.query_key, after.sftp) == (before.query_key, before.sftp)


@pytest.mark.parametrize(
    ("field", "cleared"),
    [
        ("externalId", None),
        ("name", ""),
        ("redashQueryUrl", None),
        ("redashApiKey", None),
        ("queryParameters", {}),
        ("schedule", None),
        ("sftpSettings", None),
        ("contactExporterId", None),
        ("bulkSenderId", None),
    ],
)
def test_null_clears(field: str, cleared: Any, lender: Lender, spring: Any) -> None:
    nothing: Any = {field: None}
    answer = change(lender, spring["id"], **nothing)
    assert answer.data[field] == cleared


@pytest.mark.parametrize(
    ("setting", "cleared"),
    [
        ("cdDir", ""),
        ("passphrase", None),
        ("nameTemplate", None),
        ("publish", "rename"),
        ("split", None),
    ],
)
def test_null_clears_one_sftp_setting(
    setting: str, cleared: Any, lender: Lender, spring: Any
) -> None:
    answer = change(lender, sftpSettings={setting: None})
    assert answer.data["sftpSettings"] == spring["sftpSettings"] | {setting: cleared}


def test_sftp_settings_are_changed_one_by_one(lender: Lender, spring: Any) -> None:
    answer = change(lender, sftpSettings={"cdDir": "in box", "color": "green"})
    assert answer.data["sftpSettings"] == spring["sftpSettings"] | {"cdDir": "in box"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"sftpSettings": {"host": None}}, "sftpSettings.host"),
        ({"sftpSettings": {"username": None}}, "sftpSettings.username"),
        ({"sftpSettings": {"password": None}}, "sftpSettings.password"),
        ({"sftpSettings": {"password": "********elsewhere"[:12]}}, "sftpSettings.password"),
        ({"sftpSettings": {"privateKey": "********"}}, "sftpSettings.privateKey"),
        ({"redashApiKey": "********"}, "redashApiKey"),
        ({"redashApiKey": "********abcd"}, "redashApiKey"),
        ({"schedule": "P P 31 2 *"}, "schedule"),
        ({"redashQueryUrl": "https://10.0.0.1/queries/1"}, "redashQueryUrl"),
        ({"contactExporterId": "ext-nobody"}, "contactExporterId"),
        ({"bulkSenderId": "BS-0000000000000-0000000000000"}, "bulkSenderId"),
        ({"externalId": "ext-spring"}, "externalId"),
        ({"status": "gone"}, "status"),
        ({"sftpSettings": []}, "sftpSettings"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_400_and_nothing_is_changed(
    fields: Any, field: str, lender: Lender, spring: Any
) -> None:
    answer = change(lender, **{"name": "Fall", **fields})
    assert answer.fields == [field]
    found = lender.call("borrower/get_campaign", ids={"campaignId": spring["id"]})
    assert found.data == spring


def test_a_new_secret_takes_the_place_of_the_old(lender: Lender, spring: Any) -> None:
    before = kept(lender, spring)
    answer = change(lender, redashApiKey="another-key-9999", sftpSettings={"password": "short"})
    assert answer.data["redashApiKey"] == "********9999"
    assert answer.data["sftpSettings"]["password"] == "********"
    after = kept(lender, spring)
    assert after.query_key != before.query_key
    assert after.sftp.password != before.sftp.password
    again = change(lender, redashApiKey="********9999", sftpSettings={"password": "********"})
    assert again.status == 200
    assert kept(lender, spring).query_key == after.query_key


def test_a_host_key_that_was_learned_is_forgotten_with_the_host(
    lender: Lender, spring: Any
) -> None:
    now = kept(lender, spring)
    wiring.campaigns().move(replace(now, sftp=replace(now.sftp, learned_host_key="ssh-x AAAA")))
    assert change(lender, name="Same host").data["sftpSettings"]["hostKey"] == "ssh-x AAAA"
    elsewhere = {"host": "other.example.com", "password": "another", "passphrase": None}
    moved = change(lender, sftpSettings=elsewhere)
    assert moved.data["sftpSettings"]["hostKey"] is None


def test_the_alarm_clock_follows_the_campaign(lender: Lender, spring: Any) -> None:
    id = read(CAMPAIGN, spring["id"]) or ""

    def rings() -> bool:
        return wiring.schedules().find(lender.id, id) is not None

    assert rings()
    assert change(lender, status="paused").data["nextRunAt"] is None
    assert not rings()
    assert change(lender, status="active").data["nextRunAt"] == spring["nextRunAt"]
    assert rings()
    assert change(lender, schedule=None).data["nextRunAt"] is None
    assert not rings()
    change(lender, status="archived", schedule="P P * * *")
    assert not rings()
    assert change(lender, status=None).data["status"] == "active"
    assert rings()


def test_an_external_id_can_be_changed_and_only_once_be_taken(
    lender: Lender, stranger: Lender, spring: Any
) -> None:
    other = lender.campaign(external_id="fall")
    stranger.campaign(external_id="winter")
    taken = change(lender, externalId="fall")
    assert (taken.status, taken.body["message"]) == (409, "externalId 'fall' is already in use")
    assert change(lender, externalId="spring").status == 200
    assert change(lender, externalId="winter").data["externalId"] == "winter"
    assert change(lender, name="x").status == 404
    assert change(lender, "ext-winter", externalId=None).status == 200
    assert change(lender, shown(other), externalId="spring").data["externalId"] == "spring"


def test_an_exporter_is_set_and_cleared(lender: Lender, spring: Any) -> None:
    exporter = lender.exporter(external_id="dialer")
    answer = change(lender, contactExporterId="ext-dialer")
    assert answer.data["contactExporterId"] == shown(exporter)
    assert change(lender, contactExporterId=None).data["contactExporterId"] is None


def test_of_two_changes_at_the_same_moment_one_is_409(
    lender: Lender, spring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal = wiring.secrets().seal

    def seal_slowly(plain: str, context: Any) -> Any:
        wiring.campaigns().move(replace(kept(lender, spring), name="Faster"))
        return seal(plain, context)

    monkeypatch.setattr(wiring.secrets(), "seal", seal_slowly)
    answer = change(lender, name="Slower", redashApiKey="another-key")
    assert (answer.status, answer.body["data"]) == (409, None)
    assert "was changed by another request at the same moment" in answer.body["message"]
    assert kept(lender, spring).name == "Faster"


def test_a_scheduler_that_is_down_is_503_and_nothing_is_changed(
    lender: Lender, spring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_: Any) -> None:
        raise SchedulesUnavailable("it is down")

    monkeypatch.setattr(wiring.schedules(), "put", down)
    answer = change(lender, schedule="P P * * 2")
    assert (answer.status, answer.body["status"], answer.body["data"]) == (503, 503, None)
    assert kept(lender, spring).schedule == spring["schedule"]
    created = lender.call("borrower/create_campaign", body={"schedule": "P P * * *"})
    assert created.status == 503
    assert lender.call("borrower/list_campaigns").body["total"] == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_safety_limits_change_one_by_one(method: str, lender: Lender, spring: Any) -> None:
    def limits(safety: Any) -> Any:
        ids, body = {"campaignId": "ext-spring"}, {"safety": safety}
        return lender.call(UPDATE, ids=ids, method=method, body=body).data["safety"]

    none = spring["safety"]
    first = limits({"maxAudience": 100, "zeroRows": "hold"})
    assert first == {**none, "maxAudience": 100, "zeroRows": "hold"}
    change = {"audienceChange": {"percent": 10, "ofRuns": 3}}
    assert limits({**change, "zeroRows": None}) == {**none, **change, "maxAudience": 100}
    assert limits({}) == {**none, **change, "maxAudience": 100}
    assert limits(None) == none
