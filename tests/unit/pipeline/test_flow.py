"""A collection campaign day by day: who is called, who waits, who is done."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaigns.domain.collection_campaign import CollectionStatus, Condition
from campaigns.domain.contact_history import Outcome
from campaigns.domain.customer import Flag
from campaigns.domain.delivery import ConnectionLost, HostKeyChanged
from campaigns.domain.enrollment import EnrollmentStatus
from campaigns.domain.page import Slice
from campaigns.domain.run import RunStatus
from campaigns.usecases.restart_run import release_run, retry_run
from tests.builders import COMPANY, NOON, a_collection, a_history, a_phone, an_attempt, an_id
from tests.unit.pipeline.flow import Flow

S = EnrollmentStatus


def test_a_step_exports_those_who_are_due_and_completes_them() -> None:
    flow = Flow()
    assert [one.status for one in flow.enroll()] == ["SUCCESS"] * 3
    [run] = flow.day()
    assert (run.status, run.counts.exported, run.error_message) == (RunStatus.COMPLETED, 3, None)
    assert flow.sent() == ["100001", "100002", "100003"]
    assert flow.statuses() == [S.COMPLETED] * 3
    assert [flow.kept(one).status for one in flow.accounts] == ["PENDING_COLLECTION"] * 3
    counts = flow.counts()
    assert (counts.total, counts.active, counts.completed, counts.calls) == (3, 0, 3, 3)
    flow.check()


def test_nobody_is_called_before_their_wait_is_over() -> None:
    flow = Flow()
    flow.collection = flow.campaign_of(flow.step(2), flow.step(3))
    flow.enroll()
    assert flow.day() == []
    assert flow.statuses() == [S.PENDING] * 3
    assert flow.day() == []
    [first] = flow.day()
    assert (first.step_id, first.counts.exported) == (flow.collection.steps[0].id, 3)
    assert flow.statuses() == [S.WAITING] * 3
    assert flow.day(2) == []
    [second] = flow.day()
    assert (second.step_id, second.counts.exported) == (flow.collection.steps[1].id, 3)
    assert flow.statuses() == [S.COMPLETED] * 3
    assert flow.of(flow.accounts[0]).calls == 2
    assert flow.day(5) == []


def test_each_step_has_a_run_of_its_own_on_the_same_day() -> None:
    flow = Flow()
    flow.collection = flow.campaign_of(flow.step(0), flow.step(1))
    flow.enroll(flow.accounts[0])
    flow.day()
    flow.enroll(*flow.accounts[1:])
    runs = flow.day()
    assert {run.step_id for run in runs} == {step.id for step in flow.collection.steps}
    assert sorted(run.counts.exported for run in runs) == [1, 2]
    assert flow.sent() == ["100001", "100001", "100002", "100003"]
    flow.check()


def test_the_clock_may_ring_twice() -> None:
    flow = Flow()
    flow.enroll()
    flow.ring()
    flow.ring()
    flow.work()
    flow.ring()
    assert flow.work() == []
    assert len(flow.sent()) == 3


def test_a_campaign_runs_on_the_days_of_its_schedule() -> None:
    flow = Flow()
    flow.collection = flow.campaign_of(flow.step(), schedule="P P * * 3")
    flow.enroll()
    assert flow.day(2) == []  # Monday and Tuesday.
    assert len(flow.day()) == 1


def test_those_whom_nobody_may_contact_move_on_uncalled() -> None:
    flow = Flow()
    flow.people.put_customers(
        [replace(flow.customers[1], flags=frozenset({Flag.CEASE}), version=1)]
    )
    flow.enroll()
    [run] = flow.day()
    assert run.counts.reasons == {"cease": 1}
    assert flow.sent() == ["100001", "100003"]
    assert [flow.of(one).calls for one in flow.accounts] == [1, 0, 1]
    assert flow.statuses() == [S.COMPLETED] * 3
    assert flow.counts().calls == 2


def test_whom_the_guard_puts_off_or_holds_stays_before_the_step() -> None:
    flow = Flow(people=4)
    nowhere = replace(
        flow.customers[1], time_zone="", contacts=(a_phone("+18005550123"),), version=1
    )
    flow.people.put_customers([nowhere])
    often, talked = flow.accounts[2], flow.accounts[3]
    calls = [an_attempt(at=NOON - timedelta(days=5), debt=often.id) for _ in range(7)]
    talk = an_attempt(at=NOON, debt=talked.id, outcome=Outcome.CONVERSATION)
    flow.ledger.write(
        [
            a_history(*calls, person_id=often.customer_id),
            a_history(talk, person_id=talked.customer_id),
        ]
    )
    flow.enroll()
    [run] = flow.day()
    assert (run.counts.exported, run.counts.deferred) == (1, 3)
    reasons = {"unknown_time_zone": 1, "call_frequency": 1, "conversation_pause": 1}
    assert run.counts.reasons == reasons
    assert flow.statuses() == [S.COMPLETED, S.WAITING, S.WAITING, S.WAITING]
    assert [flow.of(one).calls for one in flow.accounts] == [1, 0, 0, 0]
    assert [flow.of(one).due_on for one in flow.accounts[1:]] == [
        NOON.date() + timedelta(days=days) for days in (1, 2, 7)
    ]
    flow.day()
    [third] = flow.day()
    assert third.counts.exported == 1
    flow.people.put_customers([replace(nowhere, time_zone="America/Chicago", version=2)])
    flow.day(5)
    assert flow.statuses() == [S.COMPLETED] * 4
    flow.check()


@pytest.mark.parametrize(
    ("condition", "called"),
    [
        (Condition(min_balance=Decimal(100)), ["100002", "100003"]),
        (Condition(max_balance=Decimal(100)), ["100001", "100002"]),
        (Condition(min_days_past_due=18), ["100003"]),
        (Condition(min_balance=Decimal(60), max_days_past_due=17), ["100002"]),
        (Condition(), ["100001", "100002", "100003"]),
    ],
)
def test_a_step_is_only_for_those_its_condition_holds_for(
    condition: Condition, called: list[str]
) -> None:
    flow = Flow()
    flow.accounts = [
        flow.account(11, owner=1, principal_balance=Decimal(50)),
        flow.account(12, owner=2, principal_balance=Decimal(100)),
        flow.account(13, owner=3, principal_balance=Decimal(150), days_past_due=18),
    ]
    flow.collection = flow.campaign_of(flow.step(condition=condition), flow.step(5))
    flow.enroll()
    flow.day()
    assert flow.sent() == called
    assert flow.statuses() == [S.WAITING] * 3
    flow.check()


def test_a_day_on_which_the_step_is_for_nobody_makes_no_file() -> None:
    flow = Flow()
    flow.collection = flow.campaign_of(flow.step(condition=Condition(min_days_past_due=99)))
    flow.enroll()
    [run] = flow.day()
    assert (run.status, run.counts.rows_in) == (RunStatus.COMPLETED, 0)
    assert flow.receiver.files == {}
    assert flow.statuses() == [S.COMPLETED] * 3


def test_who_was_called_often_enough_is_called_no_more() -> None:
    flow = Flow()
    flow.collection = flow.campaign_of(*(flow.step(1) for _ in range(4)), max_calls=2)
    flow.enroll()
    flow.day(4)
    assert flow.statuses() == [S.EXCEEDED_MAX_CALLS] * 3
    assert flow.counts().calls == 6
    flow.check()


def test_an_execution_that_grows_too_old_expires() -> None:
    flow = Flow()
    flow.collection = flow.campaign_of(flow.step(0), flow.step(30), expires_after_days=3)
    flow.enroll()
    flow.day(3)
    assert flow.statuses() == [S.WAITING] * 3
    flow.day()
    assert flow.statuses() == [S.EXPIRED] * 3
    assert len(flow.sent()) == 3
    flow.check()


def test_who_completes_goes_on_in_the_next_campaign() -> None:
    flow = Flow()
    after = flow.campaign_of(flow.step(1), type="first_party")
    flow.collection = flow.campaign_of(flow.step(), next_campaign_id=after.id)
    flow.enroll()
    flow.day()
    assert flow.statuses() == [S.COMPLETED] * 3
    assert flow.of(flow.accounts[0]).chained_to == after.id
    assert flow.statuses(after) == [S.PENDING] * 3
    assert flow.kept(flow.accounts[0]).status == "PENDING_COLLECTION"
    flow.day(campaign=after)
    assert flow.statuses(after) == [S.COMPLETED] * 3
    flow.check()


@pytest.mark.parametrize("status", ["DRAFT", "COMPLETED", "CANCELLED", "ARCHIVED"])
def test_a_next_campaign_that_does_not_accept_gets_nobody(status: str) -> None:
    flow = Flow()
    after = flow.campaign_of(flow.step(), status=CollectionStatus(status))
    flow.collection = flow.campaign_of(flow.step(), next_campaign_id=after.id)
    flow.enroll()
    flow.day()
    assert flow.statuses() == [S.COMPLETED] * 3
    assert flow.counts(after).total == 0
    assert flow.enrollments.holders(COMPANY, [flow.accounts[0].id]) == {}


def test_a_paused_campaign_accepts_but_does_not_send() -> None:
    flow = Flow()
    flow.move(CollectionStatus.PAUSED)
    assert [one.status for one in flow.enroll()] == ["PENDING"] * 3
    assert flow.day(3) == []
    assert flow.statuses() == [S.PENDING] * 3
    flow.move(CollectionStatus.ACTIVE)
    flow.day()
    assert flow.statuses() == [S.COMPLETED] * 3


def test_a_pause_stops_a_run_before_it_delivers() -> None:
    flow = Flow()
    flow.enroll()
    flow.ring()
    flow.receiver.at_delivery = lambda: pytest.fail("delivered")
    flow.clock.tick = timedelta(seconds=1)
    original = flow.files.write

    def pause_when_the_file_is_made(ref: Any, name: str) -> Any:
        if name == "contacts_output.csv":
            flow.move(CollectionStatus.PAUSED)
        return original(ref, name)

    flow.files.write = pause_when_the_file_is_made  # type: ignore[method-assign]
    [run] = flow.work()
    assert run.status is RunStatus.CANCELED
    assert "PAUSED" in run.log[-1].text
    assert flow.statuses() == [S.WAITING] * 3
    flow.files.write = original  # type: ignore[method-assign]
    flow.receiver.at_delivery = lambda: None
    flow.clock.at += timedelta(days=1)
    flow.move(CollectionStatus.ACTIVE)
    flow.day()
    assert flow.sent() == ["100001", "100002", "100003"]
    assert flow.statuses() == [S.COMPLETED] * 3
    flow.check()


@pytest.mark.parametrize(
    ("status", "ended"),
    [(CollectionStatus.CANCELLED, S.CANCELLED), (CollectionStatus.COMPLETED, S.EXPIRED)],
)
def test_a_campaign_that_is_over_ends_its_executions(
    status: CollectionStatus, ended: EnrollmentStatus
) -> None:
    flow = Flow()
    flow.enroll()
    flow.move(status)
    [closing] = flow.work()
    assert (closing.status, closing.closing) == (RunStatus.COMPLETED, True)
    assert flow.statuses() == [ended] * 3
    assert flow.enrollments.holders(COMPANY, [one.id for one in flow.accounts]) == {}
    flow.check()
    assert flow.ring() == []


@pytest.mark.parametrize(
    ("status", "ended"),
    [(CollectionStatus.CANCELLED, S.CANCELLED), (CollectionStatus.COMPLETED, S.EXPIRED)],
)
def test_a_campaign_archived_before_it_was_closed_ends_its_executions_as_it_ended(
    status: CollectionStatus, ended: EnrollmentStatus
) -> None:
    flow = Flow()
    flow.enroll()
    flow.move(status)
    flow.engine.starts.clear()
    flow.move(CollectionStatus.ARCHIVED)
    assert flow.statuses() == [S.PENDING] * 3
    [broken_off] = flow.runs.list(COMPANY, flow.collection.id, Slice()).items
    flow.cancel(broken_off)
    flow.day()
    assert flow.statuses() == [ended] * 3
    assert flow.of(flow.accounts[0]).history[-1].why == f"campaign {status}"
    assert flow.schedules.entries != []
    flow.day()
    assert flow.schedules.entries == []
    flow.check()


def test_a_campaign_that_was_paused_meanwhile_says_so() -> None:
    flow = Flow()
    write = flow.enrollments.write

    def pause_first(changes: Any) -> Any:
        flow.move(CollectionStatus.PAUSED)
        return write(changes)

    flow.enrollments.write = pause_first  # type: ignore[method-assign]
    assert [one.status for one in flow.enroll()] == ["PENDING"] * 3


def test_what_slipped_into_a_campaign_that_is_over_is_ended_when_the_clock_rings() -> None:
    flow = Flow()
    flow.enroll()
    flow.collections.move(
        flow.collections.get(COMPANY, flow.collection.id).moved(
            CollectionStatus.CANCELLED, at=flow.clock.at, today=flow.today
        )
    )
    flow.day()
    assert flow.statuses() == [S.CANCELLED] * 3


def test_an_invoice_held_by_a_campaign_that_is_over_is_free() -> None:
    flow = Flow()
    flow.enroll()
    flow.move(CollectionStatus.CANCELLED)
    other = flow.campaign_of(flow.step())
    assert [one.status for one in flow.enroll(into=other)] == ["SUCCESS"] * 3
    assert flow.statuses() == [S.CANCELLED] * 3
    flow.check()


def test_a_run_whose_delivery_fails_gives_its_executions_back() -> None:
    flow = Flow()
    flow.enroll()
    flow.receiver.failures = [ConnectionLost("sftp.example.com", "it is down")] * 5
    [run] = flow.day()
    assert run.status is RunStatus.FAILED
    assert flow.statuses() == [S.WAITING] * 3
    [again] = flow.day()
    assert again.id != run.id
    assert flow.sent() == ["100001", "100002", "100003"]
    assert flow.statuses() == [S.COMPLETED] * 3
    flow.check()


def test_a_failed_run_that_is_tried_again_begins_afresh() -> None:
    flow = Flow()
    flow.enroll()
    flow.receiver.failures = [ConnectionLost("sftp.example.com", "it is down")] * 5
    [run] = flow.day()
    flow.settle(flow.accounts[0])
    step = flow.collection.steps[0]
    retry_run(
        flow.collection.exporting(step),
        run,
        an_id(),
        runs=flow.runs,
        engine=flow.engine,
        now=flow.clock,
    )
    [run] = flow.work()
    assert (run.status, run.counts.exported) == (RunStatus.COMPLETED, 2)
    assert flow.sent() == ["100002", "100003"]
    flow.check()


def test_a_run_that_failed_after_its_file_arrived_calls_nobody_twice() -> None:
    flow = Flow()
    flow.collection = flow.campaign_of(flow.step(0), flow.step(9))
    flow.enroll()
    deliveries: list[int] = []

    def fail_behind_the_contacts() -> None:
        deliveries.append(1)
        if len(deliveries) > 1:
            raise ConnectionLost("sftp.example.com", "it went down")

    flow.receiver.at_delivery = fail_behind_the_contacts
    [run] = flow.day()
    assert run.status is RunStatus.FAILED
    assert flow.statuses() == [S.WAITING] * 3
    assert [flow.of(one).calls for one in flow.accounts] == [1] * 3
    flow.receiver.at_delivery = lambda: None
    assert flow.day(3) == []
    retry_run(
        flow.collection.exporting(flow.collection.steps[0]),
        run,
        an_id(),
        runs=flow.runs,
        engine=flow.engine,
        now=flow.clock,
    )
    [run] = flow.work()
    assert run.status is RunStatus.COMPLETED
    assert flow.sent() == ["100001", "100002", "100003"]
    flow.check()


def test_a_run_that_is_held_keeps_its_executions_until_it_is_released() -> None:
    flow = Flow()
    flow.enroll()
    changed = HostKeyChanged("sftp.example.com", "SHA256:a", "SHA256:b")
    flow.receiver.failures = [changed]
    flow.ring()
    [run] = flow.work()
    assert run.status is RunStatus.HELD
    assert flow.statuses() == [S.RUNNING] * 3
    flow.ring()
    assert flow.work() == []
    release_run(
        flow.collection.exporting(flow.collection.steps[0]),
        flow.runs.get(COMPANY, run.campaign_id, run.id),
        an_id(),
        access=flow.access,
        campaigns=flow.campaigns,
        runs=flow.runs,
        engine=flow.engine,
        now=flow.clock,
    )
    [run] = flow.work()
    assert run.status is RunStatus.COMPLETED
    assert flow.sent() == ["100001", "100002", "100003"]
    assert flow.statuses() == [S.COMPLETED] * 3
    flow.check()


def test_a_held_run_that_is_canceled_leaves_its_executions_to_the_next() -> None:
    flow = Flow()
    flow.enroll()
    changed = HostKeyChanged("sftp.example.com", "SHA256:a", "SHA256:b")
    flow.receiver.failures = [changed]
    [run] = flow.day()
    flow.cancel(run)
    flow.work()
    assert flow.statuses() == [S.RUNNING] * 3
    histories = flow.ledger.histories(COMPANY, [one.id for one in flow.customers])
    assert [one.reservations for one in histories.values()] == [()] * 3
    [again] = flow.day()
    assert again.status is RunStatus.COMPLETED
    assert flow.statuses() == [S.COMPLETED] * 3
    flow.check()


def test_who_is_settled_meanwhile_is_left_alone() -> None:
    flow = Flow()
    flow.enroll()
    flow.settle(flow.accounts[1])
    flow.day()
    assert flow.sent() == ["100001", "100003"]
    assert flow.kept(flow.accounts[1]).status == "SETTLED"
    assert flow.of(flow.accounts[1]).status is S.COMPLETED
    flow.check()


def test_an_execution_without_its_account_is_skipped() -> None:
    flow = Flow()
    flow.enroll()
    flow.people.put_accounts([replace(flow.accounts[0], customer_id=flow.customers[1].id)])
    flow.day()
    assert flow.sent() == ["100002", "100003"]
    assert flow.of(flow.accounts[0]).status is S.SKIPPED


def test_a_step_without_a_destination_only_makes_its_file() -> None:
    flow = Flow()
    flow.collection = flow.campaign_of(flow.step(sftp=None))
    flow.enroll()
    [run] = flow.day()
    assert run.status is RunStatus.COMPLETED
    assert "contacts_output.csv" in run.available_files
    assert flow.statuses() == [S.COMPLETED] * 3


def test_a_learned_host_key_is_kept_with_its_step() -> None:
    flow = Flow()
    flow.enroll()
    flow.day()
    [step] = flow.collections.get(COMPANY, flow.collection.id).steps
    assert step.sftp is not None
    assert step.sftp.learned_host_key == "ssh-ed25519 AAAA"


def test_a_scheduled_campaign_begins_on_its_first_day() -> None:
    flow = Flow()
    draft = flow.collections.add(
        a_collection(
            steps=(flow.step(),),
            status=CollectionStatus.DRAFT,
            starts_on=flow.today + timedelta(days=2),
        )
    )
    flow.move(CollectionStatus.ACTIVE, draft)
    assert flow.collections.get(COMPANY, draft.id).status is CollectionStatus.SCHEDULED
    flow.day(2, draft)
    assert flow.collections.get(COMPANY, draft.id).status is CollectionStatus.SCHEDULED
    flow.day(1, draft)
    assert flow.collections.get(COMPANY, draft.id).status is CollectionStatus.ACTIVE
