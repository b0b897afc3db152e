"""Runs of agencies' campaigns: whom they go to, with what, and when the campaign is over."""

from typing import Any

import pytest

from campaigns.domain.agency_campaign import AgencyCampaign, AgencyStatus
from campaigns.domain.agency_schedule import AgencySchedule
from campaigns.domain.channel import Channel
from campaigns.domain.customer import Consent, Customer
from campaigns.domain.group import Member
from campaigns.domain.message import MessageStatus
from campaigns.domain.run import QUERY_RESULTS, Run, RunStatus
from campaigns.domain.sending import CardParameters, ChosenTemplate, Parameters
from campaigns.domain.template import Content
from campaigns.pipeline import to_group
from campaigns.pipeline.to_group import list_members
from tests.builders import (
    COMPANY,
    NOON,
    a_customer,
    a_group,
    a_phone,
    a_run,
    a_template,
    a_version,
    an_agency_campaign,
)
from tests.unit.pipeline.sending_run import Desk
from tests.unit.pipeline.world import World

IMAGE = "https://images.example.com/a.png"


def somebody(number: int, **but: Any) -> Customer:
    phone = a_phone(
        f"+1512555012{number}", consents=(Consent(channel=Channel.WHATSAPP, given=True),)
    )
    return a_customer(f"10000{number}", phone, **{"first_name": f"Ada {number}", **but})


class AgencyWorld(World):
    """With a campaign to a group, whose run is opened."""

    def __init__(
        self,
        *people: Customer,
        timing: AgencySchedule | None = None,
        content: Content | None = None,
        **but: Any,
    ) -> None:
        super().__init__(people=people or [somebody(number) for number in range(3)])
        self.desk = Desk(self)
        self.group = self.groups.add(a_group())
        kept = people or [somebody(number) for number in range(3)]
        self.groups.enter(self.group, [Member(one.id, one.external_id) for one in kept])
        whatsapp: Any = {"channel": Channel.WHATSAPP, "subject": None}
        template = a_template(**whatsapp, template_name="spring_offer")
        said = a_version(template, content=content or Content(body=("name", "discount")))
        self.template = self.templates.introduce(template, said)
        named = {"template_id": self.template.id, "group_id": self.group.id}
        self.made = self.agency.add(an_agency_campaign(timing, **{**named, **but}))
        self.campaign_id = self.made.id
        self.opened = self.runs.open(a_run(campaign_id=self.made.id, to_group=True))

    @property
    def now_is(self) -> AgencyCampaign:
        return self.agency.get(COMPANY, self.made.id)

    def revise(self, *body: str) -> None:
        revised = self.template.revised(NOON.date(), at=NOON)
        self.templates.revise(revised, a_version(revised, content=Content(body=body)))

    def run_through(self) -> Run:
        return self.execute(self.desk.steps())

    def bodies(self) -> list[tuple[str, ...]]:
        kept = sorted(self.messages.of_run(self.opened.id), key=lambda one: one.address)
        ids = [one.id for one in kept]
        return [self.messages.wordings(COMPANY, ids)[id].body for id in ids]


def test_each_member_of_the_group_gets_one_message_of_their_own() -> None:
    world = AgencyWorld()
    run = world.run_through()
    assert (run.status, run.counts.rows_in, run.counts.sent) == (RunStatus.COMPLETED, 3, 3)
    assert set(world.desk.provider.taken.values()) == {1}
    assert world.bodies() == [("Ada 0", "10 %"), ("Ada 1", "10 %"), ("Ada 2", "10 %")]


def test_who_has_no_value_for_a_placeholder_gets_none_and_is_told_of() -> None:
    world = AgencyWorld(somebody(0), somebody(1, first_name=""))
    run = world.run_through()
    assert (run.counts.sent, run.counts.rejected) == (1, 1)
    assert run.counts.reasons["missing_variable"] == 1


def test_cards_and_images_are_sent_as_they_were_given() -> None:
    given = Parameters(
        body=("{{customer.name}}",),
        cards=(
            CardParameters(image_url=IMAGE, body=("1 {off}",)),
            CardParameters(image_url=IMAGE, body=("{{customer.external_id}}",)),
        ),
    )
    content = Content(body=("a",), cards=(("b",), ("c",)))
    world = AgencyWorld(somebody(0), content=content, parameters=given)
    assert world.run_through().counts.sent == 1
    [message] = world.messages.of_run(world.opened.id)
    wording = world.messages.wordings(COMPANY, [message.id])[message.id]
    assert (wording.template_name, wording.body) == ("spring_offer", ("Ada 0 Osei",))
    assert [(one.image_url, one.body) for one in wording.cards] == [
        (IMAGE, ("1 {off}",)),
        (IMAGE, ("100000",)),
    ]


