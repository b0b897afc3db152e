from typing import Any

from campaigns import wiring
from campaigns.domain.api_key import digest_of
from tests.integration.lender import Lender
from tests.integration.management.keys import made

AUDIT = "management/list_audit_entries"


def entries(lender: Lender, **query: Any) -> Any:
    answer = lender.call(AUDIT, query=query)
    assert answer.status == 200, answer.body
    return answer.body["items"]


def test_what_a_key_changed_today_is_told(lender: Lender) -> None:
    key = made(lender)
    lender.call("management/revoke_key", ids={"keyId": key["id"]})
    mine = wiring.access().find_key(digest_of(lender.key))
    assert mine is not None
    revoked, created = entries(lender)
    assert created == {
        "id": created["id"],
        "at": created["at"],
        "keyId": mine.id,
        "requestId": "sample-request",
        "action": "POST /v1/keys",
        "kind": "key",
        "objectId": key["id"],
        "beforeSha256": None,
        "afterSha256": created["afterSha256"],
    }
    assert revoked["action"] == "DELETE /v1/keys/{keyId}"
    assert revoked["beforeSha256"] == created["afterSha256"]


def test_reading_and_being_refused_leave_nothing(lender: Lender) -> None:
    lender.call("management/list_keys")
    lender.call("management/create_key", body={"name": ""})
    assert entries(lender) == []


def test_one_object_and_one_day_can_be_asked_for(lender: Lender) -> None:
    ids = [made(lender)["id"] for _ in range(2)]
    assert [one["objectId"] for one in entries(lender, objectId=ids[0])] == ids[:1]
    assert entries(lender, date="2020-01-01") == []


def test_pages_follow_one_another(lender: Lender) -> None:
    ids = [made(lender)["id"] for _ in range(3)]
    page = lender.call(AUDIT, query={"limit": 2}).body
    rest = lender.call(AUDIT, query={"limit": 2, "nextToken": page["nextToken"]}).body
    assert [one["objectId"] for one in [*page["items"], *rest["items"]]] == ids[::-1]
    assert rest["nextToken"] is None


def test_another_company_s_changes_are_not_told(lender: Lender, stranger: Lender) -> None:
    made(stranger)
    assert entries(lender) == []


def test_a_day_that_cannot_be_is_400(lender: Lender) -> None:
    for day in ("yesterday", "2026-02-30", "20260301", "1"):
        assert lender.call(AUDIT, query={"date": day}).fields == ["date"]


def test_an_object_is_found_by_the_id_that_the_borrower_api_shows(lender: Lender) -> None:
    campaign = lender.call("borrower/create_campaign", body={"name": "Spring"}).data
    assert [one["kind"] for one in entries(lender, objectId=campaign["id"])] == ["campaign"]


def test_what_is_no_id_is_400(lender: Lender) -> None:
    assert lender.call(AUDIT, query={"objectId": "nope"}).fields == ["objectId"]
    for function in (AUDIT, "management/list_keys"):
        assert lender.call(function, query={"nextToken": "zzz"}).fields == ["nextToken"]
