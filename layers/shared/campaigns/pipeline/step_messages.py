"""Which executions the messages of a run have carried on, and which of them it has to leave.

A message that is just being sent counts as sent. One that waits is taken out of its senders' hands
before anything else is decided: whoever read it earlier can claim it no more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.channel import Channel
from campaigns.domain.enrollment import Enrollment
from campaigns.domain.message import Message, MessageStatus, message_id
from campaigns.ports import MessageStore

_S = MessageStatus
_DUE_AGAIN = frozenset({_S.QUEUED, _S.DEFERRED, _S.HELD, _S.CANCELED})
_TRIES = 10


def carried_on(
    run_id: str,
    channel: Channel,
    executions: Sequence[Enrollment],
    at: datetime,
    *,
    messages: MessageStore,
    for_good: bool,
) -> Mapping[str, bool]:
    """By account, of those whom a message was queued for: whether something came of it.

    What still waits is canceled `for_good`, or else left for another pass of the same run.
    Raises ChangedMeanwhile.
    """
    if not executions:
        return {}
    ids = {
        message_id(run_id, one.customer_id, one.account_id, channel): one.account_id
        for one in executions
    }
    kept = messages.many(executions[0].company_id, list(ids))
    left = {id: _left(message, at, messages, for_good) for id, message in kept.items()}
    return {ids[id]: message.status not in _DUE_AGAIN for id, message in left.items()}


def _left(message: Message, at: datetime, messages: MessageStore, for_good: bool) -> Message:
    was: Message | None = message
    for _ in range(_TRIES):
        if was is None or was.status is not _S.QUEUED:
            return was or message
        to_be = (
            was.settled(_S.CANCELED, "taken_over", at=at)
            if for_good
            else was.waiting("given_back", was.due_at, at=at)
        )
        try:
            return messages.move(was, to_be)
        except ChangedMeanwhile:
            was = messages.find(message.ref)
    raise ChangedMeanwhile(f"message {message.id}")
