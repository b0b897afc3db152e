from uuid import uuid4

import pytest

from campaigns import wiring
from tests.integration.lender import Lender, shown

GET = "borrower/get_bulk_sender"


@pytest.mark.parametrize("spelled", ["shown", "uuid", "external"])
def test_a_sender_is_found_by_any_of_its_ids(spelled: str, lender: Lender) -> None:
    kept = lender.sender(external_id="due")
    ids = {"shown": shown(kept), "uuid": kept.id, "external": "ext-due"}
    assert lender.call(GET, ids={"senderId": ids[spelled]}).data["id"] == shown(kept)


def test_what_is_not_there_not_ours_or_deleted_gets_one_answer(
    lender: Lender, stranger: Lender
) -> None:
    theirs = stranger.sender(external_id="due")
    gone = lender.sender(external_id="gone", deleted_at=wiring.now())
    exporter = lender.exporter()
    ids = (str(uuid4()), "ext-", "x", shown(theirs), theirs.id, "ext-due", gone.id, exporter.id)
    for id in (*ids, shown(exporter)):
        answer = lender.call(GET, ids={"senderId": id})
        assert (answer.status, answer.body) == (
            404,
            {"status": 404, "message": f"bulk sender {id} does not exist", "data": None},
        )
