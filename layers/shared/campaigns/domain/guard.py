"""The contact guard: may we contact this person at this address, about this debt, then?

One pure function decides, and what it answers, a ruling, nobody else can make: a line of a
contact file and a message are made from rulings, so there is no way around it. The rules are
data (guard_rules.py). A fact that is needed and not known holds the contact, and is named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import ContactHistory, Reservation
from campaigns.domain.customer import INVALID, OPTED_OUT, ContactPoint, ContactType, Customer, Flag
from campaigns.domain.guard_rules import Cap, Parameters, Rules
from campaigns.domain.identity import moment
from campaigns.domain.local_time import (
    CallableHours,
    callable_hours,
    clues_to_place,
    end_of_day,
    is_callable_at,
    known_zones,
    local_days,
    next_callable,
    possible_states,
)
from campaigns.domain.notices import NoticeClass

_FURTHEST = 70
"""Days that a limit is followed into the future: twice what any of them looks at."""


class Verdict(StrEnum):
    ALLOW = "allow"
    DEFER = "defer"
    SUPPRESS = "suppress"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Decision:
    verdict: Verdict
    rule_id: str
    rule_version: str
    facts: Mapping[str, str] = field(default_factory=dict)
    until: datetime | None = None
    """Of one that is deferred: when it may be asked again. Of one that is allowed for a list:
    until when it holds."""
    hours: CallableHours | None = None
    """When the person may be contacted on that day; None where nobody can tell."""
    attempts_left: int | None = None
    """How many calls the limits leave within their days, this one included; None: no limit."""

    @property
    def reason(self) -> str:
        """What a row is counted under that came to nothing by it."""
        if self.verdict is Verdict.HOLD:
            return f"unknown_{_snake(self.facts['unknown'])}"
        return self.rule_id

    @property
    def is_about_the_address(self) -> bool:
        """Whether it may be another one for another address of the same person."""
        return self.rule_id in _OF_ADDRESSES


_OF_ADDRESSES = frozenset({"invalid_address", "opted_out", "consent"})
_OF_FLAGS: dict[Flag, str] = {
    Flag.DO_NOT_CONTACT: "do_not_contact",
    Flag.CEASE: "cease",
    Flag.ATTORNEY: "attorney",
    Flag.BANKRUPTCY: "bankruptcy",
    Flag.DECEASED: "deceased",
    Flag.DISPUTE: "dispute",
}
"""In the order in which they are asked."""
_WRITTEN = frozenset({Channel.MAIL, Channel.EMAIL})
# Python looks a member of an enumeration up anew each time, which is long for every contact.
_ALLOW, _LEGAL, _PHONE = Verdict.ALLOW, NoticeClass.LEGAL, ContactType.PHONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What is about to happen, as far as it is the same for everybody: a list, or a send."""

    rules: Rules
    at: datetime
    """As of when it is decided; of a send, the very instant."""
    day: date | None = None
    """The day that a list is for; None for a send."""
    sent_on: date | None = None
    """The company's day of a send, by which the days before a legal notice are counted."""
    ends: datetime
    """Until when it is over, where no hours of the person end it before."""
    subject: str = ""
    purpose: NoticeClass = NoticeClass.COLLECTIONS
    run_id: str | None = None
    _places: dict[tuple[str, ...], "_Place"] = field(
        default_factory=dict, compare=False, repr=False
    )

    def purpose_by(self, channel: Channel) -> NoticeClass:
        """A legal notice is one in writing; a call about it is a call."""
        if self.purpose is _LEGAL and channel not in _WRITTEN:
            return NoticeClass.COLLECTIONS
        return self.purpose


def list_for(
    day: date,
    zone: str,
    *,
    rules: Rules,
    at: datetime,
    subject: str = "",
    purpose: NoticeClass = NoticeClass.COLLECTIONS,
    run_id: str | None = None,
) -> Occasion:
    """A list for a day of the company's zone, from which others contact people all that day."""
    return Occasion(
        rules=rules,
        at=at,
        day=day,
        ends=end_of_day(day, zone),
        subject=subject,
        purpose=purpose,
        run_id=run_id,
    )


_SEND_STANDS = timedelta(hours=1)


def send_at(
    at: datetime,
    *,
    rules: Rules,
    today: date | None = None,
    subject: str = "",
    purpose: NoticeClass = NoticeClass.COLLECTIONS,
    run_id: str | None = None,
) -> Occasion:
    """A message that leaves at this instant; what it reserves stands until it has left.

    `today` is the company's day.
    """
    return Occasion(
        rules=rules,
        at=at,
        sent_on=today,
        ends=at + _SEND_STANDS,
        subject=subject,
        purpose=purpose,
        run_id=run_id,
    )


