"""Runs of agencies' campaigns: whom they go to, with what, and when the campaign is over."""

from dataclasses import replace
from typing import Any

import pytest

from campaigns.adapters.memory import MemoryCollection
from campaigns.adapters.memory_messages import MemoryGroupStore, MemoryTemplateStore
from campaigns.domain.agency_campaign import (
    AgencyCampaign,
    AgencyCampaignNotFound,
    AgencyStatus,
)
from campaigns.domain.agency_schedule import AgencySchedule
from campaigns.domain.channel import Channel
from campaigns.domain.group import Member
from campaigns.domain.run import QUERY_RESULTS, Run, RunStatus
from campaigns.domain.sending import ChosenTemplate, Parameters
from campaigns.domain.template import Content
from campaigns.pipeline import to_group
from campaigns.pipeline.to_group import complete_once, list_members
from campaigns.pipeline.tools import AgencyTools, Tools
from tests.builders import COMPANY, NOON, a_group, a_run, a_template, a_version, an_agency_campaign
from tests.unit.pipeline.world import World


class AgencyWorld(World):
    """With a campaign to a group of three, whose run is opened."""

    def __init__(self, timing: AgencySchedule | None = None, **but: Any) -> None:
        super().__init__()
        self.agency: MemoryCollection[AgencyCampaign] = MemoryCollection(
            missing=AgencyCampaignNotFound
        )
        self.groups, self.templates = MemoryGroupStore(), MemoryTemplateStore()
        self.group = self.groups.add(a_group())
        self.groups.enter(self.group, [Member(f"customer-{n}", f"10000{n}") for n in range(3)])
        named = {"channel": Channel.WHATSAPP, "subject": None, "template_name": "spring_offer"}
        self.template = a_template(**named)
        content = Content(body=("name", "discount"))
        said = a_version(self.template, content=content)
        self.template = self.templates.introduce(self.template, said)
        named = {"template_id": self.template.id, "group_id": self.group.id}
        self.made = self.agency.add(an_agency_campaign(timing, **{**named, **but}))
        self.campaign_id = self.made.id
        self.opened = self.runs.open(a_run(campaign_id=self.made.id, to_group=True))

    @property
    def tools(self) -> Tools:
        return replace(super().tools, agency=AgencyTools(self.agency, self.groups))

    @property
    def now_is(self) -> AgencyCampaign:
        return self.agency.get(COMPANY, self.made.id)

    def revise(self, *body: str) -> None:
        revised = self.template.revised(NOON.date(), at=NOON)
        said = a_version(revised, content=Content(body=body))
        self.templates.revise(revised, said)


def ran(world: AgencyWorld) -> Run:
    return world.execute()


def test_the_members_of_the_group_stand_in_for_the_rows_of_a_query(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = AgencyWorld()
    monkeypatch.setattr(to_group, "_AT_ONCE", 2)
    assert list_members(world.opened.ref, world.tools) == {"rows": 3}
    table = world.table(QUERY_RESULTS)
    assert table == [["borrowerId"], ["customer-0"], ["customer-1"], ["customer-2"]]
    assert world.run.log[-1].text == "group: 3 members"


def test_a_run_keeps_what_it_sends_in_the_language_of_templates() -> None:
    run = ran(AgencyWorld())
    assert run.sending is not None
    [chosen] = run.sending.templates
    assert (chosen.channel, chosen.language, chosen.version) == (Channel.WHATSAPP, "en", 1)
    assert run.sending.parameters == Parameters(body=("{{ firstName }}", "10 %"))
    assert run.campaign_facts["name"] == "Spring offer"


def test_until_messages_are_sent_a_run_fails_and_says_so() -> None:
    run = ran(AgencyWorld())
    assert (run.status, run.error_code) == (RunStatus.FAILED, "sends_nothing_yet")


def test_a_template_that_has_changed_since_is_counted_once_more() -> None:
    world = AgencyWorld()
    world.revise("name", "discount", "until")
    run = ran(world)
    assert (run.status, run.error_code) == (RunStatus.FAILED, "template_mismatch")
    assert run.error_message == "Template variables do not match: body_variable expects 3, got 2"


def test_the_version_in_force_is_sent() -> None:
    world = AgencyWorld()
    world.revise("name", "percent")
    run = ran(world)
    assert run.sending is not None
    assert run.sending.templates == (ChosenTemplate(Channel.WHATSAPP, "en", world.template.id, 2),)


@pytest.mark.parametrize("what", ["group", "template"])
def test_what_was_deleted_is_sent_no_more(what: str) -> None:
    world = AgencyWorld()
    if what == "group":
        world.groups.move(world.group.deleted(NOON))
    else:
        world.templates.move(world.template.deleted(NOON))
    run = ran(world)
    assert (run.status, run.error_code) == (RunStatus.FAILED, f"{what}_not_found")


@pytest.mark.parametrize("status", [AgencyStatus.PAUSED, AgencyStatus.CANCELLED])
def test_a_campaign_that_was_stopped_takes_its_run_with_it(status: AgencyStatus) -> None:
    world = AgencyWorld()
    world.agency.move(world.made.moved(status, at=NOON, zone="UTC"))
    assert ran(world).status is RunStatus.CANCELED


def test_what_comes_once_is_over_with_its_run() -> None:
    world = AgencyWorld()
    assert complete_once(world.opened.ref, world.tools) == {"completed": True}
    assert (world.now_is.status, world.now_is.ended_at) == (AgencyStatus.COMPLETED, NOON)
    assert complete_once(world.opened.ref, world.tools) == {"completed": True}


def test_what_comes_every_week_goes_on() -> None:
    timing = AgencySchedule.weekly("2026-03-02 00:00", {"monday": [NOON.time()]})
    world = AgencyWorld(timing)
    assert complete_once(world.opened.ref, world.tools) == {"completed": False}
    assert world.now_is.status is AgencyStatus.SCHEDULED
