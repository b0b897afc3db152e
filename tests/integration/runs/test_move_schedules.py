from dataclasses import replace

from campaigns import wiring
from campaigns.domain.campaign import Campaign, CampaignStatus
from campaigns.domain.company import CompanyChanges
from tests.integration.conftest import Invocations
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke

MOVE = "runs/move_schedules"


def moved(lender: Lender, zone: str, **event: str) -> bool:
    """As if the company had changed its zone, and somebody asked for this move."""
    company = wiring.access().company(lender.id)
    wiring.access().move_company(company.changed(CompanyChanges(zone=zone), at=wiring.now()))
    times = wiring.access().company(lender.id).times
    told = {"companyId": lender.id, "times": times, **event}
    answer: bool = invoke(MOVE, sample(MOVE) | told)["moved"]
    return answer


def zone_of(campaign: Campaign) -> str | None:
    found = wiring.schedules().find(campaign.company_id, campaign.id)
    return None if found is None else found.zone


def test_the_schedules_of_the_company_s_scheduled_campaigns_move(
    lender: Lender, stranger: Lender, invocations: Invocations
) -> None:
    mine = lender.campaign(schedule="P P * * 1-5")
    paused = lender.campaign(schedule="P P * * 1-5", status=CampaignStatus.PAUSED)
    theirs = stranger.campaign(schedule="P P * * 1-5")
    assert moved(lender, "Asia/Tokyo")
    assert [zone_of(one) for one in (mine, paused, theirs)] == ["Asia/Tokyo", None, None]
    assert wiring.access().company(lender.id).schedules_have_moved


def test_a_move_for_times_that_are_past_does_nothing(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign(schedule="P P * * 1-5")
    assert not moved(lender, "Asia/Tokyo", times="Europe/London 06:00-08:00")
    assert zone_of(campaign) is None
    assert not wiring.access().company(lender.id).schedules_have_moved


def test_a_move_goes_on_behind_the_campaign_it_had_come_to(
    lender: Lender, invocations: Invocations
) -> None:
    first, second = (lender.campaign(schedule="P P * * *") for _ in range(2))
    assert moved(lender, "Asia/Tokyo", after=first.id)
    assert [zone_of(one) for one in (first, second)] == [None, "Asia/Tokyo"]


def test_a_campaign_that_was_paused_since_is_left_alone(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign(schedule="P P * * *")
    wiring.campaigns().move(replace(campaign, status=CampaignStatus.PAUSED))
    assert moved(lender, "Asia/Tokyo")
    assert zone_of(campaign) is None
