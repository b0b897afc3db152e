"""Steps that send: whoever had the message goes on, whoever had not is due again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.domain.channel import Channel
from campaigns.domain.customer import Flag
from campaigns.domain.enrollment import EnrollmentStatus
from campaigns.domain.message import Throttled
from campaigns.domain.run import RunStatus
from campaigns.domain.template import Content
from tests.builders import COMPANY, a_customer, a_step, a_template, a_version, an_email
from tests.unit.pipeline.flow import Flow
from tests.unit.pipeline.sending_run import Desk

E = EnrollmentStatus


class SendingFlow(Flow):
    """Of two steps: an e-mail, and a day later another."""

    def __init__(self, people: int = 2) -> None:
        super().__init__(people=0)
        said = Content(subject="Overdue", text="{{ firstName }}, {{ overdueAmount }} is overdue.")
        template = a_template(channel=Channel.EMAIL, subject="loanOverdueFirstNotice")
        self.templates.introduce(template, a_version(template, content=said))
        self.desk = Desk(self)
        for number in range(1, people + 1):
            made = a_customer(str(100000 + number), an_email(f"p{number}@example.com"))
            self.people.put_customers([made])
            self.accounts.append(self.account(number, next_due_on=self.today - timedelta(days=17)))
        first, second = (
            a_step(exporter_id=None, channel=Channel.EMAIL, template_id=template.id, wait_days=n)
            for n in (0, 1)
        )
        self.collection = self.campaign_of(first, second)
        self.enroll()

    def one_day(self) -> list[RunStatus]:
        self.ring()
        ended = self.work(self.desk.steps)
        self.clock.at = self.clock.at.replace(hour=12, minute=0) + timedelta(days=1)
        return [run.status for run in ended]

    def taken(self) -> list[int]:
        return sorted(self.desk.provider.taken.values())


def test_everybody_is_sent_the_message_and_goes_on() -> None:
    flow = SendingFlow()
    assert flow.one_day() == [RunStatus.COMPLETED]
    assert flow.taken() == [1, 1]
    assert [one.calls for one in map(flow.of, flow.accounts)] == [0, 0]
    assert {flow.of(one).step_id for one in flow.accounts} == {flow.collection.steps[1].id}
    flow.one_day()
    assert flow.taken() == [1, 1, 1, 1]
    assert flow.statuses() == [E.COMPLETED, E.COMPLETED]
    flow.check()


def test_whom_nobody_may_contact_goes_on_without_a_message() -> None:
    flow = SendingFlow()
    person = flow.people.customers(COMPANY, [flow.accounts[0].customer_id])
    [known] = person.values()
    flow.people.put_customers([replace(known, flags=frozenset({Flag.CEASE}))])
    flow.one_day()
    assert flow.taken() == [1]
    assert flow.of(flow.accounts[0]).step_id == flow.collection.steps[1].id


def test_whose_message_came_to_nothing_that_day_is_due_again() -> None:
    flow = SendingFlow()

    def busy() -> None:
        of_run = flow.messages.of_run(flow.engine.starts[0].run_id)
        owner = flow.accounts[0].customer_id
        [first] = [one for one in of_run if one.person_id == owner]
        flow.desk.provider.answers[first.id] = [Throttled()] * 1000

    flow.desk.meanwhile = busy
    flow.one_day()
    flow.desk.meanwhile = lambda: None
    flow.desk.provider.answers.clear()
    first, second = (flow.of(one) for one in flow.accounts)
    assert first.step_id == flow.collection.steps[0].id
    assert second.step_id == flow.collection.steps[1].id
    flow.one_day()
    assert flow.of(flow.accounts[0]).step_id == flow.collection.steps[1].id


@pytest.mark.parametrize("sent_before", [True, False])
def test_a_run_that_breaks_off_while_it_sends_leaves_nobody_twice(sent_before: bool) -> None:
    flow = SendingFlow()

    def break_off() -> None:
        if sent_before:
            flow.clock.at += timedelta(hours=6)
            flow.desk.send()
        flow.desk.meanwhile = lambda: None
        raise ValueError("lost")

    flow.desk.meanwhile = break_off
    with pytest.raises(ValueError, match="lost"):
        flow.one_day()
    [ref] = flow.engine.starts
    run = flow.runs.get(ref.company_id, ref.campaign_id, ref.run_id)
    flow.runs.move(run.failed("lost", "lost", at=flow.clock.at))
    flow.engine.starts.clear()
    for _ in range(4):
        flow.clock.at = flow.clock.at.replace(hour=12, minute=0) + timedelta(days=1)
        flow.one_day()
    assert flow.taken() == [1, 1, 1, 1]
    assert flow.statuses() == [E.COMPLETED, E.COMPLETED]
    flow.check()
