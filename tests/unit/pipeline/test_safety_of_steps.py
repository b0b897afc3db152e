"""A run of a step that breaks a limit of the step is held, with its executions in hand."""

from typing import Any

import pytest

from campaigns.domain.enrollment import EnrollmentStatus
from campaigns.domain.run import Run, RunStatus
from campaigns.domain.safety import AudienceChange, Safety
from campaigns.usecases.restart_run import release_run
from tests.builders import COMPANY, a_customer, an_id
from tests.unit.pipeline.flow import Flow

S = EnrollmentStatus


def limited(people: int = 3, **limits: Any) -> Flow:
    flow = Flow(people=people)
    flow.collection = flow.campaign_of(flow.step(safety=Safety(**limits)))
    return flow


def codes(run: Run) -> list[str]:
    return [one.code for one in run.hold_reasons]


def released(flow: Flow, run: Run) -> Run:
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
    return run


def test_too_large_an_audience_is_held_and_calls_nobody_until_it_is_released() -> None:
    flow = limited(max_audience=2)
    flow.enroll()
    flow.ring()
    [held] = flow.work()
    assert (held.status, codes(held)) == (RunStatus.HELD, ["max_audience"])
    assert (flow.receiver.files, flow.statuses()) == ({}, [S.RUNNING] * 3)
    assert flow.work() == []
    assert released(flow, held).status is RunStatus.COMPLETED
    assert flow.sent() == ["100001", "100002", "100003"]
    assert flow.statuses() == [S.COMPLETED] * 3
    flow.check()


def test_one_that_is_held_and_canceled_meets_the_limit_again() -> None:
    flow = limited(max_audience=2)
    flow.enroll()
    [held] = flow.day()
    flow.cancel(held)
    flow.work()
    [again] = flow.day()
    assert (again.status, codes(again)) == (RunStatus.HELD, ["max_audience"])
    assert flow.sent() == []
    flow.check()


def test_too_many_without_a_phone_are_held() -> None:
    flow = limited(max_without_phone_percent=50)
    flow.people.put_customers(
        [a_customer(one.external_id, contacts=(), version=1) for one in flow.customers[:2]]
    )
    flow.enroll()
    [held] = flow.day()
    assert codes(held) == ["max_without_phone"]


@pytest.mark.parametrize(("last", "expected"), [(2, []), (6, ["audience_change"])])
def test_an_unusual_audience_is_held_by_what_the_step_had_before(
    last: int, expected: list[str]
) -> None:
    flow = limited(people=12, audience_change=AudienceChange(percent=50, of_runs=3))
    for day in range(3):
        flow.enroll(*flow.accounts[2 * day : 2 * day + 2])
        [run] = flow.day()
        assert run.status is RunStatus.COMPLETED
    flow.enroll(*flow.accounts[6 : 6 + last])
    [run] = flow.day()
    assert codes(run) == expected


def test_a_step_without_limits_is_never_held_by_them() -> None:
    flow = limited()
    flow.enroll()
    assert [run.status for run in flow.day()] == [RunStatus.COMPLETED]