_SEAL = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the guard said of one contact. Nobody else can say it."""

    person: Customer
    contact: ContactPoint
    channel: Channel
    debt: str
    decision: Decision
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise NotTheGuard

    @property
    def allows(self) -> bool:
        return self.decision.verdict is _ALLOW

    def reservation(self, occasion: Occasion, campaign_id: str, row: int = 0) -> Reservation:
        """What an allowed contact takes of the person's limits until it has been made."""
        decision = self.decision
        if occasion.run_id is None or decision.until is None or not self.allows:
            raise NothingToReserve
        hours = decision.hours if occasion.day is not None else None
        return Reservation(
            run_id=occasion.run_id,
            channel=self.channel,
            debt=self.debt,
            campaign_id=campaign_id,
            start=occasion.at if hours is None else hours.start,
            until=decision.until,
            row=row,
        )


class NotTheGuard(TypeError):
    def __init__(self) -> None:
        super().__init__("a ruling is made by the guard's decide, and by nobody else")


class NothingToReserve(ValueError):
    def __init__(self) -> None:
        super().__init__("only what was allowed to a run takes anything of a person's limits")


def decide(
    person: Customer,
    contact: ContactPoint,
    channel: Channel,
    debt: str,
    occasion: Occasion,
    history: ContactHistory | None,
    *,
    due: date | None = None,
) -> Ruling:
    """The first rule that applies decides.

    `debt` is the id of an account, "" where none is named. `history` is None for a person who
    has none. What the occasion's own run has reserved for this very contact does not count, so
    that a decision made again is the same; what it has reserved for others does. `due` is the day
    that a legal notice has to come before.
    """
    decision = _decision(person, contact, channel, debt, occasion, history, due)
    return Ruling(
        person=person,
        contact=contact,
        channel=channel,
        debt=debt,
        decision=decision,
        seal=_SEAL,
    )


def forbids(
    person: Customer, contact: ContactPoint, channel: Channel, occasion: Occasion
) -> str | None:
    """The rule that suppresses the contact for good; None says nothing of whether it is allowed."""
    purpose = occasion.purpose_by(channel)
    found = _forbidden(person, contact, channel, occasion, purpose)
    return found.rule_id if found is not None and found.verdict is Verdict.SUPPRESS else None


def zones_of(person: Customer) -> tuple[str, ...]:
    """Wherever they may be: as stored, by address, by the area codes of all their phones."""
    return known_zones(person.time_zone, person.state, _phones(person), person.postal_code)


def _phones(person: Customer) -> list[str]:
    return [one.value for one in person.contacts if one.type is _PHONE and one.status != INVALID]


_CapInForce = tuple[str, tuple[str, ...], Cap]
"""The rule, the states that it may be for where that is not known for certain, and the cap."""


class _Place:
    """Where people may be, and what follows from it on one occasion, found out once for all."""

    def __init__(self, person: Customer, occasion: Occasion) -> None:
        self.zones = zones_of(person)
        self.hours = _hours(self.zones, occasion)
        self.closed = _by_hours(self.zones, self.hours, occasion)
        """What a contact is told whose hours are asked."""
        at, day = occasion.at, occasion.day
        days = local_days(self.zones, at)
        self.days = days if day is None else (day.toordinal(),) * len(days)
        """Of a contact, in each of the zones."""
        self._states = (person.time_zone, person.state, person.postal_code)
        self._occasion = occasion
        self._caps: dict[Channel, list[_CapInForce]] = {}
        self._allowed: dict[tuple[bool, int | None], Decision] = {}

    def caps(self, channel: Channel) -> list[_CapInForce]:
        found = self._caps.get(channel)
        if found is None:
            asks = self._occasion.rules.asks
            found = self._caps[channel] = _caps(
                asks, channel, possible_states(*self._states, self.zones)
            )
        return found

    def allowed(self, *, asked: bool, left: int | None) -> Decision:
        found = self._allowed.get((asked, left))
        if found is None:
            made = _allowed(self._occasion, self.hours, asked=asked, left=left)
            found = self._allowed[asked, left] = made
        return found


def _place(person: Customer, occasion: Occasion) -> _Place:
    clues = clues_to_place(person.time_zone, person.state, _phones(person), person.postal_code)
    found = occasion._places.get(clues)
    if found is None:
        found = occasion._places[clues] = _Place(person, occasion)
    return found


