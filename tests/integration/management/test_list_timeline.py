"""GET /v1/customers/{customerId}/timeline."""

from datetime import timedelta
from typing import Any

from campaigns import wiring
from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import ContactHistory, Reservation
from campaigns.domain.public_id import BORROWER, show
from tests.builders import an_entry
from tests.integration.lender import Lender, new_id

LIST = "management/list_timeline"


def listed(lender: Lender, customer: str = "100001", **query: Any) -> Any:
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
