from datetime import timedelta
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.api_key import RateLimit, digest_of
from tests.integration.lender import Lender
from tests.integration.management.keys import create_key, holding, made, works


def test_the_sample_answers_a_key_that_works_and_is_not_kept(lender: Lender) -> None:
    answer = lender.call("management/create_key")
    key = answer.body
    assert answer.status == 200
    mine = wiring.access().find_key(digest_of(lender.key))
    assert mine is not None
    assert key == {
        "id": key["id"],
        "name": "reporting",
        "prefix": "sk_live_",
        "scopes": ["campaigns:read", "runs:read"],
        "fullAccess": False,
        "rateLimit": {"requests": 60, "seconds": 60},
        "createdAt": key["createdAt"],
        "createdBy": mine.id,
        "expiresAt": None,
        "revokedAt": None,
        "replacedBy": None,
        "key": key["key"],
    }
    assert key["key"].startswith("sk_live_")
    reporting = holding(lender, key["key"])
    assert reporting.call("borrower/list_campaigns").status == 200
    assert reporting.call("borrower/create_campaign").status == 403
    kept = wiring.access().get_key(lender.id, key["id"])
    assert key["key"] not in repr(kept)


def test_a_key_begins_as_it_was_asked_to(lender: Lender) -> None:
    for prefix in ("sk_live_", "sk_test_", "cc_", "ag_"):
        assert made(lender, prefix=prefix)["key"].startswith(prefix)


def test_a_key_that_expires_does(lender: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    soon = wiring.now() + timedelta(hours=1)
    key = made(lender, expiresAt=soon.isoformat())["key"]
    assert works(lender, key)
    monkeypatch.setattr(wiring, "_clock", lambda: soon)
    assert not works(lender, key)


def test_a_key_without_scopes_has_to_be_asked_for(lender: Lender) -> None:
    assert create_key(lender, scopes=[]).fields == ["scopes"]
    key = made(lender, scopes=[], fullAccess=True)
    assert key["fullAccess"]
    assert holding(lender, key["key"]).call("borrower/list_campaigns").status == 403


def test_a_key_hands_out_no_more_than_it_holds(lender: Lender) -> None:
    keeper = lender.allowed("manage:keys", "runs:*")
    assert create_key(keeper, scopes=["runs:release", "manage:keys"]).status == 200
    for scopes in (["campaigns:read"], ["manage:*"], ["runs:read", "manage:people"]):
        answer = create_key(keeper, scopes=scopes)
        assert answer.fields == ["scopes"]
        assert "does not hold" in answer.body["detail"]
    assert create_key(keeper, scopes=[], fullAccess=True).fields == ["scopes"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "n" * 101}, "name"),
        ({"scopes": ["runs:delete"]}, "scopes"),
        ({"scopes": [""]}, "scopes.0"),
        ({"scopes": "runs:read"}, "scopes"),
        ({"fullAccess": True}, "body"),
        ({"prefix": "sk_"}, "prefix"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2099-01-01T00:00:00"}, "expiresAt"),
        ({"expiresAt": "soon"}, "expiresAt"),
        ({"expiresAt": "0001-01-01T00:00:00+14:00"}, "expiresAt"),
        ({"expiresAt": "9999-12-31T23:59:59-14:00"}, "expiresAt"),
        ({"rateLimit": {"requests": 0}}, "rateLimit.requests"),
        ({"rateLimit": {"requests": 1, "seconds": 90_000}}, "rateLimit.seconds"),
        ({"rateLimit": {}}, "rateLimit.requests"),
        ({"owner": "me"}, "owner"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_400_and_named(fields: Any, field: str, lender: Lender) -> None:
    assert create_key(lender, **fields).fields == [field]


def test_a_key_makes_none_that_outlives_it_or_is_faster(lender: Lender) -> None:
    soon = wiring.now() + timedelta(hours=1)
    limit = RateLimit(10, 60)
    keeper = lender.allowed("manage:keys", "runs:read", expires_at=soon, rate_limit=limit)
    half = {"expiresAt": soon.isoformat(), "rateLimit": {"requests": 5}}
    assert create_key(keeper, **half).status == 200
    for fields, field in (
        ({"expiresAt": None}, "expiresAt"),
        ({"expiresAt": (soon + timedelta(seconds=1)).isoformat()}, "expiresAt"),
        ({"rateLimit": None}, "rateLimit"),
        ({"rateLimit": {"requests": 11}}, "rateLimit"),
    ):
        assert create_key(keeper, **{**half, **fields}).fields == [field]


@pytest.mark.parametrize(
    "fields", [{"rateLimit": {"requests": "5"}}, {"rateLimit": {"requests": True}}]
)
def test_a_number_is_a_number(fields: Any, lender: Lender) -> None:
    assert create_key(lender, **fields).fields == ["rateLimit.requests"]
