"""An address that messages went to is not used any more: it reaches nobody, or its owner says stop.

The person comes first and the entry last, whose id follows from the message, so to do it again is
always safe.
"""

from uuid import UUID, uuid5

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.channel import Channel
from campaigns.domain.customer import INVALID, Customer
from campaigns.domain.message import Message
from campaigns.domain.opt_out import OptOut, OptOutScope
from campaigns.domain.results import barring, details_of, opting_out
from campaigns.domain.timeline import EntryKind, TimelineEntry
from campaigns.ports import Clock, People, Timeline

_EVENTS = UUID("e0a53f3c-07b0-5b51-9b0b-58a1f1d3a8c7")
_TRIES = 10


def bar_address(
    message: Message, reason: str, *, people: People, timeline: Timeline, now: Clock
) -> None:
    """Where the message went reaches nobody, now and later. Raises ChangedMeanwhile."""
    _shun_of(message, None, EntryKind.WRONG_NUMBER, reason, people, timeline, now)


def opt_out_address(
    message: Message, reason: str, *, people: People, timeline: Timeline, now: Clock
) -> None:
    """Where the message went, its person wants nothing more. Raises ChangedMeanwhile."""
    wish = OptOut(OptOutScope.ADDRESS)
    _shun_of(message, wish, EntryKind.OPT_OUT, reason, people, timeline, now)


def _shun_of(
    message: Message,
    wish: OptOut | None,
    kind: EntryKind,
    reason: str,
    people: People,
    timeline: Timeline,
    now: Clock,
) -> None:
    company, person = message.company_id, message.person_id
    shun(company, person, message.channel, message.address, wish, people=people)
    timeline.add(
        [
            TimelineEntry(
                id=str(uuid5(_EVENTS, f"{message.id}:{kind}")),
                company_id=company,
                person_id=person,
                kind=kind,
                at=now(),
                channel=message.channel,
                address=message.address,
                account_id=message.debt or None,
                campaign_id=message.campaign_id,
                run_id=message.run_id,
                outcome=reason,
                details={} if wish is None else details_of(wish),
            )
        ]
    )


def shun(
    company_id: str,
    person_id: str,
    channel: Channel,
    address: str,
    wish: OptOut | None,
    *,
    people: People,
) -> None:
    """What the person does not want is not used any more; with no wish, what reaches nobody.

    Raises ChangedMeanwhile.
    """

    def without(person: Customer) -> Customer:
        if wish is None:
            return barring(person, channel.reaches, address, INVALID)
        return opting_out(person, wish, channel, address)

    for _ in range(_TRIES):
        was = people.customers(company_id, [person_id]).get(person_id)
        if was is None:
            return
        made = without(was)
        if made == was or not people.put_customers([made]):
            return
    raise ChangedMeanwhile(f"customer {person_id}")
