"""GET /v1/campaigns/{campaignId}/runs."""

from campaigns.domain.run import RunStatus
from tests.integration.lender import Lender

LIST = "management/list_campaign_runs"


def test_runs_come_in_pages_newest_first(lender: Lender) -> None:
    campaign = lender.collection()
    ids = [lender.step_run(campaign, RunStatus.COMPLETED).id for _ in range(3)][::-1]
    at = {"campaignId": campaign.id}
    first = lender.call(LIST, ids=at, query={"limit": 2}).body
    assert [one["id"] for one in first["items"]] == ids[:2]
    assert first["items"][0]["stepId"] == campaign.steps[0].id
    second = lender.call(LIST, ids=at, query={"limit": 2, "nextToken": first["nextToken"]}).body
    assert ([one["id"] for one in second["items"]], second["nextToken"]) == (ids[2:], None)
