"""Senders at work in memory: a queue, a provider, and a hand that kills whoever sends."""

import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from campaigns.adapters.memory_sending import MemoryMessageStore, MemoryPace
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.channel import Channel
from campaigns.domain.message import (
    CLAIM,
    PARCEL,
    Message,
    MessageStatus,
    Parcel,
    Wording,
)
from campaigns.domain.pace import Rate
from campaigns.pipeline.gate import Gate
from campaigns.pipeline.send import CLEAR, Clearance, SendTools, send_parcel
from campaigns.ports import MessageChannel
from tests.builders import COMPANY, NOON, a_message, a_wording, an_id
from tests.fakes import TickingClock


class Killed(BaseException):
    """The process ends here and now."""


class Hand:
    """Kills whoever passes one of the points that were chosen, counted over all that are passed."""

    def __init__(self, *points: int) -> None:
        self.points = set(points)
        self.passed = 0

    def touch(self) -> None:
        self.passed += 1
        if self.passed in self.points:
            raise Killed

    def over(self, thing: Any) -> Any:
        """The thing, where every call is one point before it is done, and one after."""
        return _Watched(thing, self)


class _Watched:
    def __init__(self, thing: Any, hand: Hand) -> None:
        self._thing = thing
        self._hand = hand

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        if not callable(found):
            return found

        def call(*args: Any, **named: Any) -> Any:
            self._hand.touch()
            answer = found(*args, **named)
            self._hand.touch()
            return answer

        return call


class Provider:
    """Takes every message as often as it is asked; `answers` are raised first, by message."""

    def __init__(self, *, repeats_safely: bool = False) -> None:
        self.repeats_safely = repeats_safely
        self.taken: Counter[str] = Counter()
        self.times: list[float] = []
        self.answers: dict[str, list[BaseException]] = {}
        self.at_send: Callable[[], object] = lambda: None

    def send(self, message: Message, wording: Wording) -> str:
        self.at_send()
        if waiting := self.answers.get(message.id):
            raise waiting.pop(0)
        self.taken[message.id] += 1
        return f"provider-{message.id}"


class Senders:
    """One run's messages and whoever sends them, one parcel after the other."""

    def __init__(self, count: int = 1, *, hand: Hand | None = None, **but: Any) -> None:
        self.hand = hand or Hand()
        self.clock = TickingClock()
        self.store = MemoryMessageStore()
        self.provider = Provider()
        self.channels: dict[Channel, MessageChannel] = {}
        self.pace = MemoryPace()
        self.rates: dict[Channel, Rate] = {}
        self.gate = Gate.OPEN
        self.rulings: dict[str, Clearance] = {}
        self.asked: list[str] = []
        self.told: set[str] = set()
        self.opted_out: list[str] = []
        self.opting_out_fails = 0
        self.reports: list[str] = []
        self.time_left = 10**9
        run = an_id()
        made = [a_message(run_id=run, row=place, **but) for place in range(count)]
        self.store.add([(one, a_wording()) for one in made])
        self.ids = [one.id for one in made]
        self.run_id = run
        self._place = 0
        self._queue: list[tuple[datetime, int, Parcel]] = []
        for start in range(0, count, PARCEL):
            ids = tuple(self.ids[start : start + PARCEL])
            self.put(Parcel(COMPANY, made[0].campaign_id, run, ids), NOON)

    def put(self, parcel: Parcel, at: datetime) -> None:
        self._place += 1
        heapq.heappush(self._queue, (at, self._place, parcel))

    @property
    def tools(self) -> SendTools:
        watched: MessageChannel = self.hand.over(self.provider)
        return SendTools(
            messages=self.hand.over(self.store),
            look=lambda _: self.gate,
            clear=self._clear,
            tell=self._tell,
            opt_out=self._opt_out,
            channel=lambda _, channel: self.channels.get(channel, watched),
            pace=self.hand.over(self.pace),
            rates=self.rates,
            now=self.clock,
            sleep=self._sleep,
            is_time_up=self._is_time_up,
            report=self.reports.append,
        )

    def once(self) -> timedelta | None:
        """The first parcel, as if it came just now."""
        return send_parcel(self.parcel, self.tools)

    def work(self, until: datetime | None = None) -> None:
        """As the queue has it: what is not done comes again, after a death when it shows."""
        while self._queue and (until is None or self._queue[0][0] <= until):
            at, _, parcel = heapq.heappop(self._queue)
            self.clock.at = max(self.clock.at, at)
            try:
                wait = send_parcel(parcel, self.tools)
            except Killed:
                wait = CLAIM
            if wait is not None:
                self.put(parcel, self.clock.at + max(wait, timedelta(seconds=1)))

    @property
    def parcel(self) -> Parcel:
        """The first messages once more."""
        return Parcel(COMPANY, self.one.campaign_id, self.run_id, tuple(self.ids[:PARCEL]))

    @property
    def kept(self) -> list[Message]:
        found = self.store.many(COMPANY, self.ids)
        return [found[id] for id in self.ids]

    @property
    def one(self) -> Message:
        return self.kept[0]

    def statuses(self) -> Counter[MessageStatus]:
        return Counter(one.status for one in self.kept)

    def _clear(self, due: Sequence[Message], at: datetime) -> Mapping[str, Clearance]:
        self.hand.touch()
        self.asked += [one.id for one in due]
        return {one.id: self.rulings.get(one.id, CLEAR) for one in due}

    def _tell(self, messages: Sequence[Message]) -> None:
        self.hand.touch()
        self.told |= {one.id for one in messages}
        self.hand.touch()

    def _opt_out(self, message: Message, reason: str) -> None:
        if self.opting_out_fails:
            self.opting_out_fails -= 1
            raise ChangedMeanwhile("somebody")
        self.opted_out.append(message.id)

    def _sleep(self, seconds: float) -> None:
        self.clock.at += timedelta(seconds=seconds)

    def _is_time_up(self) -> bool:
        self.time_left -= 1
        return self.time_left < 0
