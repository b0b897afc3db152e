from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.local_time import end_of_day
from campaigns.domain.message import Message, MessageNotFound, MessageRef, Parcel
from campaigns.domain.schedule import local_date_of
from campaigns.ports import Access, Clock, MessageQueue, MessageStore


def retry_message(
    ref: MessageRef, *, access: Access, messages: MessageStore, queue: MessageQueue, now: Clock
) -> Message:
    """Send a message in doubt once more, by the word of somebody who knows that it did not go out.

    It is asked about like any other when it leaves, and until the end of the company's day.
    Raises MessageNotFound, NotInDoubt, ChangedMeanwhile.
    """
    was = messages.find(ref)
    if was is None:
        raise MessageNotFound(ref.message_id)
    at = now()
    zone = access.company(ref.company_id).zone
    to_be = was.retried(end_of_day(local_date_of(at, zone), zone), at=at)
    try:
        moved = messages.move(was, to_be)
    except ChangedMeanwhile:
        found = messages.find(ref)
        if found is None or not found.is_open:
            raise
        # Somebody else has just asked for the same.
        moved = found
    queue.put([Parcel(moved.company_id, moved.campaign_id, moved.run_id, (moved.id,))])
    return moved
