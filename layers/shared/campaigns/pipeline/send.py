"""Messages leave: each is cleared by the contact guard, claimed, handed to its provider, recorded.

Whoever dies on the way leaves a message claimed. After a while it is looked at again: where a
provider may be asked twice it is, and where not the message is in doubt, and stays so until
somebody has looked. A parcel is done when something has become of every message in it, and when
the ledger knows of all that people may have had; until then it comes again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.channel import Channel
from campaigns.domain.message import (
    CLAIM,
    Message,
    MessageStatus,
    NoAnswer,
    OptedOut,
    Parcel,
    PermanentFailure,
    TemporaryFailure,
    Throttled,
    Wording,
)
from campaigns.domain.pace import Rate
from campaigns.pipeline.gate import Gate
from campaigns.ports import Clock, MessageChannel, MessageStore, Pace

_LOOK_AGAIN = 1.0
"""Seconds that the answers of gate and guard are good for: how fast a pause or a cancellation
stops, and how old may be what is known of a person when a message leaves."""
_PAUSED = timedelta(minutes=1)
_BUSY = timedelta(seconds=2)
_TRIES = 10


@dataclass(frozen=True, slots=True)
class Clearance:
    """What the contact guard says of a message at the instant of its send."""

    becomes: MessageStatus
    """Queued: it may leave now, or at `until` if there is one."""
    reason: str = ""
    until: datetime | None = None
    rule_version: str = ""
    rule_id: str = ""
    """Where a rule decided, and not that there is nobody to write to."""
    rule_facts: str = ""
    """What that rested on, as JSON."""


CLEAR = Clearance(MessageStatus.QUEUED)


@dataclass(frozen=True, slots=True)
class SendTools:
    messages: MessageStore
    look: Callable[[Parcel], Gate]
    clear: Callable[[Sequence[Message], datetime], Mapping[str, Clearance]]
    """By the ids of the messages, all of them. What may leave now is reserved."""
    tell: Callable[[Sequence[Message]], None]
    """The ledger, of what people may have had; again tells nothing new."""
    opt_out: Callable[[Message, str], None]
    """Of the address, for a reason: its provider knows that the person wants no more."""
    channel: Callable[[str, Channel], MessageChannel]
    """Of a company."""
    pace: Pace
    rates: Mapping[Channel, Rate]
    """Where a provider has a limit."""
    now: Clock
    sleep: Callable[[float], None]
    is_time_up: Callable[[], bool]
    report: Callable[[str], None]
    """Told of what nobody expected, with its traceback."""


def send_parcel(parcel: Parcel, tools: SendTools) -> timedelta | None:
    """Send what is due; answer how long to wait until there is more to do, None if there is not."""
    return _Work(parcel, tools).done()


@dataclass(slots=True)
class _Work:
    parcel: Parcel
    tools: SendTools
    kept: dict[str, Message] = field(default_factory=dict)
    wait: timedelta | None = None
    gate: Gate = Gate.OPEN
    looked_at: datetime | None = None
    cleared_at: dict[str, datetime] = field(default_factory=dict)

    def done(self) -> timedelta | None:
        ids = self.parcel.message_ids
        self.kept = dict(self.tools.messages.many(self.parcel.company_id, ids))
        self._look()
        due = [one for one in self._settle_what_is_not_due() if self._opens(one)]
        if due:
            self._send(self._cleared(due))
        if left := [one for one in self.kept.values() if one.may_be_out]:
            self.tools.tell(left)
        return self.wait

    # ── before anything leaves ───────────────────────────────────────────────

    def _look(self) -> Gate:
        at = self.tools.now()
        if self.looked_at is None or (at - self.looked_at).total_seconds() >= _LOOK_AGAIN:
            self.gate, self.looked_at = self.tools.look(self.parcel), at
        return self.gate

    def _settle_what_is_not_due(self) -> list[Message]:
        """What is queued and due now; of all others it is seen to what becomes of them."""
        due = []
        for one in list(self.kept.values()):
            at = self.tools.now()
            if not one.is_open:
                continue
            if wait := one.wait_at(at):
                # A run that is over waits for nobody, but for those who are just sending.
                if one.is_claimed or self.gate in (Gate.OPEN, Gate.PAUSED):
                    self._come_again(wait)
                else:
                    self._opens(one)
            elif one.is_claimed:
                if (again := self._given_up(one, at)) is not None:
                    due.append(again)
            else:
                due.append(one)
        return due

    def _given_up(self, one: Message, at: datetime) -> Message | None:
        """Of a message whose sender has died: as it is to be tried again, if it may."""
        if not self._channel(one).repeats_safely:
            self._move(one, one.settled(MessageStatus.IN_DOUBT, "sender_died", at=at))
            return None
        moved = self._move(one, one.tried_in_vain("sender_died", at=at))
        if moved is not None and moved.is_open:
            self._come_again(moved.wait_at(at))
        return None

    def _opens(self, one: Message) -> bool:
        """Whether it may leave as far as the run, the campaign and the day go."""
        at = self.tools.now()
        if self.gate is Gate.CLOSED:
            self._move(one, one.settled(MessageStatus.CANCELED, "run_canceled", at=at))
        elif at >= one.send_by and self.gate is not Gate.LEFT:
            self._move(one, one.settled(MessageStatus.DEFERRED, one.reason or "too_late", at=at))
        elif self.gate is Gate.PAUSED:
            self._come_again(_PAUSED)
        return self.gate is Gate.OPEN and self.kept[one.id].status is MessageStatus.QUEUED

    def _cleared(self, due: Sequence[Message]) -> list[Message]:
        at = self.tools.now()
        said = self.tools.clear(due, at)
        clear = []
        for one in due:
            its = said[one.id]
            ruled = one.ruled(its.rule_id, its.rule_version, its.rule_facts)
            if its.becomes is not MessageStatus.QUEUED:
                self._move(one, ruled.settled(its.becomes, its.reason, at=at))
            elif its.until is None:
                self.cleared_at[one.id] = at
                clear.append(one)
            elif its.until >= one.send_by:
                self._move(one, ruled.settled(MessageStatus.DEFERRED, its.reason, at=at))
            else:
                self._move(one, ruled.waiting(its.reason, its.until, at=at))
                self._come_again(its.until - at)
        return clear

    # ── leaving ──────────────────────────────────────────────────────────────

    def _send(self, clear: Sequence[Message]) -> None:
        wordings = self.tools.messages.wordings(self.parcel.company_id, [one.id for one in clear])
        for channel in dict.fromkeys(one.channel for one in clear):
            ours = [one for one in clear if one.channel is channel]
            rate = self.tools.rates.get(channel)
            turns = self._turns(channel, len(ours), rate)
            waiting = list(zip(ours, turns, strict=False))
            while waiting:
                one, turn = waiting[0]
                if not self._waited_for(turn):
                    return
                waiting = self._still_clear(waiting)
                if waiting and waiting[0][0] is one:
                    self._deliver(one, wordings[one.id])
                    waiting = waiting[1:]

    def _turns(self, channel: Channel, count: int, rate: Rate | None) -> list[float]:
        """When each of them may leave; none if the line is too long."""
        now = self.tools.now().timestamp()
        if rate is None:
            return [now] * count
        turn = self.tools.pace.take(self.parcel.company_id, channel, count, rate, now)
        if not turn.count:
            self._come_again(timedelta(seconds=turn.start - now))
        return [turn.start + place * rate.gap for place in range(turn.count)]

    def _waited_for(self, turn: float) -> bool:
        """Whether there is time, and the gate is open when the turn comes."""
        ahead = turn - self.tools.now().timestamp()
        if ahead > 0:
            self.tools.sleep(ahead)
        if not self.tools.is_time_up() and self._look() is Gate.OPEN:
            return True
        self._come_again(timedelta(seconds=1))
        return False

    def _still_clear(self, waiting: list[tuple[Message, float]]) -> list[tuple[Message, float]]:
        """Those that may leave when their turn comes: whoever waited long is asked about anew.

        Some turns are a while ahead, and people say stop at any moment.
        """
        at = self.tools.now()
        if (at - self.cleared_at[waiting[0][0].id]).total_seconds() < _LOOK_AGAIN:
            return waiting
        soon = at.timestamp() + _LOOK_AGAIN
        asked = [one for one, turn in waiting if turn < soon]
        clear = {one.id for one in self._cleared(asked)}
        return [(one, turn) for one, turn in waiting if turn >= soon or one.id in clear]

    def _deliver(self, queued: Message, wording: Wording) -> None:
        claimed = self._move(queued, queued.claimed(self.tools.now()))
        if claimed is None:
            # Somebody else sends it, or it was canceled just now.
            self._come_again(_BUSY)
            return
        channel = self._channel(claimed)
        try:
            provider_id = channel.send(claimed, wording)
        except Throttled:
            at = self.tools.now()
            self._put_back(claimed, claimed.throttled(at + _BUSY, at=at))
        except TemporaryFailure as failure:
            self._put_back(claimed, claimed.tried_in_vain(failure.reason, at=self.tools.now()))
        except OptedOut as refusal:
            self._opted_out(claimed, refusal.reason)
        except PermanentFailure as failure:
            at = self.tools.now()
            self._move(claimed, claimed.settled(MessageStatus.FAILED, failure.reason, at=at))
        except NoAnswer as failure:
            self._in_doubt(claimed, channel, failure.reason)
        except Exception:
            self.tools.report("a channel broke off")
            self._in_doubt(claimed, channel, "channel_broke_off")
        else:
            self._record(claimed, provider_id)

    def _opted_out(self, claimed: Message, reason: str) -> None:
        """First the person is opted out: a message that has failed is not looked at again."""
        try:
            self.tools.opt_out(claimed, reason)
        except Exception:
            # It was not taken, so to try again is safe, and ends here once more.
            self.tools.report("somebody could not be opted out")
            self._put_back(claimed, claimed.tried_in_vain(reason, at=self.tools.now()))
            return
        at = self.tools.now()
        self._move(claimed, claimed.settled(MessageStatus.FAILED, reason, at=at))

    def _in_doubt(self, claimed: Message, channel: MessageChannel, reason: str) -> None:
        at = self.tools.now()
        if channel.repeats_safely:
            self._put_back(claimed, claimed.tried_in_vain(reason, at=at))
        else:
            self._move(claimed, claimed.settled(MessageStatus.IN_DOUBT, reason, at=at))

    def _put_back(self, claimed: Message, back: Message) -> None:
        moved = self._move(claimed, back)
        if moved is not None and moved.is_open:
            self._come_again(moved.wait_at(self.tools.now()))

    def _record(self, claimed: Message, provider_id: str) -> None:
        """It has gone, whoever has taken us for dead, and whatever its provider told meanwhile."""
        was = claimed
        for _ in range(_TRIES):
            if was.went_out:
                return
            if self._move(was, was.sent(provider_id, at=self.tools.now())) is not None:
                return
            was = self.kept[was.id]
        raise ChangedMeanwhile(f"message {claimed.id}")

    # ── small things ─────────────────────────────────────────────────────────

    def _move(self, was: Message, now: Message) -> Message | None:
        """None if somebody was faster; then it is kept here as they left it."""
        try:
            self.kept[was.id] = self.tools.messages.move(was, now)
        except ChangedMeanwhile:
            found = self.tools.messages.find(was.ref)
            if found is not None:
                self.kept[was.id] = found
                if found.is_open:
                    self._come_again(min(found.wait_at(self.tools.now()) or _BUSY, CLAIM))
            return None
        return self.kept[was.id]

    def _come_again(self, wait: timedelta) -> None:
        self.wait = wait if self.wait is None else min(self.wait, wait)

    def _channel(self, one: Message) -> MessageChannel:
        return self.tools.channel(one.company_id, one.channel)