def _decision(
    person: Customer,
    contact: ContactPoint,
    channel: Channel,
    debt: str,
    occasion: Occasion,
    history: ContactHistory | None,
    due: date | None,
) -> Decision:
    purpose = occasion.purpose_by(channel)
    legal = purpose is _LEGAL
    forbidden = _forbidden(person, contact, channel, occasion, purpose)
    if forbidden:
        return forbidden
    if legal and (late := _by_timing(person, occasion, due)) is not None:
        return late
    place = _place(person, occasion)
    asked = purpose in occasion.rules.of.hours_for
    if asked and place.closed is not None:
        return place.closed
    if legal:
        return place.allowed(asked=False, left=None)
    return _by_limits(place, channel, debt, occasion, history, asked=asked)


def _forbidden(
    person: Customer,
    contact: ContactPoint,
    channel: Channel,
    occasion: Occasion,
    purpose: NoticeClass,
) -> Decision | None:
    """What stands in the way whatever the time, and whatever was tried before."""
    legal = purpose is _LEGAL
    return (
        (_by_flags(person.flags, occasion, legal) if person.flags else None)
        or (_by_way(channel, occasion) if channel in person.refused else None)
        or _by_address(contact, channel, occasion, legal)
        or (_by_marketing(occasion, purpose) if person.marketing_opt_out else None)
    )


def _by_flags(flags: Iterable[Flag], occasion: Occasion, legal: bool) -> Decision | None:
    blocking = occasion.rules.legal_notice(occasion.subject).blocked_by if legal else _OF_FLAGS
    for flag, rule in _OF_FLAGS.items():
        if flag in flags and flag in blocking:
            return _said(occasion, Verdict.SUPPRESS, rule, {flag.value: "true"})
    return None


def _by_way(channel: Channel, occasion: Occasion) -> Decision:
    return _said(occasion, Verdict.SUPPRESS, "opted_out", {"refused": channel.value})


def _by_address(
    contact: ContactPoint, channel: Channel, occasion: Occasion, legal: bool
) -> Decision | None:
    status = contact.status
    if status in (INVALID, OPTED_OUT):
        rule = "invalid_address" if status == INVALID else "opted_out"
        return _said(occasion, Verdict.SUPPRESS, rule, {"status": status})
    consent = contact.consent(channel)
    if consent is not None and not consent.given:
        facts = {"consent": "withdrawn" if consent.was_given_at else "no", "for": channel.value}
        return _said(occasion, Verdict.SUPPRESS, "opted_out", _dated(facts, consent.at))
    if consent is None and channel in occasion.rules.asks.consent_channels and not legal:
        facts = {"unknown": "consent", "for": channel.value}
        return _said(occasion, Verdict.HOLD, "consent", facts)
    return None


def _by_marketing(occasion: Occasion, purpose: NoticeClass) -> Decision | None:
    if purpose is not NoticeClass.MARKETING:
        return None
    return _said(occasion, Verdict.SUPPRESS, "marketing_opt_out", {"marketingOptOut": "true"})


def _by_timing(person: Customer, occasion: Occasion, due: date | None) -> Decision | None:
    """A legal notice that would come too late is none; whether it does, has to be known."""
    rule = "legal_notice_timing"
    notice = occasion.rules.legal_notice(occasion.subject)
    if notice.due is None:
        return None
    if due is None:
        return _said(occasion, Verdict.HOLD, rule, {"unknown": notice.due})
    days = notice.days_before
    if notice.days_by_state is not None:
        named = possible_states(person.time_zone, person.state, person.postal_code, ())
        known = [notice.days_by_state.get(state) for state in named]
        if not known or None in known or len(known) > 3:
            return _said(occasion, Verdict.HOLD, rule, {"unknown": "daysOfState"})
        days = max(one for one in known if one is not None)
    day = occasion.day or occasion.sent_on or occasion.at.date()
    if day + timedelta(days=days) <= due:
        return None
    facts = {notice.due: due.isoformat(), "daysBefore": str(days)}
    return _said(occasion, Verdict.SUPPRESS, rule, facts)


def _hours(zones: tuple[str, ...], occasion: Occasion) -> CallableHours | None:
    asks = occasion.rules.asks
    if occasion.day is not None:
        return callable_hours(zones, occasion.day, asks.first_hour, asks.last_hour)
    days = local_days(zones[:1], occasion.at)
    if not days:
        return None
    return callable_hours(zones, date.fromordinal(days[0]), asks.first_hour, asks.last_hour)


