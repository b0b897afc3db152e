"""What sending adds to decisions and rejects is found by person, and stands up to a check."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from campaigns.domain.campaign import CampaignStatus
from campaigns.domain.channel import Channel
from campaigns.domain.company import CompanyChanges
from campaigns.domain.customer import Consent, Customer, Flag
from campaigns.domain.message import MessageStatus, PermanentFailure
from campaigns.domain.run import LATE_INDEX
from campaigns.domain.run_decisions import RowDecided
from campaigns.usecases.find_decisions import find_decisions, who
from tests.builders import COMPANY, a_customer, a_phone, a_sender, an_email, an_exporter
from tests.unit.pipeline.evidence import Files, broken, forged, packed, replaced, without_line
from tests.unit.pipeline.sending_run import SendingWorld
from tests.unit.pipeline.test_sending_runs import PHONES, due, servicing

S = MessageStatus
SENT, CEASED, GONE, REFUSED, UNKNOWN = "100000", "100001", "100002", "100003", "999999"


def person(name: str) -> Customer:
    number = name[-1]
    return a_customer(name, a_phone(f"+1512555012{number}"), an_email(f"p{number}@example.com"))


def a_world(**but: Any) -> SendingWorld:
    """One is sent to, one ceases and one moves just before, one is refused, one is unknown."""
    names = (SENT, CEASED, GONE, REFUSED)
    world = SendingWorld(
        [due(name) for name in (*names, UNKNOWN)],
        sender=servicing(),
        channels=(Channel.EMAIL,),
        people=[person(name) for name in names],
        **but,
    )

    def change() -> None:
        if not world.queue.waiting:
            return
        world.desk.meanwhile = lambda: None
        by_name = {person(name).id: name for name in names}
        ids = {by_name[one.person_id]: one.id for one in world.kept}
        world.provider.answers[ids[REFUSED]] = [PermanentFailure("message_rejected")]
        kept = world.people.customers(COMPANY, list(by_name))
        ceased = replace(kept[person(CEASED).id], flags=frozenset({Flag.CEASE}))
        moved = replace(kept[person(GONE).id], contacts=(an_email("new@example.com"),))
        world.people.put_customers([ceased, moved])

    world.desk.meanwhile = change
    return world


def rows_of(world: SendingWorld, name: str) -> tuple[RowDecided, ...]:
    asked = who(COMPANY, name, people=world.people)
    return find_decisions(world.run, asked, files=world.files).rows


def told(world: SendingWorld, name: str) -> tuple[str, list[str], list[str]]:
    [row] = rows_of(world, name)
    rules = [one.rule_id for one in row.decisions]
    return row.outcome.value, rules, [one.reason for one in row.rejects]


def test_what_the_guard_refuses_at_a_send_is_found_by_person() -> None:
    world = a_world()
    run = world.run_through()
    assert told(world, SENT) == ("allowed", ["none"], [])
    assert told(world, CEASED) == ("suppressed", ["none", "cease"], [])
    assert told(world, GONE) == ("suppressed", ["none", "address_gone"], [])
    assert told(world, REFUSED) == ("rejected", ["none"], ["sending_failed"])
    assert told(world, UNKNOWN) == ("rejected", [], ["unknown_person"])
    assert (run.counts.sent, run.counts.suppressed, run.counts.rejected) == (1, 2, 2)
    assert "work/" not in " ".join(name for _, name in world.files.kept)


def test_a_run_whose_messages_all_left_has_no_late_index() -> None:
    world = SendingWorld(
        [due(SENT)], sender=servicing(), channels=(Channel.EMAIL,), people=[person(SENT)]
    )
    run = world.run_through()
    assert LATE_INDEX not in {file.name for file in run.files}
    assert told(world, SENT) == ("allowed", ["none"], [])


@cache
def whole() -> Files:
    world = a_world()
    world.run_through()
    return packed(world)


def test_the_evidence_of_a_run_that_sends_holds(tmp_path: Path) -> None:
    assert broken(whole(), tmp_path) == []


def test_so_does_that_of_one_that_exports_as_well(tmp_path: Path) -> None:
    world = a_world(with_exporter=True, exporter=an_exporter("contact.value", criteria=PHONES))
    run = world.run_through()
    assert (run.counts.exported, run.counts.rejected) == (4, 1)
    assert broken(packed(world), tmp_path) == []
    assert told(world, CEASED)[0] == "exported"


def test_so_does_that_of_one_whose_rules_changed_before_its_messages_left(tmp_path: Path) -> None:
    world = a_world()

    def ask_for_consent() -> None:
        if world.queue.waiting:
            company = world.access.company(COMPANY)
            asked = CompanyChanges(contact_policy={"consent_channels": frozenset({Channel.EMAIL})})
            world.access.put_company(company.changed(asked, at=world.clock.at))
            world.desk.meanwhile = lambda: None

    world.desk.meanwhile = ask_for_consent
    world.run_through()
    assert told(world, SENT) == ("held", ["none", "consent"], [])
    assert broken(packed(world), tmp_path) == []


def test_so_does_that_of_one_that_was_paused_until_the_day_was_over(tmp_path: Path) -> None:
    world = a_world()

    def pause() -> None:
        world.campaigns.move(replace(world.campaign, status=CampaignStatus.PAUSED))
        world.desk.meanwhile = lambda: None

    world.desk.meanwhile = pause
    run = world.run_through()
    assert world.statuses() == {S.DEFERRED: 4}
    assert run.counts.deferred == 4
    assert broken(packed(world), tmp_path) == []
    assert told(world, SENT) == ("deferred", ["none", "too_late"], [])


def test_so_does_that_of_one_that_sends_in_several_ways(tmp_path: Path) -> None:
    phone = a_phone(consents=(Consent(channel=Channel.TEXT, given=True),))
    world = SendingWorld(
        [due("1"), due("2")],
        sender=a_sender(channel=None),
        channels=(Channel.EMAIL, Channel.TEXT),
        people=[a_customer("1", phone, an_email()), a_customer("2", an_email())],
    )
    run = world.run_through()
    assert run.counts.sent == 2
    assert broken(packed(world), tmp_path) == []


def without_table(files: Files) -> None:
    del files["messages.csv"]


def told_twice(files: Files) -> None:
    files["messages.csv"] += files["messages.csv"].splitlines(keepends=True)[-1]


TURNED = b",suppress,cease"
FORGERIES: dict[str, tuple[Callable[[Files], None], str]] = {
    "a refusal left out": (without_line("decisions.csv", b"2,100001,,email,p1@ex"), "message"),
    "a refusal turned": (replaced("decisions.csv", TURNED, b",hold,cease"), "message"),
    "a refusal for another reason": (replaced("decisions.csv", TURNED, b",suppress,x"), "rule"),
    "a refusal added": (replaced("messages.csv", b",suppressed,cease", b",sent,"), "message"),
    "a message left out": (without_line("messages.csv", b"1,"), "one fate"),
    "a message without a decision": (without_line("decisions.csv", b"1,"), "message"),
    "a failure turned": (replaced("messages.csv", b",failed,", b",sent,"), "one fate"),
    "a message moved": (replaced("messages.csv", b"\r\n2,", b"\r\n1,"), "message"),
    "a message told of twice": (told_twice, "message"),
    "no table of messages": (without_table, "message"),
}


@pytest.mark.parametrize(("change", "what"), FORGERIES.values(), ids=FORGERIES)
def test_who_makes_all_hashes_fit_is_found_by_what_became_of_messages(
    change: Callable[[Files], None], what: str, tmp_path: Path
) -> None:
    files = dict(whole())
    assert broken(forged(files), tmp_path) == []
    change(files)
    found = broken(forged(files), tmp_path)
    assert any(what in one.partition(":")[0] for one in found), found