def test_a_pause_keeps_messages_back_until_it_goes_on() -> None:
    world = AgencyWorld()
    looks: list[AgencyStatus] = []

    def meanwhile() -> None:
        looks.append(world.now_is.status)
        to = AgencyStatus.PAUSED if len(looks) == 1 else AgencyStatus.ACTIVE
        moved = world.now_is.moved(to, at=NOON, zone="UTC")
        if moved is not world.now_is:
            world.agency.move(moved)
        if len(looks) == 2:
            assert not world.desk.provider.taken

    world.desk.meanwhile = meanwhile
    assert world.run_through().counts.sent == 3


def test_a_campaign_that_is_cancelled_sends_nothing_more() -> None:
    world = AgencyWorld()

    def cancel() -> None:
        moved = world.now_is.moved(AgencyStatus.CANCELLED, at=NOON, zone="UTC")
        if moved is not world.now_is:
            world.agency.move(moved)

    world.desk.meanwhile = cancel
    run = world.run_through()
    assert run.counts.sent == 0
    kept = {one.status for one in world.messages.of_run(world.opened.id)}
    assert kept == {MessageStatus.CANCELED}
    assert world.now_is.status is AgencyStatus.CANCELLED


def test_a_long_group_is_listed_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    world = AgencyWorld()
    monkeypatch.setattr(to_group, "_AT_ONCE", 2)
    assert list_members(world.opened.ref, world.tools) == {"rows": 3}
    ids = sorted(somebody(number).id for number in range(3))
    assert world.table(QUERY_RESULTS) == [["borrowerId"], *([id] for id in ids)]
    assert world.run.log[-1].text == "group: 3 members"


def test_a_group_of_nobody_is_sent_to_in_vain() -> None:
    world = AgencyWorld()
    world.groups.leave(world.group, [somebody(number).id for number in range(3)])
    run = world.run_through()
    assert (run.status, run.counts.rows_in) == (RunStatus.COMPLETED, 0)


def test_a_template_that_has_changed_since_is_counted_once_more() -> None:
    world = AgencyWorld()
    world.revise("name", "discount", "until")
    run = world.run_through()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "template_mismatch")
    assert run.error_message == "Template variables do not match: body_variable expects 3, got 2"
    assert not world.desk.provider.taken


def test_the_version_in_force_is_sent() -> None:
    world = AgencyWorld()
    world.revise("name", "percent")
    run = world.run_through()
    assert run.sending is not None
    assert run.sending.templates == (ChosenTemplate(Channel.WHATSAPP, "en", world.template.id, 2),)


@pytest.mark.parametrize("what", ["group", "template"])
def test_what_was_deleted_is_sent_no_more(what: str) -> None:
    world = AgencyWorld()
    if what == "group":
        world.groups.move(world.group.deleted(NOON))
    else:
        world.templates.move(world.template.deleted(NOON))
    run = world.run_through()
    assert (run.status, run.error_code) == (RunStatus.FAILED, f"{what}_not_found")


@pytest.mark.parametrize("status", [AgencyStatus.PAUSED, AgencyStatus.CANCELLED])
def test_a_campaign_that_was_stopped_takes_its_run_with_it(status: AgencyStatus) -> None:
    world = AgencyWorld()
    world.agency.move(world.made.moved(status, at=NOON, zone="UTC"))
    assert world.run_through().status is RunStatus.CANCELED


def test_what_comes_once_is_over_with_its_run() -> None:
    world = AgencyWorld()
    world.run_through()
    assert world.now_is.status is AgencyStatus.COMPLETED
    assert world.now_is.ended_at is not None


def test_what_comes_every_week_goes_on() -> None:
    timing = AgencySchedule.weekly("2026-03-02 00:00", {"monday": [NOON.time()]})
    world = AgencyWorld(timing=timing)
    world.run_through()
    assert (world.now_is.status, world.now_is.ended_at) == (AgencyStatus.SCHEDULED, None)
