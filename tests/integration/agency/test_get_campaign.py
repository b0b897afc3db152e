from uuid import uuid4

from tests.integration.agency.agency import CREATE, a_campaign_of, a_spring_offer, said
from tests.integration.events import sample_body
from tests.integration.lender import Lender

GET = "agency/get_campaign"


def test_a_campaign_is_told_with_what_it_sends(lender: Lender) -> None:
    a_spring_offer(lender)
    sent = {**sample_body(CREATE), "schedule": "2099-03-09 00:00"}
    id = lender.call(CREATE, body=sent).body["data"]["id"]
    answer = lender.call(GET, ids={"campaignId": id})
    [told] = answer.data
    assert (told["id"], told["schedule_type"]) == (id, "recurring")
    assert (told["days"], told["schedule"]) == (sent["days"], "2099-03-09 00:00")
    assert told["template_payload"] == {**sent["template_payload"], "cards": []}
    assert told["template_sends"] == {"sent": 0, "failed": 0}
    # The first slot from then on, which is a Monday: ten o'clock in the zone of the agency.
    assert told["startDate"] == told["next_run"]


def test_what_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    theirs = a_campaign_of(stranger, "theirs")
    for id in (theirs.id, str(uuid4()), "x", "CM-0000000000000-0000000000000"):
        assert (
            said(lender.call(GET, ids={"campaignId": id}), 404) == f"campaign {id} does not exist"
        )
