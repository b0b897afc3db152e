"""The sending stage ends: what became of each message is told in files, and the rows add up.

A row that was not exported counts as sent when one of its messages went out. Else it counts as
what became of them, the one that may pass coming first.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import orjson

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.channel import Channel
from campaigns.domain.errors import Unavailable
from campaigns.domain.guard import Verdict
from campaigns.domain.identity import moment
from campaigns.domain.message import Message, MessageStatus, Wording
from campaigns.domain.run import (
    DECISIONS,
    MAIL_OUTPUT,
    MESSAGES,
    REJECTS,
    VOICE_OUTPUT,
    Counts,
    Run,
    RunFile,
    RunRef,
    Stage,
    work_file,
)
from campaigns.domain.run_tables import (
    DECIDED_NAME,
    DECISION_COLUMNS,
    REJECT_COLUMNS,
    REJECTED_NAME,
)
from campaigns.pipeline.contact_file import together
from campaigns.pipeline.csv_lines import CsvLines, in_batches
from campaigns.pipeline.dispatch import drafts_of
from campaigns.pipeline.indexed import IndexedLines, late_index, write_records
from campaigns.pipeline.resolve import DECISIONS_PART, REJECTS_PART
from campaigns.pipeline.screen import SCREEN_REJECTS
from campaigns.pipeline.tools import Tools
from campaigns.ports import FileWriter, Json

LATE_DECISIONS = work_file("send-decisions.csv")
LATE_REJECTS = work_file("send-rejects.csv")
LATE_PEOPLE = "send-people.idx"
MESSAGE_COLUMNS = [
    "row",
    "borrowerId",
    "loanId",
    "channel",
    "address",
    "messageId",
    "status",
    "reason",
    "attempts",
    "sentAt",
    "providerId",
    "templateId",
    "templateVersion",
    "language",
]
MAIL_COLUMNS = ["messageId", "borrowerId", "loanId", "address", "language", "text", "html"]
VOICE_COLUMNS = ["messageId", "borrowerId", "loanId", "phone", "language", "script"]
_S = MessageStatus
_VERDICTS = {_S.SUPPRESSED: Verdict.SUPPRESS, _S.HELD: Verdict.HOLD, _S.DEFERRED: Verdict.DEFER}
_BATCH = 500


class StillSending(Unavailable):
    code = "still_sending"

    def __init__(self) -> None:
        super().__init__("some messages are just being sent")


@dataclass(slots=True)
class _Sums:
    """What became of rows that count, and of messages by channel."""

    rows: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    channels: dict[str, dict[str, int]] = field(default_factory=dict)
    rejects: int = 0
    decisions: int = 0
    indexed: list[tuple[str, int]] = field(default_factory=list)
    """The files of records that lead from people to the lines of these, and how many each has."""

    def add(self, messages: Iterable[Message]) -> None:
        for one in messages:
            of_channel = self.channels.setdefault(one.channel.value, {})
            of_channel[one.status.value] = of_channel.get(one.status.value, 0) + 1

    def count(self, what: str, reason: str) -> None:
        self.rows[what] = self.rows.get(what, 0) + 1
        if reason:
            self.reasons[reason] = self.reasons.get(reason, 0) + 1


def conclude_messages(ref: RunRef, tools: Tools) -> Json:
    """Write the files of messages and count again; once that is done, to repeat it does nothing.

    Raises StillSending, CountsDisagree.
    """
    run = tools.enter(ref, Stage.SEND, "send: telling what became of the messages")
    if any(file.name == MESSAGES for file in run.files):
        return {"sent": run.counts.sent}
    sums = _Sums()
    files = list(_written(ref, run, tools, sums))
    places = range(run.parts)
    files += [
        together(
            tools.files,
            ref,
            DECISIONS,
            CsvLines().encode([DECISION_COLUMNS]),
            [*(work_file(DECISIONS_PART, place) for place in places), LATE_DECISIONS],
            rows=run.file(DECISIONS).rows + sums.decisions,
        ),
        together(
            tools.files,
            ref,
            REJECTS,
            CsvLines().encode([REJECT_COLUMNS]),
            [SCREEN_REJECTS, *(work_file(REJECTS_PART, place) for place in places), LATE_REJECTS],
            rows=run.file(REJECTS).rows + sums.rejects,
        ),
    ]
    if any(count for _, count in sums.indexed):
        starts = [run.file(name).bytes for name in (DECISIONS, REJECTS)]
        files.append(late_index(tools.files, ref, sums.indexed, starts))
    counts = _counted(run.counts, sums)
    counts.check()
    notes = [f"send: {counts.equation}"]
    for channel, statuses in sorted(sums.channels.items()):
        told = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
        notes.append(f"send: {channel}: {told}")
    if sums.reasons:
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(sums.reasons.items()))
        notes.append(f"send: not sent because: {told}")

    def conclude(now: Run) -> Run:
        if any(file.name == MESSAGES for file in now.files):
            return now
        at = tools.now()
        now = now.counted(counts).holding(*files)
        for note in notes:
            now = now.noted(note, at=at)
        return now

    tools.change(ref, conclude)
    return {"sent": counts.sent}


def _counted(was: Counts, sums: _Sums) -> Counts:
    reasons = dict(was.reasons)
    for reason, count in sums.reasons.items():
        reasons[reason] = reasons.get(reason, 0) + count
    return replace(
        was,
        sent=sums.rows.get("sent", 0),
        suppressed=was.suppressed + sums.rows.get("suppressed", 0),
        deferred=was.deferred + sums.rows.get("deferred", 0),
        rejected=was.rejected + sums.rows.get("rejected", 0),
        reasons=reasons,
    )


def _written(ref: RunRef, run: Run, tools: Tools, sums: _Sums) -> Iterator[RunFile]:
    plain = CsvLines()
    listed = {
        Channel.MAIL: (MAIL_OUTPUT, MAIL_COLUMNS),
        Channel.VOICE: (VOICE_OUTPUT, VOICE_COLUMNS),
    }
    used = run.sending.channels if run.sending else ()
    with ExitStack() as open_:

        def begun(name: str, columns: Sequence[str] | None = None) -> FileWriter:
            file = open_.enter_context(tools.files.write(ref, name))
            if columns is not None:
                file.write(plain.encode([columns]))
            return file

        table = begun(MESSAGES, MESSAGE_COLUMNS)
        rejects = IndexedLines(begun(LATE_REJECTS), REJECTS, 0, REJECTED_NAME)
        decisions = IndexedLines(begun(LATE_DECISIONS), DECISIONS, 0, DECIDED_NAME)
        lists = {one: begun(*listed[one]) for one in used if one in listed}
        for part in range(run.parts):
            for batch in _batches(ref, tools, part):
                kept = _settled(ref, tools, batch)
                table.write(plain.encode(_row(draft, kept[draft["id"]]) for draft in batch))
                table.rows += len(batch)
                refused = [draft for draft in batch if kept[draft["id"]].status in _VERDICTS]
                decisions.write([_decision(draft, kept[draft["id"]]) for draft in refused])
                sums.decisions += len(refused)
                for channel, file in lists.items():
                    lines = _lines(tools, channel, batch, kept)
                    file.write(plain.encode(lines))
                    file.rows += len(lines)
                sums.add(kept[draft["id"]] for draft in batch)
                rejects.write(_counted_rows(batch, kept, sums))
            # Sorted part by part, since those of a long list need not fit together in memory.
            name = work_file(LATE_PEOPLE, part)
            with tools.files.write(ref, name) as records:
                sums.indexed.append((name, write_records(records, rejects, decisions)))
    yield table.facts
    yield from (file.facts for file in lists.values() if file.rows)


def _batches(ref: RunRef, tools: Tools, part: int) -> Iterator[list[Json]]:
    """The drafts, some hundreds at a time; those of one row are never torn apart."""
    rows = (list(of_row) for _, of_row in groupby(drafts_of(ref, tools, part), key=_number))
    for together_ in in_batches(rows, _BATCH):
        yield [draft for of_row in together_ for draft in of_row]


def _number(draft: Json) -> int:
    return int(draft["row"])


def _settled(ref: RunRef, tools: Tools, drafts: Iterable[Json]) -> dict[str, Message]:
    """The messages as they are; of what got lost on its way, it is said that it did."""
    store = tools.sendings.messages
    kept = dict(store.many(ref.company_id, [draft["id"] for draft in drafts]))
    for message in [one for one in kept.values() if one.is_open]:
        at = tools.now()
        if message.is_claimed and message.wait_at(at):
            raise StillSending
        status = _S.IN_DOUBT if message.is_claimed else _S.FAILED
        try:
            kept[message.id] = store.move(message, message.settled(status, "lost", at=at))
        except ChangedMeanwhile:
            raise StillSending from None
    return kept


def _counted_rows(batch: Iterable[Json], kept: dict[str, Message], sums: _Sums) -> list[list[str]]:
    """Count rows; answer the lines that tell why some are rejected."""
    lines: list[list[str]] = []
    for _, of_row in groupby(batch, key=_number):
        drafts = list(of_row)
        if drafts[0]["counts"]:
            lines += _counted_row(drafts, kept, sums)
    return lines


def _counted_row(drafts: Sequence[Json], kept: dict[str, Message], sums: _Sums) -> list[list[str]]:
    """Count a row; answer the line that tells why it is rejected, if it is."""
    messages = [kept[draft["id"]] for draft in drafts]
    if any(one.went_out for one in messages):
        sums.count("sent", "")
        return []
    for what, statuses in (
        ("deferred", {_S.DEFERRED, _S.HELD}),
        ("suppressed", {_S.SUPPRESSED}),
    ):
        for one in messages:
            if one.status in statuses:
                sums.count(what, one.reason)
                return []
    first = messages[0]
    reason = first.status.value if first.status is not _S.FAILED else "sending_failed"
    sums.count("rejected", reason)
    sums.rejects += 1
    detail = f"{first.channel}: {first.reason}"
    draft = drafts[0]
    return [[str(draft["row"]), reason, draft["borrower"], draft["loan"], detail]]


def _row(draft: Json, message: Message) -> list[str]:
    return [
        str(draft["row"]),
        draft["borrower"],
        draft["loan"],
        message.channel.value,
        message.address,
        message.id,
        message.status.value,
        message.reason,
        str(message.attempts),
        moment(message.sent_at) if message.sent_at else "",
        message.provider_id,
        message.template_id,
        str(message.template_version),
        message.language,
    ]


def _decision(draft: Json, message: Message) -> list[str]:
    """What the guard said at the moment of the send, where it was not to send."""
    facts: dict[str, Any] = orjson.loads(message.rule_facts or "{}")
    facts |= {
        "channel": message.channel.value,
        "at": moment(message.updated_at),
        "messageId": message.id,
    }
    if message.status is _S.DEFERRED and facts.get("until", "") <= facts["at"]:
        # Its day was over before a limit, or a provider, let it leave.
        facts["until"] = moment(message.send_by)
    if message.rule_id and message.rule_id != message.reason:
        facts["reason"] = message.reason
    return [
        str(draft["row"]),
        draft["borrower"],
        draft["loan"],
        message.channel.reaches.value,
        message.address,
        _VERDICTS[message.status].value,
        message.rule_id or message.reason,
        message.rule_version,
        orjson.dumps(facts).decode(),
    ]


def _lines(
    tools: Tools, channel: Channel, drafts: Sequence[Json], kept: dict[str, Message]
) -> list[list[str]]:
    """Of a channel whose messages somebody else prints or speaks, those that went out."""
    gone = [
        draft
        for draft in drafts
        if draft["channel"] == channel.value and kept[draft["id"]].went_out
    ]
    if not gone:
        return []
    company = kept[gone[0]["id"]].company_id
    said = tools.sendings.messages.wordings(company, [draft["id"] for draft in gone])
    return [_line(channel, draft, kept[draft["id"]], said[draft["id"]]) for draft in gone]


def _line(channel: Channel, draft: Json, message: Message, said: Wording) -> list[str]:
    words = [said.text] if channel is Channel.VOICE else [said.text, said.html]
    ids = [message.id, draft["borrower"], draft["loan"]]
    return [*ids, message.address, message.language, *words]
