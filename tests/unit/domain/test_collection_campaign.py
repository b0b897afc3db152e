from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest

from campaigns.domain.channel import Channel
from campaigns.domain.collection_campaign import (
    CampaignCannotMove,
    CollectionStatus,
    Condition,
    StepIncomplete,
    StepsFixed,
    status_named,
)
from campaigns.domain.schedule import Purpose
from tests.builders import NOON, a_collection, a_step, an_account, some_sftp

S = CollectionStatus
TODAY = NOON.date()


@pytest.mark.parametrize("status", [S.COMPLETED, S.CANCELLED, S.ARCHIVED])
def test_what_is_over_never_comes_back(status: CollectionStatus) -> None:
    over = a_collection(status=status)
    for to in set(S) - {status, S.ARCHIVED}:
        with pytest.raises(CampaignCannotMove):
            over.moved(to, at=NOON, today=TODAY)


def test_only_active_and_paused_campaigns_accept() -> None:
    accepting = {one for one in S if a_collection(status=one).accepts_enrollments}
    assert accepting == {S.ACTIVE, S.PAUSED}


def test_a_move_is_dated_once() -> None:
    draft = a_collection(status=S.DRAFT)
    later = NOON + timedelta(days=1)
    active = draft.moved(S.ACTIVE, at=NOON, today=TODAY)
    resumed = active.moved(S.PAUSED, at=later, today=TODAY).moved(S.ACTIVE, at=later, today=TODAY)
    assert (resumed.started_at, resumed.ended_at) == (NOON, None)
    assert resumed.moved(S.COMPLETED, at=later, today=TODAY).ended_at == later


def test_moving_to_where_it_stands_is_no_move() -> None:
    active = a_collection()
    assert active.moved(S.ACTIVE, at=NOON, today=TODAY) is active


def test_a_campaign_that_starts_later_is_scheduled_until_then() -> None:
    draft = a_collection(status=S.DRAFT, starts_on=TODAY + timedelta(days=1))
    scheduled = draft.moved(S.ACTIVE, at=NOON, today=TODAY)
    assert scheduled.status is S.SCHEDULED
    assert scheduled.moved(S.ACTIVE, at=NOON, today=TODAY) is scheduled
    tomorrow = TODAY + timedelta(days=1)
    assert scheduled.moved(S.ACTIVE, at=NOON, today=tomorrow).status is S.ACTIVE


def test_a_campaign_with_a_message_step_can_be_activated() -> None:
    message = a_step(exporter_id=None, channel=Channel.EMAIL, template_id="t")
    draft = a_collection(status=S.DRAFT, steps=(message,))
    assert draft.moved(S.ACTIVE, at=NOON, today=TODAY).status is S.ACTIVE


def test_active_and_scheduled_campaigns_run_by_schedule() -> None:
    running = {one for one in S if a_collection(status=one).runs_by_schedule}
    assert running == {S.ACTIVE, S.SCHEDULED}


def test_a_clock_stays_for_what_a_campaign_that_is_over_may_have_left() -> None:
    ringing = {one for one in S if a_collection(status=one).rings_for == {Purpose.RUN}}
    assert ringing == {S.ACTIVE, S.SCHEDULED, S.PAUSED, S.COMPLETED, S.CANCELLED}


def test_a_schedule_counts_since_it_was_set_or_its_campaign_awoke() -> None:
    later = NOON + timedelta(hours=1)
    draft = a_collection(status=S.DRAFT)
    assert draft.scheduled_since is None
    active = draft.moved(S.ACTIVE, at=NOON, today=TODAY)
    assert active.scheduled_since == NOON
    assert replace(active, name="new").scheduled_after(active, at=later).scheduled_since == NOON
    other = replace(active, schedule="P P * * 1").scheduled_after(active, at=later)
    assert other.scheduled_since == later
    paused = active.moved(S.PAUSED, at=NOON, today=TODAY)
    assert paused.scheduled_since is None
    assert paused.moved(S.ACTIVE, at=later, today=TODAY).scheduled_since == later


def test_how_a_campaign_ended_outlives_its_being_archived() -> None:
    cancelled = a_collection().moved(S.CANCELLED, at=NOON, today=TODAY)
    archived = cancelled.moved(S.ARCHIVED, at=NOON, today=TODAY)
    assert (archived.status, archived.ended_as) == (S.ARCHIVED, S.CANCELLED)