def _by_hours(
    zones: tuple[str, ...], hours: CallableHours | None, occasion: Occasion
) -> Decision | None:
    """Not outside the hours of any place where the person may be."""
    asks, at, day = occasion.rules.asks, occasion.at, occasion.day
    if day is None:
        if zones and is_callable_at(zones, at, asks.first_hour, asks.last_hour):
            return None
        following = next_callable(zones, at, asks.first_hour, asks.last_hour)
    else:
        if hours is not None and hours.end > at:
            return None
        following = None
        if hours is not None:
            after = callable_hours(zones, day + timedelta(days=1), asks.first_hour, asks.last_hour)
            following = None if after is None else after.start
    facts = {"timeZones": " ".join(zones)} if zones else {}
    if following is None:
        # Nothing is known, or of places so far apart that only one of them can be true.
        return _said(occasion, Verdict.HOLD, "hours", {"unknown": "timeZone", **facts})
    facts |= {"from": f"{asks.first_hour:%H:%M}", "until": f"{asks.last_hour:%H:%M}"}
    return _said(occasion, Verdict.DEFER, "hours", facts, until=following, hours=hours)


def _by_limits(
    place: _Place,
    channel: Channel,
    debt: str,
    occasion: Occasion,
    history: ContactHistory | None,
    *,
    asked: bool,
) -> Decision:
    asks = occasion.rules.asks
    caps = place.caps(channel)
    if history is None or not (history.attempts or history.reservations):
        forbidden = _used_up_from_the_start(caps, occasion)
        return forbidden or place.allowed(asked=asked, left=_least_left(caps, channel))
    past = _Past(history, channel, debt, occasion, place)
    if not place.days and past.counts:
        rule = "call_frequency" if channel.is_call else "contacted_today"
        return _said(occasion, Verdict.HOLD, rule, {"unknown": "timeZone"})
    if channel.is_call and asks.pause_days and (paused := past.paused(asks.pause_days)):
        return paused
    for rule, states, cap in caps:
        if (stopped := past.stopped(rule, states, cap)) is not None:
            return stopped
    if (today := past.today(channel, asks.exports_a_day)) is not None:
        return today
    left = None
    if channel.is_call and caps:
        left = min([max((cap.most or 0) - past.used(cap), 0) for _, _, cap in caps])
    return place.allowed(asked=asked, left=left)


def _caps(asks: Parameters, channel: Channel, states: frozenset[str]) -> list[_CapInForce]:
    found: list[_CapInForce] = []
    if asks.calls.most is not None and channel in asks.calls.channels:
        found.append(("call_frequency", (), asks.calls))
    for state, cap in asks.state_caps.items():
        if state in states and cap.most is not None and channel in cap.channels:
            found.append(("state_cap", tuple(sorted(states)), cap))
    return found


def _used_up_from_the_start(caps: Iterable[_CapInForce], occasion: Occasion) -> Decision | None:
    for rule, _, cap in caps:
        if cap.most == 0:
            return _said(occasion, Verdict.SUPPRESS, rule, {"most": "0"})
    return None


def _least_left(caps: Iterable[_CapInForce], channel: Channel) -> int | None:
    if not channel.is_call:
        return None
    return min((cap.most for _, _, cap in caps if cap.most is not None), default=None)


