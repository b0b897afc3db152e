from uuid import uuid4

import pytest

from campaigns import wiring
from tests.integration.lender import Lender, shown

GET = "borrower/get_contact_exporter"


@pytest.mark.parametrize("spelled", ["shown", "uuid", "external"])
def test_an_exporter_is_found_by_any_of_its_ids(spelled: str, lender: Lender) -> None:
    kept = lender.exporter("person.firstName", external_id="dialer")
    ids = {"shown": shown(kept), "uuid": kept.id, "external": "ext-dialer"}
    answer = lender.call(GET, ids={"exporterId": ids[spelled]})
    assert answer.body == {"status": 0, "message": "OK", "data": answer.data}
    assert answer.data["id"] == shown(kept)
    assert answer.data["columnSettings"][0]["field"] == "person.firstName"


def test_what_is_not_there_not_ours_or_deleted_gets_one_answer(
    lender: Lender, stranger: Lender
) -> None:
    theirs = stranger.exporter(external_id="dialer")
    gone = lender.exporter(external_id="gone", deleted_at=wiring.now())
    campaign = lender.campaign()
    ids = (str(uuid4()), "ext-", "x", shown(theirs), theirs.id, "ext-dialer", gone.id, campaign.id)
    for id in ids:
        answer = lender.call(GET, ids={"exporterId": id})
        assert (answer.status, answer.body) == (
            404,
            {"status": 404, "message": f"contact exporter {id} does not exist", "data": None},
        )
