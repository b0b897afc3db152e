"""Whoever must not be contacted any more is taken off a list that has left, once and in time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns.domain.channel import Channel
from campaigns.domain.customer import INVALID, OPTED_OUT, Consent, Flag
from campaigns.domain.delivery import ConnectionLost, DirectoryMissing
from campaigns.domain.exporter import Compliance, FileFormat, PhoneFormat, Quote, Rows
from campaigns.domain.notices import SUBJECTS, NoticeClass
from campaigns.domain.people_rows import account_id
from campaigns.domain.public_id import RUN, show
from campaigns.domain.recall import GATHERED, is_meant_for, line_of
from campaigns.domain.run import RunStatus, recall_file
from campaigns.usecases.note_recalls import SETTLES
from tests.builders import COMPANY, a_customer, a_phone, an_account, an_exporter
from tests.unit.pipeline.recalling import ACCOUNTS, LATER, PEOPLE, ROWS, Recalling
from tests.unit.pipeline.world import World

EVENING = timedelta(hours=14)
"""Past nine in Texas, when whoever calls from the list has stopped."""


def disputed(one: Recalling, place: int = 0) -> Any:
    return one.changed(place, flags=frozenset({Flag.DISPUTE}))


def set_sftp(world: World, **but: Any) -> None:
    assert world.campaign.sftp is not None
    world.campaigns.move(replace(world.campaign, sftp=replace(world.campaign.sftp, **but)))


def test_whoever_opts_out_after_the_export_is_told_to_whoever_has_the_list() -> None:
    one = Recalling()
    phone = replace(PEOPLE[0].contacts[0], status=OPTED_OUT)
    assert one.note(one.changed(0, contacts=(phone,))) == 1
    assert one.tell() == "told"
    run_id = show(RUN, one.world.run.id)
    assert one.rows() == [
        ["phone", "reason", "effective_at", "source_run"],
        ["+15125550123", "opted_out", "2026-03-02T15:00:00.000Z", run_id],
    ]
    assert one.files == [
        one.world.run.deliveries[0]["file"].replace("_contacts.csv", "_recall_01.csv")
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"flags": frozenset({flag})}, rule)
        for flag, rule in [
            (Flag.DO_NOT_CONTACT, "do_not_contact"),
            (Flag.CEASE, "cease"),
            (Flag.ATTORNEY, "attorney"),
            (Flag.BANKRUPTCY, "bankruptcy"),
            (Flag.DECEASED, "deceased"),
            (Flag.DISPUTE, "dispute"),
        ]
    ]
    + [
        ({"contacts": (a_phone(status=INVALID),)}, "invalid_address"),
        (
            {"contacts": (a_phone(consents=(Consent(channel=Channel.CALL, given=False),)),)},
            "opted_out",
        ),
        ({"contacts": (a_phone("+15125550199"),), "flags": frozenset({Flag.DISPUTE})}, "dispute"),
    ],
)
def test_every_rule_that_forbids_for_good_recalls_under_its_name(
    fields: dict[str, Any], reason: str
) -> None:
    one = Recalling()
    assert one.note(one.changed(0, **fields)) == 1
    one.tell()
    assert one.rows()[1][:2] == ["+15125550123", reason]


@pytest.mark.parametrize(
    "fields",
    [
        {"first_name": "Eve"},
        {"contacts": (a_phone(consents=(Consent(channel=Channel.TEXT, given=False),)),)},
        {"contacts": (a_phone(), a_phone("+15125550199", status=OPTED_OUT))},
        {"time_zone": "America/New_York"},
    ],
    ids=["a name", "another channel", "another number", "another zone"],
)
def test_what_does_not_forbid_the_list_s_own_contact_recalls_nobody(fields: dict[str, Any]) -> None:
    one = Recalling()
    assert one.note(one.changed(0, **fields)) == 0
    assert one.tell() == "moved_on"


def test_whoever_paid_is_taken_off_the_lists_about_that_debt() -> None:
    one = Recalling()
    assert one.note(one.settled(2)) == 1
    one.tell()
    assert one.rows()[1][:2] == ["+15125550123", "settled"]
    [entry] = one.entries(2)
    assert (entry.account_id, entry.details["reason"]) == (ACCOUNTS[2].id, "settled")


def test_a_debt_that_no_list_is_about_recalls_nobody_and_one_paid_before_neither() -> None:
    one = Recalling()
    other = an_account("L-99", "1")
    one.world.people.put_accounts([other])
    told = one.settled(0)["change"]
    assert one.note({"change": replace(told, now=other.settled(LATER), before=other)}) == 0
    assert one.note({"change": replace(told, before=told.now)}) == 0


def test_nobody_is_told_who_was_not_in_the_file() -> None:
    strangers = [replace(person, flags=frozenset({Flag.CEASE})) for person in PEOPLE[:1]]
    one = Recalling(World(ROWS, people=[*strangers, *PEOPLE[1:]], accounts=ACCOUNTS))
    assert one.world.run.counts.exported == 4
    both = frozenset({Flag.CEASE, Flag.DISPUTE})
    assert one.note(one.changed(0, flags=both), {"unrelated": 1}) == 0


def test_a_row_that_was_allowed_and_rejected_after_all_is_in_no_list() -> None:
    odd = [replace(PEOPLE[0], first_name="Ada, Countess"), *PEOPLE[1:]]
    plain = FileFormat(quote=Quote.NONE)
    exporter = an_exporter("person.firstName", "contact.phone", format=plain)
    one = Recalling(World(ROWS, people=odd, accounts=ACCOUNTS, exporter=exporter))
    assert one.world.run.counts.reasons == {"unwritable_value": 1}
    history = one.history(0)
    assert history is not None
    assert history.is_empty
    assert one.note(disputed(one, 0)) == 0
    assert one.note(disputed(one, 1)) == 1


def test_the_same_change_told_again_and_another_of_the_same_reason_are_told_once() -> None:
    one = Recalling()
    told = disputed(one)
    assert [one.note(told), one.note(told), one.note(told, told)] == [1, 0, 0]
    one.tell()
    one.note(told)
    lifted = one.changed(0, flags=frozenset())
    one.note(lifted, disputed(one))
    assert one.tell() == "moved_on"
    assert len(one.files) == 1


def test_what_comes_within_minutes_is_one_file_and_what_comes_later_the_next() -> None:
    one = Recalling()
    for place in range(3):
        one.note(disputed(one, place))
        one.passes(timedelta(seconds=20))
    assert one.tell(timedelta(0)) == "moved_on"
    assert one.tell(GATHERED) == "told"
    one.note(disputed(one, 3))
    assert one.tell(GATHERED) == "told"
    assert [name[-13:] for name in one.files] == ["recall_01.csv", "recall_02.csv"]
    assert (len(one.rows(1)), len(one.rows(2))) == (2, 2)


def test_a_bulk_of_changes_is_few_files() -> None:
    numbers = range(1, 401)
    people = [a_customer(str(n), a_phone(f"+1512555{n:04}"), state="TX") for n in numbers]
    rows = [{"borrowerId": n} for n in numbers]
    one = Recalling(World(rows, people=people))
    changes = []
    for person in people:
        [was] = one.world.people.customers(COMPANY, [person.id]).values()
        now = replace(was, flags=frozenset({Flag.DECEASED}))
        changes.append({"change": type(disputed(one)["change"])(was, now, LATER)})
    for start in range(0, 400, 100):
        assert one.note(*changes[start : start + 100]) == 100
    one.tell()
    assert len(one.rows(1)) == 401
    assert one.tell() == "moved_on"
    assert one.paused == [SETTLES] * 4


def test_the_file_is_one_of_the_run_and_its_log_and_deliveries_say_so() -> None:
    one = Recalling()
    one.note(disputed(one), one.settled(1))
    one.tell()
    run = one.world.run
    assert run.status is RunStatus.COMPLETED
    assert run.available_files[-1] == recall_file(1)
    assert one.world.table(recall_file(1)) == [list(row) for row in one.rows()]
    delivery = run.deliveries[-1]
    assert (delivery["kind"], delivery["file"], delivery["rows"]) == ("recall", one.files[0], 2)
    log = one.world.content("log.txt").decode()
    assert "recall: recall_01.csv takes 2 people off the list (1 dispute, 1 settled)" in log
    assert "recall_01.csv is there" in log
    assert "5550123" not in log


def test_whoever_is_recalled_uses_up_nothing_and_their_timeline_says_so() -> None:
    one = Recalling()
    one.note(disputed(one))
    assert (one.history().reservations, one.entries()) != ((), [])  # type: ignore[union-attr]
    one.tell()
    history = one.history()
    assert history is not None
    assert (history.reservations, history.listings) == ((), ())
    [entry] = one.entries()
    assert (entry.run_id, entry.address) == (one.world.run.id, "+15125550123")
    assert dict(entry.details) == {"reason": "dispute", "effectiveAt": "2026-03-02T15:00:00.000Z"}
    assert len(one.history(1).reservations) == 1  # type: ignore[union-attr]


def test_of_two_numbers_the_one_that_was_opted_out_is_recalled() -> None:
    phones = (a_phone(), a_phone("+15125550199", "home"))
    person = replace(PEOPLE[0], contacts=phones)
    one = Recalling(World(ROWS[:1], people=[person], exporter=an_exporter(rows=Rows.LONG)))
    gone = (phones[0], replace(phones[1], status=OPTED_OUT))
    assert one.note(one.changed(0, contacts=gone)) == 1
    one.tell()
    history = one.history()
    assert history is not None
    assert [its.addresses for its in history.listings] == [("+15125550123",)]
    assert len(history.reservations) == 1
    assert one.note(disputed(one)) == 1
    one.tell()
    assert [row[0] for row in (*one.rows(1), *one.rows(2))] == [
        "phone",
        "+15125550199",
        "phone",
        "+15125550123",
    ]


def test_whoever_was_called_since_is_recalled_all_the_same() -> None:
    """What a result makes of a reservation takes nobody off a list."""
    one = Recalling()
    was = one.history()
    assert was is not None
    debt = account_id(COMPANY, "L-1")
    one.world.ledger.write([was.releasing_about(one.world.run.id, Channel.CALL, debt)])
    assert one.note(disputed(one)) == 1


def test_a_list_about_two_debts_of_one_phone_loses_it_altogether() -> None:
    rows = [{"borrowerId": 1, "loanId": "L-1"}, {"borrowerId": 1, "loanId": "L-2"}]
    accounts = [ACCOUNTS[0], an_account("L-2", "1")]
    one = Recalling(World(rows, people=PEOPLE, accounts=accounts))
    one.note(one.settled(0))
    one.tell()
    history = one.history()
    assert history is not None
    assert (history.listings, history.reservations) == ((), ())


# when there is nothing to tell, or nobody to tell it to


def test_a_list_that_has_not_left_yet_is_waited_for() -> None:
    one = Recalling(executes=False)
    one.world.receiver.failures = [DirectoryMissing("sftp.example.com", "inbox")]
    one.world.clock.at -= timedelta(hours=3)
    failed = one.world.execute()
    assert failed.status is RunStatus.FAILED
    one.note(disputed(one))
    assert one.tell() == "waiting"
    one.world.change(lambda run: run.retried("key", at=one.world.clock.at))
    assert one.world.execute().status is RunStatus.COMPLETED
    assert one.tell() == "told"
    assert len(one.files) == 1


def test_a_run_that_was_canceled_before_it_delivered_has_nobody_to_tell() -> None:
    one = Recalling(executes=False)

    def cancel() -> None:
        one.note(disputed(one))
        one.world.cancel()
        raise DirectoryMissing("sftp.example.com", "inbox")

    one.world.receiver.at_delivery = cancel
    assert one.world.execute().status is RunStatus.CANCELED
    assert [one.tell(), one.tell()] == ["dropped", "moved_on"]
    assert one.world.receiver.published == []


def test_what_comes_with_the_list_comes_before_its_recalls() -> None:
    one = Recalling(executes=False)
    told: list[str] = []

    def at_delivery() -> None:
        if one.world.receiver.published and not told:
            one.note(disputed(one))
            told.append(one.tell())

    one.world.receiver.at_delivery = at_delivery
    one.world.execute()
    assert told == ["waiting"]
    assert one.tell() == "told"
    assert one.world.receiver.published[-1] == one.files[0]


def test_a_campaign_without_recall_tells_nobody_and_one_without_a_destination_has_nobody() -> None:
    one = Recalling()
    set_sftp(one.world, recall=False)
    one.note(disputed(one))
    assert [one.tell(), one.tell()] == ["dropped", "moved_on"]
    assert one.files == []
    downloaded = Recalling(World(ROWS, people=PEOPLE, accounts=ACCOUNTS, sftp=None))
    downloaded.note(disputed(downloaded))
    assert [downloaded.tell(), downloaded.tell(EVENING)] == ["waiting", "dropped"]


def test_a_campaign_that_is_deleted_since_is_told_all_the_same() -> None:
    one = Recalling()
    one.world.campaigns.move(one.world.campaign.deleted(LATER))
    one.note(disputed(one))
    assert one.tell() == "told"


def test_an_opt_out_of_marketing_concerns_marketing_alone() -> None:
    one = Recalling()
    one.note(one.changed(0, marketing_opt_out=True))
    assert (one.tell(), one.files) == ("told", [])
    assert one.history().reservations  # type: ignore[union-attr]
    [recall] = one.recalls.of_file(one.world.run.ref, 1)
    assert not is_meant_for(recall, None)
    assert is_meant_for(replace(recall, reason="cease"), None)
    subject = next(name for name, known in SUBJECTS.items() if known.kind is NoticeClass.MARKETING)
    marketing = Compliance(channel=Channel.CALL, subject=subject)
    assert is_meant_for(recall, an_exporter(compliance=marketing))


# what goes wrong


def test_a_delivery_that_fails_is_tried_again_later_and_later_and_told_once_in_the_log() -> None:
    one = Recalling()
    one.note(disputed(one))
    lost = ConnectionLost("sftp.example.com", "reset")
    one.world.receiver.failures = [lost, lost, DirectoryMissing("sftp.example.com", "inbox")]
    assert [one.tell(GATHERED), one.tell(GATHERED)] == ["failed", "failed"]
    assert one.tell(GATHERED) == "moved_on"
    assert [one.tell(GATHERED), one.tell(timedelta(minutes=8))] == ["failed", "told"]
    log = one.world.log()
    assert log.count("recall_01.csv did not arrive: no connection") == 1
    assert log.count("recall_01.csv did not arrive: sftp.example.com has no directory") == 1
    assert (len(one.files), one.world.run.deliveries[-1]["attempts"]) == (1, 4)


def test_who_could_not_be_taken_off_before_the_hours_end_is_told_as_missed() -> None:
    one = Recalling()
    one.note(disputed(one), disputed(one, 1))
    one.world.receiver.failures = [DirectoryMissing("sftp.example.com", "inbox")] * 9
    assert one.tell() == "failed"
    one.note(disputed(one, 2))
    published = len(one.world.events.published)
    assert one.tell_all(EVENING) == {"missed": 1}
    [event] = one.world.events.published[published:]
    assert (event.type, event.detail["addresses"]) == ("RecallMissed", 3)
    assert "recall: 3 addresses were not taken off the list in time" in one.world.log()
    assert one.tell_all() == {}
    assert one.entries() == []


def test_who_is_taken_off_after_their_own_hours_is_told_as_missed_too() -> None:
    """In New York they end an hour before those of Texas."""
    people = [replace(PEOPLE[0], time_zone="America/New_York", state=""), *PEOPLE[1:]]
    people[0] = replace(people[0], contacts=(a_phone("+12125550123"),))
    one = Recalling(World(ROWS, people=people, accounts=ACCOUNTS))
    one.note(disputed(one), disputed(one, 1))
    one.world.clock.at = LATER + timedelta(hours=11)
    published = len(one.world.events.published)
    assert one.tell() == "missed"
    [event] = one.world.events.published[published:]
    assert event.detail["addresses"] == 1
    assert len(one.rows()) == 3
    assert one.tell() == "moved_on"


def test_nobody_is_recalled_from_a_list_whose_hours_are_over() -> None:
    one = Recalling()
    one.passes(EVENING)
    assert one.note(disputed(one)) == 0


def test_one_run_that_breaks_stops_no_other() -> None:
    one = Recalling()
    one.note(disputed(one))

    def broken(*_: Any) -> Any:
        raise RuntimeError("unforeseen")

    of_file, one.recalls.of_file = one.recalls.of_file, broken
    assert one.tell_all() == {"broken": 1}
    one.recalls.of_file = of_file
    assert one.tell_all(timedelta(minutes=1)) == {}
    assert one.tell_all() == {"told": 1}


def test_two_at_once_bring_one_file() -> None:
    one = Recalling()
    one.note(disputed(one))
    other: list[str] = []

    def at_delivery() -> None:
        other.append(one.tell(timedelta(0)))
        # And somebody puts down more meanwhile, which the next file tells.
        one.note(disputed(one, 1))
        one.world.receiver.at_delivery = lambda: None

    one.world.receiver.at_delivery = at_delivery
    assert one.tell() == "told"
    assert other == ["moved_on"]
    assert one.tell(GATHERED) == "told"
    assert one.tell() == "moved_on"
    assert (len(one.files), len(one.rows(1)), len(one.rows(2))) == (2, 2, 2)


# how phones are spelled


@pytest.mark.parametrize(
    ("exporter", "spelled"),
    [
        (an_exporter(phone_format=PhoneFormat.E164), "+15125550123"),
        (an_exporter(phone_format=PhoneFormat.DIGITS), "15125550123"),
        (an_exporter(phone_format=PhoneFormat.NATIONAL10), "5125550123"),
        (an_exporter("contact.phoneCode", "contact.phoneNational"), "5125550123"),
    ],
)
def test_a_phone_is_spelled_as_in_the_list(exporter: Any, spelled: str) -> None:
    one = Recalling(World(ROWS, people=PEOPLE, accounts=ACCOUNTS, exporter=exporter))
    one.note(disputed(one))
    one.tell()
    assert one.rows()[1][0] == spelled
    [recall] = one.recalls.of_file(one.world.run.ref, 1)
    assert line_of(replace(recall, address="a@example.com"), one.world.run.ref, exporter)[0] == (
        "a@example.com"
    )


def test_names_follow_the_template() -> None:
    one = Recalling(
        World(ROWS, people=PEOPLE, accounts=ACCOUNTS, external_id="early"), executes=False
    )
    set_sftp(one.world, name_template="{externalId}-{YYYY}.txt")
    one.world.clock.at -= timedelta(hours=3)
    one.world.execute()
    one.world.clock.at = LATER
    one.note(disputed(one))
    one.tell()
    assert one.files == ["early-2026_recall_01.txt"]
