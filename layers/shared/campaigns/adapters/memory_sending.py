"""What sending messages needs, in memory: held to the same promises as the real."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.channel import Channel
from campaigns.domain.message import (
    Message,
    MessageRef,
    MessageStatus,
    Parcel,
    Recipient,
    Tally,
    Wording,
)
from campaigns.domain.pace import Rate, Turn, next_turn


class MemoryMessageStore:
    def __init__(self) -> None:
        self._kept: dict[MessageRef, Message] = {}
        self._wordings: dict[MessageRef, Wording] = {}
        self._tallies: dict[tuple[str, str], Counter[tuple[Channel, MessageStatus]]] = {}
        self._reached: dict[tuple[Channel, str], dict[tuple[str, str], Recipient]] = {}
        self._one_at_a_time = Lock()

    def add(self, messages: Sequence[tuple[Message, Wording]]) -> Sequence[Message]:
        with self._one_at_a_time:
            for message, wording in messages:
                if message.ref not in self._kept:
                    self._kept[message.ref] = message
                    self._wordings[message.ref] = wording
                    self._counter(message)[message.channel, message.status] += 1
            return [self._kept[message.ref] for message, _ in messages]

    def find(self, ref: MessageRef) -> Message | None:
        return self._kept.get(ref)

    def many(self, company_id: str, ids: Sequence[str]) -> Mapping[str, Message]:
        found = {id: self.find(MessageRef(company_id, id)) for id in ids}
        return {id: one for id, one in found.items() if one is not None}

    def wordings(self, company_id: str, ids: Sequence[str]) -> Mapping[str, Wording]:
        refs = {id: MessageRef(company_id, id) for id in ids}
        return {id: self._wordings[ref] for id, ref in refs.items() if ref in self._wordings}

    def move(self, was: Message, now: Message) -> Message:
        with self._one_at_a_time:
            kept = self._kept.get(was.ref)
            if kept is None or kept.version != was.version:
                raise ChangedMeanwhile(f"message {was.id}")
            moved = replace(now, version=was.version + 1)
            self._kept[was.ref] = moved
            counter = self._counter(was)
            counter[was.channel, was.status] -= 1
            counter[now.channel, now.status] += 1
            if now.went_out and not was.went_out:
                at = self._reached.setdefault((now.channel, now.address), {})
                recipient = Recipient(now.company_id, now.person_id, now.id)
                at[now.company_id, now.person_id] = recipient
        return moved

    def tally(self, company_id: str, run_id: str) -> Tally:
        kept = self._tallies.get((company_id, run_id), Counter())
        return Tally({key: count for key, count in kept.items() if count})

    def reached(self, channel: Channel, address: str) -> Sequence[Recipient]:
        return list(self._reached.get((channel, address), {}).values())

    def of_run(self, run_id: str) -> Sequence[Message]:
        """For whoever wants to see them all."""
        return [one for one in self._kept.values() if one.run_id == run_id]

    def _counter(self, message: Message) -> Counter[tuple[Channel, MessageStatus]]:
        return self._tallies.setdefault((message.company_id, message.run_id), Counter())


class MemoryNotices:
    def __init__(self) -> None:
        self._last: dict[tuple[str, str, str], dict[str, datetime]] = {}

    def sent(self, messages: Sequence[Message]) -> None:
        for one in messages:
            last = self._last.setdefault((one.company_id, one.person_id, one.debt), {})
            at = one.sent_at or one.updated_at
            last[one.subject] = max(last.get(one.subject, at), at)

    def last(
        self, company_id: str, about: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Mapping[str, datetime]]:
        found = {one: self._last.get((company_id, *one)) for one in about}
        return {one: dict(last) for one, last in found.items() if last}


class MemoryMessageQueue:
    def __init__(self) -> None:
        self.waiting: list[Parcel] = []
        self.put_offs: list[tuple[str, timedelta]] = []

    def put(self, parcels: Sequence[Parcel]) -> None:
        self.waiting += parcels

    def put_off(self, receipt: str, wait: timedelta) -> None:
        self.put_offs.append((receipt, wait))


class MemoryPace:
    def __init__(self) -> None:
        self._lines: dict[tuple[str, Channel], float] = {}
        self._one_at_a_time = Lock()

    def take(self, company_id: str, channel: Channel, count: int, rate: Rate, now: float) -> Turn:
        with self._one_at_a_time:
            line = self._lines.get((company_id, channel), now)
            turn, self._lines[company_id, channel] = next_turn(line, now, count, rate)
        return turn


class MemoryOutbox:
    def __init__(self) -> None:
        self.kept: dict[MessageRef, tuple[Message, Wording]] = {}

    def put(self, message: Message, wording: Wording) -> None:
        self.kept[message.ref] = (message, wording)

    def list(
        self, company_id: str, *, after: str | None, limit: int
    ) -> Sequence[tuple[Message, Wording]]:
        ours = sorted(
            (one for ref, one in self.kept.items() if ref.company_id == company_id),
            key=lambda one: one[0].id,
        )
        return [one for one in ours if after is None or one[0].id > after][:limit]
