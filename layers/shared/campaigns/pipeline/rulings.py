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
            rulings[place], _ = _ruled(ask, occasion, None, None)
    reserving = _Reserving(occasion, company_id, campaign_id, lists) if reserves else None
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
                else:
                    rulings[place], now = _ruled(ask, occasion, now, reserving)
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


def _ruled(
    ask: Ask, occasion: Occasion, history: ContactHistory | None, reserving: "_Reserving | None"
) -> tuple[list[Ruling], ContactHistory | None]:
    """And the history with what was allowed, if that is reserved."""
    found: list[Ruling] = []
    allowed: list[Ruling] = []
    for contact in ask.contacts:
        channel = ask.channel_of(contact)
        ruling = decide(ask.person, contact, channel, ask.debt, occasion, history, due=ask.due)
        found.append(ruling)
        if ruling.allows:
            if reserving is not None and all(one.channel is not channel for one in allowed):
                history = reserving.reserved(history, ruling, ask.row)
            allowed.append(ruling)
        if ask.most is None:
            continue
        if len(allowed) >= ask.most:
            break
        # What goes for the person goes for all their other addresses, too.
        if len(found) >= ask.most and not ruling.decision.is_about_the_address:
            break
    if reserving is None or not reserving.lists:
        return found, history
    return found, reserving.listed(history, allowed)


@dataclass(frozen=True, slots=True)
class _Reserving:
    """How what was allowed is kept of a person: of each row one contact in each way."""

    occasion: Occasion
    company_id: str
    campaign_id: str
    lists: bool

    def reserved(
        self, was: ContactHistory | None, ruling: Ruling, row: int
    ) -> ContactHistory | None:
        if self._is_legal(ruling):
            return was
        history = was or ContactHistory(company_id=self.company_id, person_id=ruling.person.id)
        new = ruling.reservation(self.occasion, self.campaign_id, row)
        return history.reserving(new, at=self.occasion.at)

    def listed(
        self, history: ContactHistory | None, allowed: Sequence[Ruling]
    ) -> ContactHistory | None:
        """With the addresses that the list names, which is of none without a reservation."""
        by_channel: dict[Channel, list[Ruling]] = {}
        for ruling in allowed:
            if not self._is_legal(ruling):
                by_channel.setdefault(ruling.channel, []).append(ruling)
        if history is None or not by_channel:
            return history
        listings = [self._listing(rulings) for rulings in by_channel.values()]
        return history.listed(*listings, at=self.occasion.at)

    def _listing(self, rulings: Sequence[Ruling]) -> Listing:
        reserved = rulings[0].reservation(self.occasion, self.campaign_id)
        return Listing(
            run_id=reserved.run_id,
            campaign_id=self.campaign_id,
            channel=reserved.channel,
            debt=reserved.debt,
            addresses=tuple(dict.fromkeys(one.contact.value for one in rulings)),
            until=reserved.until,
        )

    def _is_legal(self, ruling: Ruling) -> bool:
        return self.occasion.purpose_by(ruling.channel) is NoticeClass.LEGAL


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
