"""A run that sends, with its senders beside it: whoever waits for them lets them work meanwhile."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from campaigns.adapters.memory import MemorySteps
from campaigns.adapters.memory_contacts import MemoryTimeline
from campaigns.adapters.memory_sending import MemoryPace
from campaigns.adapters.messaging.listed import Listed
from campaigns.domain.channel import Channel
from campaigns.domain.message import Message, MessageStatus, Parcel
from campaigns.domain.sender import Sender
from campaigns.domain.template import Content, Template
from campaigns.pipeline.clear import GuardAtSend
from campaigns.pipeline.gate import RunGate
from campaigns.pipeline.send import SendTools, send_parcel
from campaigns.pipeline.tell_sent import SentTeller
from campaigns.ports import Json
from campaigns.usecases.bar_address import opt_out_address
from tests.builders import a_template, a_version
from tests.unit.pipeline.sending import Provider
from tests.unit.pipeline.world import World

CONTENTS = {
    Channel.TEXT: Content(text="{{ firstName }}, {{ paymentAmount }} is due {{ paymentDueDate }}."),
    Channel.EMAIL: Content(subject="Due {{ paymentDueDate }}", text="{{ paymentAmount }} is due."),
    Channel.MAIL: Content(text="Dear {{ firstName }}, {{ paymentAmount }} is due."),
}


class Desk:
    """Whoever sends the messages of a world's runs."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.provider = Provider()
        self.timeline = MemoryTimeline()
        self.meanwhile: Callable[[], object] = lambda: None
        self._waiting: list[tuple[datetime, Parcel]] = []
        self._pace = MemoryPace()

    @property
    def tools(self) -> SendTools:
        world = self._world
        gate = RunGate(world.runs, world.campaigns, world.collections, world.agency)
        teller = SentTeller(world.ledger, self.timeline, world.notices, world.clock)
        return SendTools(
            messages=world.messages,
            look=gate.look,
            clear=GuardAtSend(world.access, world.people, world.ledger).clear,
            tell=teller.tell,
            opt_out=partial(
                opt_out_address, people=world.people, timeline=self.timeline, now=world.clock
            ),
            channel=lambda _, channel: Listed() if channel is Channel.MAIL else self.provider,
            pace=self._pace,
            rates={},
            now=world.clock,
            sleep=lambda seconds: None,
            is_time_up=lambda: False,
            report=lambda what: None,
        )

    def send(self) -> None:
        """Every parcel that is due, once."""
        at = self._world.clock.at
        self._waiting += [(at, one) for one in self._world.queue.waiting]
        self._world.queue.waiting.clear()
        due = [one for when, one in self._waiting if when <= at]
        self._waiting = [one for one in self._waiting if one[0] > at]
        for parcel in due:
            if (wait := send_parcel(parcel, self.tools)) is not None:
                self._waiting.append((at + wait, parcel))

    def steps(self) -> MemorySteps:
        return _Beside(self._world, self)


class SendingWorld(World):
    """With a bulk sender, and a template for each of the channels."""

    def __init__(
        self,
        rows: Any = (),
        *,
        sender: Sender,
        channels: tuple[Channel, ...] = (Channel.TEXT,),
        with_exporter: bool = False,
        **but: Any,
    ) -> None:
        super().__init__(rows, with_exporter=with_exporter, sender_id=sender.id, sftp=None, **but)
        self.senders.add(sender)
        self.desk = Desk(self)
        for channel in channels:
            self.add_template(channel, sender)

    @property
    def provider(self) -> Provider:
        return self.desk.provider

    def add_template(self, channel: Channel, sender: Sender, **but: Any) -> Template:
        content = but.pop("content", CONTENTS.get(channel))
        template = a_template(channel=channel, subject=sender.subject, theme=sender.theme, **but)
        return self.templates.introduce(template, a_version(template, content=content))

    def run_through(self) -> Any:
        return self.execute(self.desk.steps())

    @property
    def kept(self) -> list[Message]:
        return sorted(self.messages.of_run(self.opened.id), key=lambda one: one.row)

    def statuses(self) -> Counter[MessageStatus]:
        return Counter(one.status for one in self.kept)


class _Beside(MemorySteps):
    """Half an hour passes from one look to the next, and senders work in it."""

    def __init__(self, world: World, desk: Desk) -> None:
        self._world = world
        self._desk = desk

    def poll(self, name: str, check: Callable[[Json], Json], state: Json) -> Json:
        if name != "await-messages":
            return super().poll(name, check, state)

        def look(seen: Json) -> Json:
            self._desk.meanwhile()
            self._desk.send()
            answer = check(seen)
            if not answer.get("done"):
                self._world.clock.at += timedelta(minutes=30)
            return answer

        return super().poll(name, look, state)
