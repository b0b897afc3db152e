"""A run sends what its rows ask for, once, and every row is accounted for."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns.domain.campaign import CampaignStatus
from campaigns.domain.channel import Channel
from campaigns.domain.company import CompanyChanges
from campaigns.domain.customer import Consent, ContactPoint, ContactType, Flag
from campaigns.domain.exporter import Criteria
from campaigns.domain.guard_rules import Cap, ContactPolicy
from campaigns.domain.message import MessageStatus, PermanentFailure
from campaigns.domain.notices import CureRule
from campaigns.domain.run import RunStatus
from campaigns.domain.template import Content
from tests.builders import (
    COMPANY,
    NOON,
    a_customer,
    a_history,
    a_phone,
    a_sender,
    a_template,
    a_version,
    an_account,
    an_attempt,
    an_email,
    an_exporter,
)
from tests.unit.pipeline.sending_run import SendingWorld

S = MessageStatus
OVERDUE = Content(subject="Overdue", text="{{ overdueAmount }} is overdue.")
PHONES = Criteria(contact_type=frozenset({ContactType.PHONE}))
OPENS = NOON + timedelta(hours=2)
"""Eight in the morning in Chicago."""


def due(borrower: str, **but: Any) -> dict[str, Any]:
    return {
        "borrowerId": borrower,
        "paymentDueDate": "2026-03-05",
        "paymentAmount": "412.50",
        **but,
    }


def people(count: int) -> list[Any]:
    return [
        a_customer(f"10000{n}", a_phone(f"+1512555012{n}"), an_email(f"p{n}@example.com"))
        for n in range(count)
    ]


def servicing(**but: Any) -> Any:
    return a_sender(**{"channel": Channel.EMAIL, **but})


def test_a_run_sends_one_message_for_each_row_and_tells_of_each() -> None:
    world = SendingWorld(
        [due("100000"), due("100001"), due("999999")],
        sender=servicing(),
        channels=(Channel.EMAIL, Channel.TEXT),
        people=people(2),
    )
    run = world.run_through()
    assert run.status is RunStatus.COMPLETED
    assert world.statuses() == {S.SENT: 2}
    assert set(world.provider.taken.values()) == {1}
    assert (run.counts.rows_in, run.counts.sent, run.counts.rejected) == (3, 2, 1)
    run.counts.check()
    header, *rows = world.table("messages.csv")
    assert header[:5] == ["row", "borrowerId", "loanId", "channel", "address"]
    assert [(row[0], row[3], row[4], row[6]) for row in rows] == [
        ("1", "email", "p0@example.com", "sent"),
        ("2", "email", "p1@example.com", "sent"),
    ]
    assert "send: 3 in = 0 exported + 2 sent" in world.log()
    assert "send: email: 2 sent" in world.log()
    assert "p0@example.com" not in world.log()
    said = world.messages.wordings(COMPANY, [world.kept[0].id])[world.kept[0].id]
    assert (said.subject, said.text) == ("Due March 5, 2026", "$412.50 is due.")


def test_what_was_sent_stands_in_the_ledger_the_timeline_and_the_history_of_notices() -> None:
    account = an_account(owner="100000")
    world = SendingWorld(
        [due("100000", loanId=account.external_id)],
        sender=servicing(),
        channels=(Channel.EMAIL,),
        people=people(1),
        accounts=[account],
    )
    world.run_through()
    [message] = world.kept
    person = message.person_id
    history = world.ledger.histories(COMPANY, [person])[person]
    assert [(one.id, one.channel, one.debt) for one in history.attempts] == [
        (message.id, Channel.EMAIL, account.id)
    ]
    assert history.reservations == ()
    [entry] = world.desk.timeline.list(COMPANY, person, after=None, limit=5)
    assert (entry.kind, entry.outcome, entry.run_id) == ("attempt", "sent", world.opened.id)
    last = world.notices.last(COMPANY, [(person, account.id)])
    assert last[person, account.id] == {"paymentDueDateReminder": message.sent_at}


def test_a_sender_without_a_channel_uses_all_that_have_a_template_and_reach_the_person() -> None:
    phone = a_phone(consents=(Consent(channel=Channel.TEXT, given=True),))
    whole, phoneless = a_customer("1", phone, an_email()), a_customer("2", an_email())
    world = SendingWorld(
        [due("1"), due("2")],
        sender=servicing(channel=None),
        channels=(Channel.EMAIL, Channel.TEXT),
        people=[whole, phoneless],
    )
    run = world.run_through()
    assert [(one.row, one.channel.value, one.status.value) for one in world.kept] == [
        (1, "email", "sent"),
        (1, "text", "sent"),
        (2, "email", "sent"),
    ]
    assert run.counts.sent == 2


def test_a_right_to_cure_goes_out_in_a_state_that_the_company_added() -> None:
    sender = a_sender(subject="loanRightToCurePersonalUnsecured", channel=Channel.EMAIL)
    row = {
        "creditorLegalName": "Harbor Loans LLC",
        "creditorAddress": "1 Pier, Des Moines, IA 50301",
        "amountToCure": "120.00",
        "cureByDate": "2026-03-30",
        "state": "IA",
        "mailingAddress": "12 Elm St, Ames, IA 50010",
        "defaultDescription": "two payments",
    }
    person = a_customer("1", an_email(), state="IA")
    world = SendingWorld([{"borrowerId": "1", **row}], sender=sender, channels=(), people=[person])
    template = a_template(channel=Channel.EMAIL, subject=sender.subject)
    content = Content(subject="To cure", text=" ".join(f"{{{{ {name} }}}}" for name in row))
    world.templates.introduce(
        template, a_version(template, content=content, approved_states=frozenset({"IA"}))
    )
    company = world.access.company(COMPANY)
    world.access.put_company(replace(company, cure_rules={"IA": CureRule(days=20)}))
    run = world.run_through()
    assert (run.counts.sent, run.counts.reasons) == (1, {})
    assert world.statuses() == {S.SENT: 1}


def test_a_collections_notice_waits_for_the_persons_hours() -> None:
    sender = a_sender(subject="loanOverdueFirstNotice", channel=Channel.EMAIL)
    row = {"overdueAmount": "9.00", "daysOverdue": "3", "oldestDueDate": "2026-02-27"}
    world = SendingWorld(
        [{"borrowerId": "100000", **row}], sender=sender, channels=(), people=people(1)
    )
    world.add_template(Channel.EMAIL, sender, content=OVERDUE)
    world.run_through()
    [message] = world.kept
    assert message.status is S.SENT
    assert message.sent_at is not None
    assert OPENS <= message.sent_at <= OPENS + timedelta(minutes=30)


def test_who_stops_being_allowed_between_list_and_send_is_not_sent_to() -> None:
    world = SendingWorld(
        [due("100000"), due("100001")],
        sender=servicing(),
        channels=(Channel.EMAIL,),
        people=people(2),
    )

    def cease() -> None:
        world.desk.meanwhile = lambda: None
        id = world.kept[0].person_id
        person = world.people.customers(COMPANY, [id])[id]
        world.people.put_customers([replace(person, flags=frozenset({Flag.CEASE}))])

    world.desk.meanwhile = cease_once(world, cease)
    run = world.run_through()
    assert world.statuses() == {S.SUPPRESSED: 1, S.SENT: 1}
    assert (run.counts.sent, run.counts.suppressed) == (1, 1)
    run.counts.check()
    assert run.counts.reasons["cease"] == 1
    late = world.table("decisions.csv")[-1]
    assert late[0] == "1"
    assert late[5:7] == ["suppress", "cease"]


def test_a_refusal_at_the_send_names_its_rule_and_when_it_ends() -> None:
    [person] = (replace(one, state="TX") for one in people(1))
    world = SendingWorld(
        [due("100000")], sender=servicing(), channels=(Channel.EMAIL,), people=[person]
    )
    cap = Cap(most=2, days=7, channels=frozenset({Channel.CALL, Channel.EMAIL}))
    policy = ContactPolicy(state_caps=(("TX", cap),))
    world.access.put_company(replace(world.access.company(COMPANY), contact_policy=policy))

    def call() -> None:
        calls = [an_attempt(at=NOON - timedelta(days=days)) for days in (0, 4)]
        was = world.ledger.histories(COMPANY, [person.id])[person.id]
        world.ledger.write([replace(was, attempts=tuple(calls))])
        world.desk.meanwhile = lambda: None

    world.desk.meanwhile = cease_once(world, call)
    assert world.run_through().counts.reasons == {"state_cap": 1}
    late = world.table("decisions.csv")[-1]
    assert late[5:7] == ["defer", "state_cap"]
    facts = json.loads(late[8])
    assert (facts["channel"], facts["used"]) == ("email", "2")
    # The first of the calls was on February 26.
    assert facts["until"].startswith("2026-03-05")


def test_what_is_held_at_the_send_goes_by_the_rules_as_they_are_then() -> None:
    world = SendingWorld(
        [due("100000")], sender=servicing(), channels=(Channel.EMAIL,), people=people(1)
    )

    def ask_for_consent() -> None:
        company = world.access.company(COMPANY)
        changes = CompanyChanges(contact_policy={"consent_channels": frozenset({Channel.EMAIL})})
        world.access.put_company(company.changed(changes, at=NOON))
        world.desk.meanwhile = lambda: None

    world.desk.meanwhile = cease_once(world, ask_for_consent)
    assert world.run_through().counts.reasons == {"unknown_consent": 1}
    late = world.table("decisions.csv")[-1]
    assert late[5:8] == ["hold", "consent", "2026-01/third-party+1"]
    facts = json.loads(late[8])
    assert (facts["unknown"], facts["for"]) == ("consent", "email")
    assert facts["reason"] == "unknown_consent"


def test_a_right_to_cure_goes_to_a_state_that_the_company_has_told_the_days_of() -> None:
    sender = servicing(subject="loanRightToCurePersonalUnsecured", channel=Channel.EMAIL)
    [person] = (replace(one, state="TX") for one in people(1))
    row = {
        "borrowerId": "100000",
        "creditorLegalName": "Northwind Lending LLC",
        "creditorAddress": "1 Main St",
        "amountToCure": "412.50",
        "cureByDate": "2026-03-22",
        "state": "TX",
        "mailingAddress": "2 Side St",
        "defaultDescription": "the payment of February 1 was not made",
    }
    world = SendingWorld([row], sender=sender, channels=(), people=[person])
    template = a_template(channel=Channel.EMAIL, subject=sender.subject, theme=sender.theme)
    content = Content(subject="Cure", text="Pay {{ amountToCure }} by {{ cureByDate }}.")
    version = a_version(template, content=content, approved_states=frozenset({"TX"}))
    world.templates.introduce(template, version)
    company = world.access.company(COMPANY)
    world.access.put_company(replace(company, cure_rules={"TX": CureRule(20)}))
    run = world.run_through()
    assert (world.statuses(), run.counts.reasons) == ({S.SENT: 1}, {})


def cease_once(world: SendingWorld, do: Any) -> Any:
    return lambda: do() if world.queue.waiting else None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (due("100000", paymentAmount="0"), "not_positive"),
        (due("100000", paymentAmount=""), "missing_value"),
        (due("100000", paymentDueDate="2026-03-01"), "date_passed"),
        (due("100000", paymentDueDate="soon"), "bad_value"),
    ],
)
def test_a_bad_row_is_held_back_with_its_reason(row: dict[str, Any], reason: str) -> None:
    world = SendingWorld(
        [row, due("100001")], sender=servicing(), channels=(Channel.EMAIL,), people=people(2)
    )
    run = world.run_through()
    assert world.statuses() == {S.SENT: 1}
    assert (run.counts.sent, run.counts.rejected) == (1, 1)
    [_, rejected] = world.table("rejects.csv")
    assert rejected[:2] == ["1", reason]
    assert row["paymentDueDate"] not in rejected[4]


def test_a_query_without_a_column_of_the_notice_fails_before_anything_is_sent() -> None:
    world = SendingWorld(
        [{"borrowerId": "100000"}], sender=servicing(), channels=(Channel.EMAIL,), people=people(1)
    )
    run = world.run_through()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "notice_columns_missing")
    assert "paymentDueDate, paymentAmount" in (run.error_message or "")
    assert world.kept == []


def test_a_sender_without_a_template_in_force_fails_the_run() -> None:
    world = SendingWorld([due("100000")], sender=servicing(), channels=(Channel.TEXT,))
    run = world.run_through()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "nothing_to_send")


def test_what_a_provider_refuses_is_rejected_with_its_reason() -> None:
    world = SendingWorld(
        [due("100000"), due("100001")],
        sender=servicing(),
        channels=(Channel.EMAIL,),
        people=people(2),
    )

    def refuse() -> None:
        first = world.kept[0].id
        world.provider.answers[first] = [PermanentFailure("message_rejected")]

    world.desk.meanwhile = refuse
    run = world.run_through()
    assert (run.counts.sent, run.counts.rejected) == (1, 1)
    [_, rejected] = world.table("rejects.csv")
    assert rejected == ["1", "sending_failed", "100000", "", "email: message_rejected"]


def test_a_campaign_with_exporter_and_sender_does_both_and_counts_each_row_once() -> None:
    reachable, mailable = a_customer("1", a_phone(), an_email()), a_customer("2", an_email())
    world = SendingWorld(
        [due("1"), due("2"), due("3")],
        sender=servicing(),
        channels=(Channel.EMAIL,),
        people=[reachable, mailable],
        with_exporter=True,
        exporter=an_exporter("contact.value", criteria=PHONES),
    )
    run = world.run_through()
    assert world.table("contacts_output.csv")[1:] == [["+15125550123"]]
    assert world.statuses() == {S.SENT: 2}
    counts = run.counts
    assert (counts.exported, counts.sent, counts.rejected) == (1, 1, 1)
    counts.check()


def test_a_canceled_run_sends_nothing_more() -> None:
    world = SendingWorld(
        [due("100000")], sender=servicing(), channels=(Channel.EMAIL,), people=people(1)
    )

    def cancel() -> None:
        if not world.run.is_over:
            world.change(lambda run: run.moved(RunStatus.CANCELED, at=NOON))

    world.desk.meanwhile = cancel
    run = world.run_through()
    assert run.status is RunStatus.CANCELED
    assert world.statuses() == {S.CANCELED: 1}
    assert not world.provider.taken


def test_a_paused_campaign_sends_when_it_goes_on() -> None:
    world = SendingWorld(
        [due("100000")], sender=servicing(), channels=(Channel.EMAIL,), people=people(1)
    )
    looks = 0

    def pause() -> None:
        nonlocal looks
        looks += 1
        status = CampaignStatus.PAUSED if looks < 4 else CampaignStatus.ACTIVE
        world.campaigns.move(replace(world.campaign, status=status))

    world.desk.meanwhile = pause
    world.run_through()
    [message] = world.kept
    assert message.status is S.SENT
    assert message.sent_at is not None
    assert message.sent_at >= NOON + timedelta(minutes=90)


def test_letters_go_out_as_the_lines_of_a_file() -> None:
    sender = servicing(channel=Channel.MAIL)
    world = SendingWorld(
        [due("100000", mailingAddress="1 Main St\nAustin TX")],
        sender=sender,
        channels=(Channel.MAIL,),
        people=people(1),
    )
    run = world.run_through()
    assert world.statuses() == {S.SENT: 1}
    header, line = world.table("mail_output.csv")
    assert header == ["messageId", "borrowerId", "loanId", "address", "language", "text", "html"]
    assert line[1:] == [
        "100000",
        "",
        "1 Main St\nAustin TX",
        "en",
        "Dear Ada, $412.50 is due.",
        "",
    ]
    assert "mail_output.csv" in run.available_files


@pytest.mark.parametrize(
    "but",
    [
        {"refused": frozenset({Channel.MAIL})},
        {
            "contacts": (
                ContactPoint(
                    type=ContactType.ADDRESS,
                    value="1 main st  Austin TX",
                    label="barred",
                    status="optedOut",
                ),
            )
        },
    ],
)
def test_nobody_who_wants_no_letters_is_sent_one(but: dict[str, Any]) -> None:
    world = SendingWorld(
        [due("100000", mailingAddress="1 Main St\nAustin TX")],
        sender=servicing(channel=Channel.MAIL),
        channels=(Channel.MAIL,),
        people=[a_customer("100000", **but)],
    )
    run = world.run_through()
    assert world.kept == []
    assert run.counts.reasons == {"opted_out": 1}


def test_an_address_that_was_taken_back_and_only_remembered_is_not_written_to() -> None:
    gone = a_customer("100000", an_email(status="inactive"))
    world = SendingWorld(
        [due("100000")], sender=servicing(), channels=(Channel.EMAIL,), people=[gone]
    )
    assert world.run_through().counts.reasons == {"no_email": 1}


def test_an_opt_out_in_other_letters_stops_what_is_on_its_way() -> None:
    world = SendingWorld(
        [due("100000")], sender=servicing(), channels=(Channel.EMAIL,), people=people(1)
    )

    def opt_out() -> None:
        world.desk.meanwhile = lambda: None
        person = people(1)[0]
        barred = an_email("P0@Example.com", status="optedOut")
        was = world.people.customers(COMPANY, [person.id])[person.id]
        world.people.put_customers([replace(was, contacts=(barred,))])

    world.desk.meanwhile = cease_once(world, opt_out)
    assert world.run_through().counts.reasons == {"opted_out": 1}


def test_a_run_that_is_tried_again_sends_only_what_did_not_go_out() -> None:
    world = SendingWorld(
        [due("100000"), due("100001")],
        sender=servicing(),
        channels=(Channel.EMAIL,),
        people=people(2),
    )

    def fail() -> None:
        if not world.run.is_over:
            world.desk.send()
            world.change(lambda run: run.failed("lost", "lost", at=world.clock.at))

    world.desk.meanwhile = fail
    world.run_through()
    assert world.run.status is RunStatus.FAILED
    world.desk.meanwhile = lambda: None
    world.runs.reopen(world.run.retried("key", at=world.clock.at))
    run = world.run_through()
    assert run.status is RunStatus.COMPLETED
    assert world.statuses() == {S.SENT: 2}
    assert set(world.provider.taken.values()) == {1}
    assert run.counts.sent == 2


def test_what_a_run_does_in_one_way_counts_for_what_it_does_in_another() -> None:
    cap = Cap(most=3, days=7, channels=frozenset({Channel.CALL, Channel.EMAIL, Channel.MAIL}))
    person = a_customer("1", a_phone(), an_email(), state="TX")
    world = SendingWorld(
        [due("1", mailingAddress="1 Main St\nAustin TX")],
        sender=a_sender(channel=None),
        channels=(Channel.EMAIL, Channel.MAIL),
        people=[person],
        with_exporter=True,
        exporter=an_exporter("contact.value", criteria=PHONES),
    )
    calls = [an_attempt(at=NOON - timedelta(days=days)) for days in (1, 2)]
    world.ledger.write([a_history(*calls, person_id=person.id)])
    policy = ContactPolicy(state_caps=(("TX", cap),))
    world.access.put_company(replace(world.access.company(COMPANY), contact_policy=policy))
    run = world.run_through()
    assert world.statuses() == {S.SENT: 1}
    assert run.counts.exported == 0
    verdicts = [line[5:7] for line in world.table("decisions.csv")[1:]]
    assert sorted(verdicts) == [["allow", "none"], ["defer", "state_cap"], ["defer", "state_cap"]]


def test_a_person_is_written_to_once_about_a_debt_however_the_row_spells_them() -> None:
    [person] = people(1)
    world = SendingWorld(
        [due("100000"), due(person.id)],
        sender=servicing(),
        channels=(Channel.EMAIL,),
        people=[person],
    )
    run = world.run_through()
    assert world.statuses() == {S.SENT: 1}
    assert (run.counts.sent, run.counts.rejected) == (1, 1)
    assert run.counts.reasons == {"duplicate": 1}
