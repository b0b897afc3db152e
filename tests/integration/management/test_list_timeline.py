"""GET /v1/customers/{customerId}/timeline."""

import json
from datetime import timedelta
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import ContactHistory, Reservation
from campaigns.domain.exporter import Compliance
from campaigns.domain.public_id import BORROWER, show
from campaigns.domain.schedule import local_date_of
from campaigns.usecases import list_timeline
from tests.builders import an_entry
from tests.integration.lender import Lender, new_id
from tests.integration.rehearsal import rehearsed

pytestmark = pytest.mark.usefixtures("by_day")
LIST = "management/list_timeline"


def listed(lender: Lender, customer: str = "100001", /, **query: Any) -> Any:
    return lender.call(LIST, ids={"customerId": customer}, query=query).body


def test_who_was_never_contacted_has_an_empty_one(lender: Lender) -> None:
    lender.customer()
    answer = lender.call(LIST)
    assert answer.status == 200
    assert answer.body == {"reservations": [], "items": [], "nextToken": None}


def test_it_goes_from_page_to_page_newest_first(lender: Lender) -> None:
    person, now = lender.customer(), wiring.now()
    entries = [
        an_entry(person.id, id=new_id(), company_id=lender.id, at=now - timedelta(hours=number))
        for number in range(5)
    ]
    wiring.timeline().add(entries)
    seen: list[str] = []
    token: dict[str, Any] = {}
    for _ in range(3):
        page = listed(lender, limit=2, **token)
        seen += [one["id"] for one in page["items"]]
        token = {"nextToken": page["nextToken"]}
    assert token == {"nextToken": None}
    assert seen == [one.id for one in entries]


def test_a_customer_is_found_by_any_id(lender: Lender) -> None:
    person = lender.customer()
    wiring.timeline().add([an_entry(person.id, id=new_id(), company_id=lender.id)])
    for name in (person.external_id, person.id, show(BORROWER, person.id)):
        assert len(listed(lender, name)["items"]) == 1


def test_only_reservations_that_still_stand_are_shown(lender: Lender) -> None:
    person, now = lender.customer(), wiring.now()
    hour = timedelta(hours=1)
    over, open_ = (
        Reservation(run_id=new_id(), channel=Channel.CALL, start=now - hour, until=until)
        for until in (now - timedelta(seconds=1), now + hour)
    )
    history = ContactHistory(company_id=lender.id, person_id=person.id, reservations=(over, open_))
    assert not wiring.contact_ledger().write([history])
    [shown] = listed(lender)["reservations"]
    assert (shown["runId"], shown["accountId"]) == (open_.run_id, None)


def test_a_customer_that_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    theirs = stranger.customer()
    for name in ("100001", theirs.id, new_id(), "nobody"):
        assert lender.call(LIST, ids={"customerId": name}).status == 404


def test_what_runs_decided_stands_among_what_was_told(lender: Lender) -> None:
    person = lender.customer()
    runs = [rehearsed(lender, "100001") for _ in range(2)]
    between = runs[1].created_at - (runs[1].created_at - runs[0].created_at) / 2
    told = an_entry(person.id, id=new_id(), company_id=lender.id, at=between)
    wiring.timeline().add([told])
    seen: list[Any] = []
    token: dict[str, Any] = {}
    while token != {"nextToken": None}:
        page = listed(lender, limit=1, **token)
        seen += page["items"]
        token = {"nextToken": page["nextToken"]}
    assert [(one["kind"], one["runId"]) for one in seen] == [
        ("decision", runs[1].id),
        ("attempt", told.run_id),
        ("decision", runs[0].id),
    ]
    again, _, first = seen
    assert (again["outcome"], again["details"]["ruleId"]) == ("defer", "contacted_today")
    assert (first["outcome"], first["details"]["ruleId"]) == ("allow", "none")
    facts = json.loads(first["details"]["facts"])
    assert (first["channel"], facts["channel"]) == ("call", "call")
    at = (first["details"]["file"], first["details"]["line"])
    assert at == ("contacts_output.csv", "1")


def test_a_period_bounds_decisions_and_what_was_told(lender: Lender) -> None:
    person = lender.customer()
    run = rehearsed(lender, "100001")
    today = local_date_of(run.created_at, lender.company.zone)
    week = timedelta(days=7)
    old = an_entry(person.id, id=new_id(), company_id=lender.id, at=wiring.now() - week)
    wiring.timeline().add([old])
    since: Any = {"from": today}
    assert [one["kind"] for one in listed(lender)["items"]] == ["decision", "attempt"]
    assert [one["kind"] for one in listed(lender, **since)["items"]] == ["decision"]
    until: Any = {"to": today - timedelta(days=1)}
    assert [one["id"] for one in listed(lender, **until)["items"]] == [old.id]
    before: Any = {"from": today - 3 * week, "to": today - 2 * week}
    assert listed(lender, **before)["items"] == []
    reversed_ = {"from": today, "to": today - week}
    answer = lender.call(LIST, ids={"customerId": "100001"}, query=reversed_)
    assert answer.fields == ["from"]


def test_a_page_looks_into_so_many_runs_and_goes_on_behind_them(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_timeline, "_RUNS", 1)
    monkeypatch.setattr(list_timeline, "_AT_ONCE", 1)
    person = lender.customer()
    asked_for = [("100001",), ("nobody",), ("100001",)]
    oldest, _, newest = (rehearsed(lender, *names) for names in asked_for)
    told = an_entry(
        person.id, id=new_id(), company_id=lender.id, at=oldest.created_at - timedelta(hours=1)
    )
    wiring.timeline().add([told])
    pages = [listed(lender)]
    while pages[-1]["nextToken"] is not None:
        pages.append(listed(lender, nextToken=pages[-1]["nextToken"]))
    found = [[one["runId"] for one in page["items"]] for page in pages]
    assert found == [[newest.id], [], [oldest.id, told.run_id]]


def test_a_decision_about_a_text_is_shown_as_one(lender: Lender) -> None:
    lender.customer()
    about = Compliance(channel=Channel.TEXT, subject="loanOverdueFirstNotice")
    rehearsed(lender, "100001", compliance=about)
    [shown] = listed(lender)["items"]
    assert (shown["kind"], shown["channel"]) == ("decision", "text")
