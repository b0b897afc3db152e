"""PUT /v1/campaigns/{campaignId}/status."""

import pytest

from campaigns import wiring
from campaigns.domain.agency_schedule import AgencySchedule
from campaigns.domain.channel import Channel
from campaigns.domain.collection_campaign import CollectionStatus
from campaigns.usecases.keep_schedule import wind_up
from tests.builders import an_agency_campaign
from tests.integration.conftest import Invocations
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke, new_id
from tests.integration.management.flows import created, moved


def test_a_draft_is_activated_and_its_clock_wound_up(lender: Lender) -> None:
    draft = created(lender)
    body = moved(lender, draft["id"], "ACTIVE").body
    assert (body["status"], body["startedAt"] is not None) == ("ACTIVE", True)
    entry = wiring.schedules().find(lender.id, draft["id"])
    assert entry is not None
    assert entry.zone == lender.company.zone


def test_a_campaign_with_message_steps_is_activated(lender: Lender) -> None:
    exporter, template = lender.exporter().id, lender.template(channel=Channel.EMAIL).id
    steps = [{"contactExporterId": exporter}, {"channel": "email", "templateId": template}]
    draft = created(lender, steps=steps)
    assert moved(lender, draft["id"], "ACTIVE").body["status"] == "ACTIVE"


@pytest.mark.parametrize("channel", ["text", "email"])
def test_a_campaign_whose_step_has_nothing_to_send_is_not_activated(
    lender: Lender, channel: str
) -> None:
    template = lender.template(channel=Channel.EMAIL).id
    exporter = lender.exporter().id
    steps = [{"contactExporterId": exporter}, {"channel": channel, "templateId": template}]
    draft = created(lender, steps=steps)
    if channel == "email":
        lender.call("management/delete_template", ids={"templateId": template})
    answer = moved(lender, draft["id"], "ACTIVE")
    assert (answer.status, answer.fields) == (400, ["steps.1.templateId"])
    assert wiring.collections().get(lender.id, draft["id"]).status is CollectionStatus.DRAFT
    assert wiring.schedules().find(lender.id, draft["id"]) is None


def test_a_campaign_without_steps_cannot_be_activated(lender: Lender) -> None:
    draft = created(lender, steps=[])
    assert moved(lender, draft["id"], "ACTIVE").fields == ["steps"]


def test_a_campaign_whose_first_day_is_to_come_is_scheduled(lender: Lender) -> None:
    draft = created(lender, startsOn="2099-01-01")
    assert moved(lender, draft["id"], "ACTIVE").body["status"] == "SCHEDULED"


ALLOWED = {
    "DRAFT": {"ACTIVE", "CANCELLED", "ARCHIVED", "SCHEDULED"},
    "SCHEDULED": {"DRAFT", "ACTIVE", "CANCELLED"},
    "ACTIVE": {"PAUSED", "COMPLETED", "CANCELLED"},
    "PAUSED": {"ACTIVE", "COMPLETED", "CANCELLED"},
    "COMPLETED": {"ARCHIVED"},
    "CANCELLED": {"ARCHIVED"},
    "ARCHIVED": set[str](),
}


@pytest.mark.parametrize("was", ALLOWED)
def test_moves_are_those_of_the_table(lender: Lender, was: str) -> None:
    for to in ALLOWED:
        campaign = lender.collection(status=CollectionStatus(was))
        answer = moved(lender, campaign.id, to)
        expected = 200 if to == was or to in ALLOWED[was] else 409
        assert answer.status == expected, to
        if expected == 200:
            assert answer.body["status"] == to


@pytest.mark.parametrize("status", ["CANCELLED", "COMPLETED"])
def test_what_is_left_of_a_campaign_that_is_over_is_ended_by_a_run(
    lender: Lender, status: str, invocations: Invocations
) -> None:
    campaign = lender.collection()
    lender.enrolled(lender.account(), campaign)
    assert moved(lender, campaign.id, status).body["endedAt"] is not None
    [run_id] = invocations.runs
    run = wiring.runs().get(lender.id, campaign.id, run_id or "")
    assert run.closing


def test_a_campaign_that_has_nothing_left_rings_once_more_and_never_again(lender: Lender) -> None:
    draft = created(lender)
    for status in ("ACTIVE", "CANCELLED", "ARCHIVED"):
        assert moved(lender, draft["id"], status).status == 200
    rung = sample("runs/start_scheduled_run") | {"companyId": lender.id, "campaignId": draft["id"]}
    assert invoke("runs/start_scheduled_run", rung) == {"runId": None}
    assert wiring.schedules().find(lender.id, draft["id"]) is None


@pytest.mark.parametrize("status", ["running", "active", "", None, 7])
def test_a_status_is_written_as_it_is_kept(lender: Lender, status: object) -> None:
    ids = {"campaignId": lender.collection().id}
    answer = lender.call("management/move_campaign", ids=ids, body={"status": status})
    assert answer.fields == ["status"]


def test_the_campaign_of_an_agency_is_paused_activated_and_cancelled(lender: Lender) -> None:
    made = wiring.agency_campaigns().add(
        an_agency_campaign(
            AgencySchedule.once("2099-03-05 10:00"), company_id=lender.id, id=new_id()
        )
    )
    wind_up(made, access=wiring.access(), schedules=wiring.schedules())
    for status, shown, rings in [
        ("PAUSED", "PAUSED", False),
        ("ACTIVE", "SCHEDULED", True),
        ("CANCELLED", "CANCELLED", False),
    ]:
        body = moved(lender, made.id, status).body
        assert (body["kind"], body["status"]) == ("agency", shown)
        found = wiring.schedules().find(lender.id, made.id, slot="once")
        assert (found is not None) is rings
    assert moved(lender, made.id, "ACTIVE").status == 409
    assert moved(lender, made.id, "ARCHIVED").status == 409
    told = lender.call("management/get_campaign", ids={"campaignId": made.id}).body
    assert (told["kind"], told["name"], told["groupName"]) == ("agency", made.name, "Everybody")


def test_the_campaign_of_another_agency_does_not_exist(lender: Lender, stranger: Lender) -> None:
    made = wiring.agency_campaigns().add(an_agency_campaign(company_id=stranger.id, id=new_id()))
    assert moved(lender, made.id, "PAUSED").status == 404