class _Past:
    """What of a person's history counts for one debt, by the dates of where they may be.

    Dates are their ordinals, zone by zone.
    """

    def __init__(
        self,
        history: ContactHistory,
        channel: Channel,
        debt: str,
        occasion: Occasion,
        place: _Place,
    ) -> None:
        self._occasion = occasion
        self._zones = zones = place.zones
        self._attempts = [(one, local_days(zones, one.at)) for one in history.attempts_about(debt)]
        self._reserved = [
            (one, local_days(zones, one.start))
            for one in history.reservations_about(debt, occasion.at)
            if not one.is_by(occasion.run_id, channel, debt)
        ]
        self.counts = bool(self._attempts or self._reserved)
        self.days = place.days
        self._seen: dict[int, int] = {}
        """Of a cap, by its identity: hashing one takes longer than counting."""

    def paused(self, days: int) -> Decision | None:
        talks = [
            dates
            for one, dates in self._attempts
            if one.outcome.was_conversation and one.channel.is_call
        ]
        if not talks:
            return None
        last = tuple(map(max, zip(*talks, strict=True)))
        wait = max(talk + days - day for talk, day in zip(last, self.days, strict=True))
        if wait <= 0:
            return None
        facts = {"conversationOn": date.fromordinal(max(last)).isoformat()}
        return self._deferred("conversation_pause", facts, wait)

    def stopped(self, rule: str, states: tuple[str, ...], cap: Cap) -> Decision | None:
        if not cap.most:
            return _used_up_from_the_start([(rule, states, cap)], self._occasion)
        used = self.used(cap)
        if used < cap.most:
            return None
        facts = {"used": str(used), "most": str(cap.most), "days": str(cap.days)}
        if len(states) > 1:
            # Whether there is a limit depends on the state, and that is not known for certain.
            return _said(self._occasion, Verdict.HOLD, rule, {"unknown": "state", **facts})
        if states:
            facts["state"] = states[0]
        wait = next(k for k in range(1, _FURTHEST) if self._within(cap, k) < cap.most)
        return self._deferred(rule, facts, wait)

    def used(self, cap: Cap) -> int:
        """The most of what counts within any so many days that the contact's own is one of."""
        found = self._seen.get(id(cap))
        if found is None:
            found = self._seen[id(cap)] = self._within(cap, 0)
        return found

    def today(self, channel: Channel, most: int) -> Decision | None:
        """Other runs that contact the person in the same way on the same day."""
        run = self._occasion.run_id
        runs = {
            one.run_id
            for one, dates in self._reserved
            if one.run_id != run and one.channel is channel and self._is_today(dates)
        }
        runs |= {
            one.run_id
            for one, dates in self._attempts
            if one.run_id is not None
            and one.run_id != run
            and one.channel is channel
            and self._is_today(dates)
        }
        if len(runs) < most:
            return None
        return self._deferred("contacted_today", {"runs": str(len(runs))}, 1)

    def _is_today(self, dates: tuple[int, ...]) -> bool:
        return any(one == day for one, day in zip(dates, self.days, strict=True))

    def _within(self, cap: Cap, later: int) -> int:
        """As `used`, for a contact so many days later."""
        counting = [dates for one, dates in self._attempts if one.channel in cap.channels]
        counting += [dates for one, dates in self._reserved if one.channel in cap.channels]
        most = 0
        for place, day in enumerate(self.days):
            gaps = [dates[place] - day - later for dates in counting]
            # Where nothing lies ahead, the fullest days are those that end with the contact's own.
            ahead = bool(gaps) and max(gaps) > 0
            for first in range(1 - cap.days, 1) if ahead else (1 - cap.days,):
                end = first + cap.days
                most = max(most, len([1 for gap in gaps if first <= gap < end]))
        return most

    def _deferred(self, rule: str, facts: Mapping[str, str], wait: int) -> Decision:
        asks = self._occasion.rules.asks
        day = date.fromordinal(self.days[0] + wait)
        hours = callable_hours(self._zones, day, asks.first_hour, asks.last_hour)
        zone = self._zones[0]
        until = end_of_day(day - timedelta(days=1), zone) if hours is None else hours.start
        return _said(self._occasion, Verdict.DEFER, rule, facts, until=until)


def _allowed(
    occasion: Occasion, hours: CallableHours | None, *, asked: bool, left: int | None
) -> Decision:
    """A list holds for the person's hours of the day where those are asked, else for the day."""
    facts: dict[str, str] = {}
    until = occasion.ends
    if hours is not None and asked:
        facts["timeZone"] = hours.zone
        if occasion.day is not None:
            facts |= {"from": moment(hours.start), "until": moment(hours.end)}
            until = hours.end
    elif hours is not None and occasion.day is not None:
        until = max(until, hours.end)
    if left is not None:
        facts["attemptsLeft"] = str(left)
    return _said(
        occasion, Verdict.ALLOW, "none", facts, until=until, hours=hours, attempts_left=left
    )


def _said(
    occasion: Occasion,
    verdict: Verdict,
    rule: str,
    facts: Mapping[str, str],
    *,
    until: datetime | None = None,
    hours: CallableHours | None = None,
    attempts_left: int | None = None,
) -> Decision:
    told = {**facts, "until": moment(until)} if verdict is Verdict.DEFER and until else facts
    return Decision(verdict, rule, occasion.rules.version, told, until, hours, attempts_left)


def _dated(facts: dict[str, str], at: datetime | None) -> dict[str, str]:
    return facts if at is None else {**facts, "at": moment(at)}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
