from uuid import uuid4

import pytest

from campaigns import wiring
from tests.integration.lender import Lender
from tests.integration.management.keys import made, works

REVOKE = "management/revoke_key"


def test_a_revoked_key_is_no_key(lender: Lender) -> None:
    key = made(lender)
    answer = lender.call(REVOKE, ids={"keyId": key["id"]})
    assert answer.status == 200
    assert answer.body["revokedAt"] is not None
    assert not works(lender, key["key"])


def test_revoking_again_changes_nothing(lender: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    key = made(lender)
    first = lender.call(REVOKE, ids={"keyId": key["id"]}).body
    assert lender.call(REVOKE, ids={"keyId": key["id"]}).body == first


def test_another_company_s_key_stays_good(lender: Lender, stranger: Lender) -> None:
    theirs = made(stranger)
    for id in (theirs["id"], str(uuid4()), "x"):
        assert lender.call(REVOKE, ids={"keyId": id}).status == 404
    assert works(stranger, theirs["key"])
    assert wiring.access().get_key(stranger.id, theirs["id"]).revoked_at is None
