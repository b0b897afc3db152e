"""The guard at work: read what was lately tried, decide, and reserve what was allowed.

Everything that contacts anybody comes through here: a list when it is written, for a whole day,
and a message at the moment of its send. What is allowed is reserved before it is answered, by
writing the person's record at the version that was read, so two runs never spend one budget
twice: whoever comes second reads again and decides again.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from campaigns.domain.channel import USUAL, Channel
from campaigns.domain.contact_history import ContactHistory, Listing
from campaigns.domain.customer import ContactPoint, Customer
from campaigns.domain.errors import Unavailable
from campaigns.domain.guard import Occasion, Ruling, decide
from campaigns.domain.notices import NoticeClass
from campaigns.ports import ContactLedger

_TRIES = 40


class ContactsBusy(Unavailable):
    code = "contacts_busy"

    def __init__(self, people: int) -> None:
        super().__init__(f"{people} people keep being contacted by others at the same moment")


@dataclass(frozen=True, slots=True)
class Ask:
    """May this person be contacted about this debt, at the first of these that may be used?"""

    person: Customer
    debt: str
    contacts: Sequence[ContactPoint]
    channel: Channel | None = None
    """None: the one that is usual for each of the contacts."""
    most: int | None = None
    """How many of the contacts are wanted; None: all of them."""
    due: date | None = None
    """The day that a legal notice has to come before."""
    row: int = 0
    """Of the run's input; 0 where it does not matter which."""

    def channel_of(self, contact: ContactPoint) -> Channel:
        return self.channel or USUAL[contact.type]


def rule_on(
    asks: Sequence[Ask],
    occasion: Occasion,
    *,
    ledger: ContactLedger,
    company_id: str,
    campaign_id: str,
    reserves: bool = True,
    lists: bool = False,
) -> list[list[Ruling]]:
    """The rulings on each, in order; of contacts that are not needed any more there is none.

    There is none at all where another row of the same run has reserved the same contact: a row
    that says again, in other words, what that one says.

    With `lists`, it is kept besides which addresses a list names, so that they can be recalled.
    Raises ContactsBusy.
    """
    rulings: list[list[Ruling]] = [[] for _ in asks]
    by_person: dict[str, list[int]] = {}
    for place, ask in enumerate(asks):
        if _has_a_past(ask, occasion):
            by_person.setdefault(ask.person.id, []).append(place)
        else:
            rulings[place] = _ruled(ask, occasion, None)
    left: Iterable[str] = list(by_person)
    for _ in range(_TRIES):
        if not left:
            return rulings
        histories = ledger.histories(company_id, left)
        changed: list[ContactHistory] = []
        for id in left:
            was = now = histories.get(id)
            for place in by_person[id]:
                ask = asks[place]
                if now is not None and _is_said_again(ask, occasion, now):
                    rulings[place] = []
                    continue
                found = rulings[place] = _ruled(ask, occasion, now)
                if reserves:
                    now = _reserved(
                        now, found, occasion, company_id, campaign_id, row=ask.row, lists=lists
                    )
            if now is not None and now != was:
                changed.append(now)
        left = sorted(ledger.write(changed)) if changed else ()
    raise ContactsBusy(len(list(left)))


def _has_a_past(ask: Ask, occasion: Occasion) -> bool:
    """Whether it matters what was lately tried: nobody may be contacted with a flag, anyway."""
    if not ask.contacts or (ask.person.flags and occasion.purpose is not NoticeClass.LEGAL):
        return False
    return any(
        occasion.purpose_by(ask.channel_of(one)) is not NoticeClass.LEGAL for one in ask.contacts
    )


def _is_said_again(ask: Ask, occasion: Occasion, history: ContactHistory) -> bool:
    return bool(ask.row and history.reservations) and any(
        history.is_of_another_row(occasion.run_id, channel, ask.debt, ask.row, at=occasion.at)
        for channel in {ask.channel_of(one) for one in ask.contacts}
    )


def _ruled(ask: Ask, occasion: Occasion, history: ContactHistory | None) -> list[Ruling]:
    found: list[Ruling] = []
    allowed = 0
    for contact in ask.contacts:
        ruling = decide(
            ask.person,
            contact,
            ask.channel_of(contact),
            ask.debt,
            occasion,
            history,
            due=ask.due,
        )
        found.append(ruling)
        allowed += ruling.allows
        if ask.most is None:
            continue
        if allowed >= ask.most:
            break
        # What goes for the person goes for all their other addresses, too.
        if len(found) >= ask.most and not ruling.decision.is_about_the_address:
            break
    return found


def _reserved(
    history: ContactHistory | None,
    rulings: Sequence[Ruling],
    occasion: Occasion,
    company_id: str,
    campaign_id: str,
    *,
    row: int,
    lists: bool,
) -> ContactHistory | None:
    new = [
        ruling
        for ruling in rulings
        if ruling.allows and occasion.purpose_by(ruling.channel) is not NoticeClass.LEGAL
    ]
    if not new:
        return history
    one_each = {(one.channel, one.debt): one.reservation(occasion, campaign_id, row) for one in new}
    was = history or ContactHistory(company_id=company_id, person_id=rulings[0].person.id)
    now = was.reserving(*one_each.values(), at=occasion.at)
    if not lists:
        return now
    addresses: dict[tuple[Channel, str], list[str]] = {}
    for ruling in new:
        addresses.setdefault((ruling.channel, ruling.debt), []).append(ruling.contact.value)
    listings = [
        Listing(
            run_id=one.run_id,
            campaign_id=campaign_id,
            channel=one.channel,
            debt=one.debt,
            addresses=tuple(dict.fromkeys(addresses[key])),
            until=one.until,
        )
        for key, one in one_each.items()
    ]
    return now.listed(*listings, at=occasion.at)


def release(
    company_id: str, person_ids: Sequence[str], run_id: str, *, ledger: ContactLedger
) -> int:
    """Give back what a run has reserved of these people; answers of how many. Raises ContactsBusy.

    Again releases nothing twice.
    """
    return change_histories(
        company_id, person_ids, lambda one: one.releasing(run_id), ledger=ledger
    )


def change_histories(
    company_id: str,
    person_ids: Iterable[str],
    change: Callable[[ContactHistory], ContactHistory],
    *,
    ledger: ContactLedger,
) -> int:
    """Of those who have one, what `change` makes of it; answers how many it changed.

    Raises ContactsBusy.
    """
    changed = 0
    left = list(person_ids)
    for _ in range(_TRIES):
        known = ledger.histories(company_id, left).values()
        made = [(one, change(one)) for one in known]
        fresh = [now for was, now in made if now != was]
        if not fresh:
            return changed
        left = sorted(ledger.write(fresh))
        changed += len(fresh) - len(left)
        if not left:
            return changed
    raise ContactsBusy(len(left))
