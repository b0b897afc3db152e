"""The sending stage: messages that were written are kept and queued, and then waited for.

Others send them meanwhile. To queue again is safe: a message is kept once, and claimed by one.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import orjson

from campaigns.domain.channel import Channel
from campaigns.domain.local_time import end_of_day
from campaigns.domain.message import PARCEL, Message, MessageStatus, Parcel, Wording
from campaigns.domain.run import Run, RunCanceled, RunFileNotFound, RunRef, Stage, work_file
from campaigns.domain.schedule import local_date_of
from campaigns.pipeline.csv_lines import in_batches
from campaigns.pipeline.draft import wording_of
from campaigns.pipeline.resolve import MESSAGES_PART
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json

_AT_ONCE = 5 * PARCEL
_PATIENCE = timedelta(minutes=30)
"""After the last moment at which a message may leave; then nobody is waited for any more."""
_LONGEST_WAIT = 60


def queue_messages(ref: RunRef, tools: Tools, part: int) -> Json:
    """Keep the messages of one part of the list and put them in the queue."""
    run = tools.enter(ref, Stage.SEND, f"send: queueing part {part + 1}")
    send_by = last_moment(run, tools)
    queued = 0
    for batch in in_batches(drafts_of(ref, tools, part), _AT_ONCE):
        at = tools.now()
        made = [_message(run, draft, send_by, at) for draft in batch]
        kept = tools.sendings.messages.add(made)
        left = [one for one in kept if one.is_open]
        tools.sendings.queue.put(_parcels(ref, left))
        queued += len(left)
    if queued:
        tools.leave(ref, f"send: {queued} messages queued")
    return {"queued": queued}


def check_messages(ref: RunRef, tools: Tools, state: Json) -> Json:
    """Whether something has become of all of them. Raises RunCanceled."""
    run = tools.run(ref)
    if run.is_over:
        raise RunCanceled
    tally = tools.sendings.messages.tally(ref.company_id, ref.run_id)
    if tally.open == 0 or tools.now() > last_moment(run, tools) + _PATIENCE:
        tools.tell(ref, None)
        return {"done": True}
    tools.tell(ref, f"{tally.all - tally.open} of {tally.all} messages settled")
    asked = int(state.get("asked", 0)) + 1
    return {"done": False, "asked": asked, "wait": min(asked, _LONGEST_WAIT)}


def last_moment(run: Run, tools: Tools) -> datetime:
    """The end of the day that its list was decided for; of an older record, on which it began."""
    if run.expires_at is not None:
        return run.expires_at
    zone = tools.access.company(run.company_id).zone
    return end_of_day(local_date_of(run.started_at or run.created_at, zone), zone)


def drafts_of(ref: RunRef, tools: Tools, part: int) -> Iterator[Json]:
    try:
        stream = tools.files.read(ref, work_file(MESSAGES_PART, part))
    except RunFileNotFound:
        return
    with stream:
        for line in stream:
            yield orjson.loads(line)


def _message(run: Run, draft: Json, send_by: datetime, at: datetime) -> tuple[Message, Wording]:
    message = Message(
        id=draft["id"],
        company_id=run.company_id,
        campaign_id=run.campaign_id,
        run_id=run.id,
        row=draft["row"],
        person_id=draft["person"],
        debt=draft["debt"],
        channel=Channel(draft["channel"]),
        address=draft["address"],
        subject=(run.sending.subject if run.sending else None) or "",
        template_id=draft["template"],
        template_version=draft["version"],
        language=draft["language"],
        send_by=send_by,
        legal_due=draft["due"],
        status=MessageStatus.QUEUED,
        due_at=at,
        created_at=at,
        updated_at=at,
    )
    return message, wording_of(draft["wording"])


def _parcels(ref: RunRef, messages: Sequence[Message]) -> list[Parcel]:
    """Those of one channel travel together, since each channel has its own pace."""
    made: list[Parcel] = []
    for channel in dict.fromkeys(one.channel for one in messages):
        ids = [one.id for one in messages if one.channel is channel]
        made += [
            Parcel(ref.company_id, ref.campaign_id, ref.run_id, tuple(ids[start : start + PARCEL]))
            for start in range(0, len(ids), PARCEL)
        ]
    return made
