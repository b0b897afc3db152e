"""A campaign may have a bulk sender."""

from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.campaign import Campaign
from campaigns.domain.page import Slice
from campaigns.domain.schedule import Purpose
from tests.integration.conftest import Invocations
from tests.integration.lender import Lender, shown

ROWS = {"queryResultsOverride": [{"borrowerId": "100001"}]}


@pytest.mark.parametrize("spelled", ["shown", "uuid", "external"])
def test_a_campaign_names_its_sender_by_any_of_its_ids(spelled: str, lender: Lender) -> None:
    sender = lender.sender(external_id="due")
    ids = {"shown": shown(sender), "uuid": sender.id, "external": "ext-due"}
    made = lender.call("borrower/create_campaign", body={"bulkSenderId": ids[spelled]})
    assert made.data["bulkSenderId"] == shown(sender)
    at = {"campaignId": made.data["id"]}
    cleared = lender.call("borrower/update_campaign", ids=at, body={"bulkSenderId": None})
    assert cleared.data["bulkSenderId"] is None


def test_a_sender_that_is_not_there_not_ours_or_deleted_is_400(
    lender: Lender, stranger: Lender
) -> None:
    gone = lender.sender(external_id="gone", deleted_at=wiring.now())
    theirs = stranger.sender(external_id="due")
    exporter = shown(lender.exporter())
    for id in (shown(gone), gone.id, "ext-gone", theirs.id, "ext-due", "x", exporter):
        answer = lender.call("borrower/create_campaign", body={"bulkSenderId": id})
        assert answer.fields == ["bulkSenderId"]
        assert answer.body["errors"][0]["message"] == f"bulk sender {id} does not exist"


def test_it_runs_by_hand(lender: Lender, invocations: Invocations) -> None:
    at = {"campaignId": lender.campaign(sender_id=lender.sender().id).id}
    assert lender.call("borrower/start_run", ids=at, body=ROWS).status == 200
    assert len(invocations.taken) == 1


def test_its_schedule_rings(lender: Lender) -> None:
    fields: dict[str, Any] = {"bulkSenderId": lender.sender().id, "schedule": "P P * * 1-5"}
    made = lender.call("borrower/create_campaign", body=fields).data
    assert made["nextRunAt"] is not None
    campaign: Campaign = wiring.campaigns().list(lender.id, Slice()).items[0]
    assert wiring.schedules().find(lender.id, campaign.id, Purpose.RUN) is not None
