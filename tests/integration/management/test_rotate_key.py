from datetime import timedelta
from typing import Any

import pytest

from campaigns import wiring
from tests.integration.lender import Answer, Lender
from tests.integration.management.keys import holding, made, works

ROTATE = "management/rotate_key"


def rotate(lender: Lender, key_id: str, **body: Any) -> Answer:
    return lender.call(ROTATE, ids={"keyId": key_id}, body=body)


def test_both_keys_are_good_until_the_overlap_is_over(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = made(lender, scopes=["runs:read"], rateLimit={"requests": 1000})
    at = wiring.now()
    monkeypatch.setattr(wiring, "_clock", lambda: at)
    new = rotate(lender, old["id"], overlapSeconds=600).body
    assert (new["scopes"], new["rateLimit"]) == (old["scopes"], old["rateLimit"])
    assert new["id"] != old["id"]
    assert works(lender, old["key"])
    assert works(lender, new["key"])
    seen = lender.call("management/get_key", ids={"keyId": old["id"]}).body
    assert seen["replacedBy"] == new["id"]
    monkeypatch.setattr(wiring, "_clock", lambda: at + timedelta(seconds=600))
    assert not works(lender, old["key"])
    assert works(lender, new["key"])


def test_the_overlap_is_a_day_unless_said(lender: Lender) -> None:
    old = made(lender)
    before = wiring.now()
    assert lender.call(ROTATE, ids={"keyId": old["id"]}, text="").status == 200
    expires = wiring.access().get_key(lender.id, old["id"]).expires_at
    assert expires is not None
    assert timedelta(hours=23) < expires - before < timedelta(hours=25)


def test_a_key_may_rotate_itself(lender: Lender) -> None:
    key = made(lender, scopes=["manage:keys"])
    answer = rotate(holding(lender, key["key"]), key["id"], overlapSeconds=0)
    assert answer.status == 200
    assert works(lender, answer.body["key"])


def test_a_key_that_expires_is_followed_by_one_that_does(lender: Lender) -> None:
    old = made(lender, expiresAt=(wiring.now() + timedelta(days=30)).isoformat())
    new = rotate(lender, old["id"]).body
    assert new["expiresAt"] > old["expiresAt"]


def test_a_key_is_rotated_once(lender: Lender) -> None:
    old = made(lender)
    assert rotate(lender, old["id"]).status == 200
    assert rotate(lender, old["id"]).status == 409


def test_a_key_that_has_ended_is_not_rotated(lender: Lender) -> None:
    old = made(lender)
    lender.call("management/revoke_key", ids={"keyId": old["id"]})
    answer = rotate(lender, old["id"])
    assert (answer.status, "revoked or expired" in answer.body["detail"]) == (409, True)


def test_nobody_gets_at_more_by_rotating(lender: Lender) -> None:
    strong = made(lender, scopes=["manage:*"])
    keeper = lender.allowed("manage:keys")
    assert rotate(keeper, strong["id"]).fields == ["scopes"]
    assert wiring.access().get_key(lender.id, strong["id"]).replaced_by is None


def test_another_company_s_key_is_not_there(lender: Lender, stranger: Lender) -> None:
    assert rotate(lender, made(stranger)["id"]).status == 404


@pytest.mark.parametrize("seconds", [-1, 30 * 86_400 + 1, "soon", None])
def test_an_overlap_that_cannot_be_is_400(seconds: Any, lender: Lender) -> None:
    assert rotate(lender, made(lender)["id"], overlapSeconds=seconds).fields == ["overlapSeconds"]


def test_a_key_cannot_live_on_by_rotating_itself(lender: Lender) -> None:
    ends = (wiring.now() + timedelta(hours=1)).isoformat()
    key = made(lender, scopes=["manage:keys"], expiresAt=ends)
    new = rotate(holding(lender, key["key"]), key["id"]).body
    assert new["expiresAt"] == key["expiresAt"]