@pytest.mark.parametrize(("text", "status"), [("running", S.ACTIVE), ("PauSed", S.PAUSED)])
def test_a_status_is_named_in_any_letter_case(text: str, status: CollectionStatus) -> None:
    assert status_named(text) is status


def test_what_is_no_status_names_none() -> None:
    with pytest.raises(ValueError, match="SLEEPING"):
        status_named("sleeping")


@pytest.mark.parametrize(
    ("condition", "balance", "days", "holds"),
    [
        (Condition(), None, None, True),
        (Condition(min_balance=Decimal(100)), Decimal(100), None, True),
        (Condition(min_balance=Decimal(100)), Decimal("99.99"), None, False),
        (Condition(max_balance=Decimal(100)), Decimal(100), None, True),
        (Condition(max_balance=Decimal(100)), Decimal("100.01"), None, False),
        (Condition(min_balance=Decimal(0)), None, None, False),
        (Condition(min_days_past_due=1, max_days_past_due=3), None, 0, False),
        (Condition(min_days_past_due=1, max_days_past_due=3), None, 3, True),
        (Condition(min_days_past_due=1, max_days_past_due=3), None, 4, False),
        (Condition(min_days_past_due=0), None, None, False),
        (Condition(min_balance=Decimal(1), min_days_past_due=1), Decimal(1), 0, False),
    ],
)
def test_bounds_are_included_and_the_unknown_is_within_none(
    condition: Condition, balance: Decimal | None, days: int | None, holds: bool
) -> None:
    account = an_account(principal_balance=balance, days_past_due=days)
    assert condition.holds(account, TODAY) == holds


def test_days_past_due_are_counted_from_the_due_date_where_nobody_says() -> None:
    told = an_account(days_past_due=5, next_due_on=TODAY)
    assert told.days_past_due_on(TODAY) == 5
    untold = replace(told, days_past_due=None)
    days = [untold.days_past_due_on(TODAY + timedelta(days=n)) for n in (-1, 0, 1)]
    assert days == [0, 0, 1]
    assert replace(untold, next_due_on=None).days_past_due_on(TODAY) is None


@pytest.mark.parametrize(
    ("but", "field"),
    [
        ({"exporter_id": None}, "steps.0"),
        ({"channel": Channel.TEXT, "template_id": "t"}, "steps.0"),
        ({"exporter_id": None, "channel": Channel.TEXT}, "steps.0.templateId"),
        ({"template_id": "t"}, "steps.0.templateId"),
        (
            {
                "exporter_id": None,
                "sftp": some_sftp(),
                "channel": Channel.TEXT,
                "template_id": "t",
            },
            "steps.0",
        ),
    ],
)
def test_a_step_does_exactly_one_thing(but: dict[str, object], field: str) -> None:
    with pytest.raises(StepIncomplete) as refused:
        a_collection(status=S.DRAFT).with_steps([a_step(**but)])
    assert refused.value.field == field


def test_steps_can_be_removed_from_a_draft_only() -> None:
    steps = (a_step(), a_step())
    draft = a_collection(status=S.DRAFT, steps=steps)
    assert draft.with_steps(steps[1:]).steps == steps[1:]
    for status, kept in product(set(S) - {S.DRAFT}, (steps[1:], steps[:1], steps[::-1])):
        with pytest.raises(StepsFixed):
            a_collection(status=status, steps=steps).with_steps(kept)
    more = (*steps, a_step())
    assert a_collection(steps=steps).with_steps(more).steps == more


def test_the_same_step_cannot_come_twice() -> None:
    step = a_step()
    with pytest.raises(StepIncomplete):
        a_collection(status=S.DRAFT).with_steps([step, step])


def test_a_step_plays_the_part_of_a_campaign() -> None:
    step = a_step(sftp=some_sftp())
    campaign = a_collection(steps=(step,), external_id="early")
    role = campaign.exporting(step)
    assert (role.id, role.exporter_id, role.sftp) == (step.id, step.exporter_id, step.sftp)
    assert (role.name, role.external_id) == (campaign.name, "early")
    learned = some_sftp(learned_host_key="ssh-ed25519 AAAA")
    assert campaign.with_destination(step.id, learned).steps[0].sftp == learned


def test_an_execution_is_too_old_after_so_many_days() -> None:
    assert a_collection().expiry(TODAY) is None
    assert a_collection(expires_after_days=30).expiry(date(2026, 3, 2)) == date(2026, 4, 1)
