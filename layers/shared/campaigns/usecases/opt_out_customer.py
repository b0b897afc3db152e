"""A customer asks to be left alone, in whatever words: by one address, one way, or altogether."""

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.channel import Channel
from campaigns.domain.customer import Customer
from campaigns.domain.opt_out import OptOut, OptOutScope, read_opt_out, ways_like
from campaigns.domain.results import address_of, details_of, opting_out
from campaigns.domain.timeline import EntryKind, TimelineEntry
from campaigns.ports import Clock, NewId, People, Timeline
from campaigns.usecases.upsert_person import find_customer_by_any_id

_TRIES = 10


def opt_out_customer(
    company_id: str,
    text_id: str,
    channel: Channel | None,
    address: str | None,
    text: str | None,
    *,
    people: People,
    timeline: Timeline,
    new_id: NewId,
    now: Clock,
) -> tuple[Customer, OptOut | None]:
    """The customer as they are then, and what is opted out; None if the text asks for nothing.

    The customer is changed first and the entry added last, so to ask again is always safe.

    Raises CustomerNotFound, RowRefused, ChangedMeanwhile.
    """
    wish = _wish(channel, address) if text is None else read_opt_out(text)
    for _ in range(_TRIES):
        was = find_customer_by_any_id(company_id, text_id, people=people)
        if wish is None:
            return was, None
        at_address = "" if channel is None else address_of(channel, (address or "").strip())
        made = opting_out(was, wish, channel, at_address)
        if made == was or not people.put_customers([made]):
            break
    else:
        raise ChangedMeanwhile(f"customer {text_id}")
    entry = TimelineEntry(
        id=new_id(),
        company_id=company_id,
        person_id=made.id,
        kind=EntryKind.OPT_OUT,
        at=now(),
        channel=channel,
        address=at_address or None,
        details=details_of(wish),
    )
    timeline.add([entry])
    return made, wish


def _wish(channel: Channel | None, address: str | None) -> OptOut:
    if channel is None:
        return OptOut(OptOutScope.PERSON)
    if address is None:
        return OptOut(OptOutScope.CHANNEL, ways_like(channel))
    return OptOut(OptOutScope.ADDRESS)
