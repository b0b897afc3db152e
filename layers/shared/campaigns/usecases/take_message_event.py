"""A provider tells what became of a message, or somebody answers one.

What is told twice, late, or in another order changes nothing that it should not: a message only
goes on, a person is barred once, and an entry has the id of what it tells of. The person comes
first and the entry last, so that what broke off is done again.
"""

from uuid import UUID, uuid5

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.message import Message
from campaigns.domain.message_event import MessageEvent, Reply, Told
from campaigns.domain.opt_out import read_opt_out
from campaigns.domain.results import details_of
from campaigns.domain.timeline import EntryKind, TimelineEntry
from campaigns.ports import Clock, MessageStore, People, Timeline
from campaigns.usecases.bar_address import bar_address, opt_out_address, shun

_EVENTS = UUID("e0a53f3c-07b0-5b51-9b0b-58a1f1d3a8c7")
_TRIES = 10


def take_message_event(
    event: MessageEvent,
    *,
    messages: MessageStore,
    people: People,
    timeline: Timeline,
    now: Clock,
) -> None:
    """Raises ChangedMeanwhile; then it is to be told again."""
    if isinstance(event, Reply):
        _answered(event, messages=messages, people=people, timeline=timeline, now=now)
        return
    message = _told(event, messages, now)
    if message is None:
        return
    if event.unreachable:
        bar_address(message, event.reason, people=people, timeline=timeline, now=now)
    elif event.unwanted:
        opt_out_address(message, event.reason, people=people, timeline=timeline, now=now)


def _told(event: Told, messages: MessageStore, now: Clock) -> Message | None:
    """The message as it is then; None if it is none of ours."""
    for _ in range(_TRIES):
        was = messages.find(event.ref)
        if was is None:
            return None
        to_be = was.told(event.status, event.reason, at=now())
        if to_be is was:
            return was
        try:
            return messages.move(was, to_be)
        except ChangedMeanwhile:
            continue
    raise ChangedMeanwhile(f"message {event.ref.message_id}")


def _answered(
    reply: Reply, *, messages: MessageStore, people: People, timeline: Timeline, now: Clock
) -> None:
    """Whoever was written to there may have meant it, of whatever company."""
    wish = read_opt_out(reply.text)
    if wish is None:
        return
    for one in messages.reached(reply.channel, reply.address):
        shun(one.company_id, one.person_id, reply.channel, reply.address, wish, people=people)
        timeline.add(
            [
                TimelineEntry(
                    id=str(uuid5(_EVENTS, f"{reply.id}:{one.company_id}:{one.person_id}")),
                    company_id=one.company_id,
                    person_id=one.person_id,
                    kind=EntryKind.OPT_OUT,
                    at=now(),
                    channel=reply.channel,
                    address=reply.address,
                    outcome="replied",
                    details=details_of(wish),
                )
            ]
        )
