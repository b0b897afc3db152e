"""Whether senders hold a provider's pace: many at once, one line, a provider that counts.

PYTHONPATH=layers/shared:. python -m bench.sending --messages 3000 --rate 100 --senders 10

The line of senders stands on the emulator, messages in memory, since the emulator itself takes
fewer writes a second than the senders make.
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from queue import Empty, Queue
from threading import Lock
from uuid import uuid4

from campaigns.adapters.dynamodb.pace import DynamoPace
from campaigns.adapters.memory_sending import MemoryMessageStore
from campaigns.domain.channel import Channel
from campaigns.domain.message import (
    PARCEL,
    Message,
    MessageStatus,
    Parcel,
    Throttled,
    Wording,
    message_id,
)
from campaigns.domain.pace import Rate
from campaigns.pipeline.gate import Gate
from campaigns.pipeline.send import CLEAR, SendTools, send_parcel
from campaigns.settings import Settings
from local.emulator import Emulator
from local.provision import Provision, client
from local.template import Template


class CountingProvider:
    """Takes so many a second and a second's worth at once, as SES does; answers after a while."""

    repeats_safely = False

    def __init__(self, rate: float, latency: float) -> None:
        self._rate = rate
        self._latency = latency
        self._room, self._at = rate, time.monotonic()
        self._one_at_a_time = Lock()
        self.times: list[float] = []
        self.refused = 0

    def send(self, message: Message, wording: Wording) -> str:
        with self._one_at_a_time:
            now = time.monotonic()
            self._room = min(self._rate, self._room + (now - self._at) * self._rate)
            self._at = now
            if self._room < 1:
                self.refused += 1
                raise Throttled
            self._room -= 1
            self.times.append(now)
        time.sleep(self._latency)
        return message.id


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sending", description=__doc__)
    parser.add_argument("--messages", type=int, default=3_000)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--senders", type=int, default=10)
    parser.add_argument("--latency", type=float, default=0.08, help="seconds")
    asked = parser.parse_args()
    with Emulator() as emulator:
        where = Provision(Template(), emulator.endpoint, name=f"bench-{uuid4().hex[:8]}")
        table = Settings.from_env(where.environment()).messages_table
        paces = [DynamoPace(client("dynamodb", emulator.endpoint), table) for _ in range(4)]
        provider = CountingProvider(asked.rate, asked.latency)
        store, parcels = _queued(asked.messages)

        def work(number: int) -> None:
            tools = SendTools(
                messages=store,
                look=lambda _: Gate.OPEN,
                clear=lambda due, _: {one.id: CLEAR for one in due},
                tell=lambda _: None,
                opt_out=lambda *_: None,
                channel=lambda *_: provider,
                pace=paces[number % len(paces)],
                rates={Channel.EMAIL: Rate(asked.rate)},
                now=lambda: datetime.now(UTC),
                sleep=time.sleep,
                is_time_up=lambda: False,
                report=print,
            )
            while True:
                try:
                    parcel = parcels.get_nowait()
                except Empty:
                    return
                while (wait := send_parcel(parcel, tools)) is not None:
                    time.sleep(wait.total_seconds())

        with ThreadPoolExecutor(asked.senders) as senders:
            list(senders.map(work, range(asked.senders)))
    times = provider.times
    took = times[-1] - times[0]
    print(f"{len(times)} messages in {took:.1f} s: {(len(times) - 1) / took:.1f} a second")
    print(f"{provider.refused} times throttled; the most in one second {_busiest(times)}")


def _queued(count: int) -> tuple[MemoryMessageStore, "Queue[Parcel]"]:
    at, run, company = datetime.now(UTC), str(uuid4()), str(uuid4())
    store, parcels = MemoryMessageStore(), Queue[Parcel]()
    made = [
        Message(
            id=message_id(run, str(row), "", Channel.EMAIL),
            company_id=company,
            campaign_id=run,
            run_id=run,
            row=row,
            person_id=str(row),
            channel=Channel.EMAIL,
            address=f"p{row}@example.com",
            template_id=run,
            template_version=1,
            send_by=at + timedelta(days=1),
            status=MessageStatus.QUEUED,
            due_at=at,
            created_at=at,
            updated_at=at,
        )
        for row in range(count)
    ]
    store.add([(one, Wording(text="Due.")) for one in made])
    for start in range(0, count, PARCEL):
        ids = tuple(one.id for one in made[start : start + PARCEL])
        parcels.put(Parcel(company, run, run, ids))
    return store, parcels


def _busiest(times: list[float]) -> int:
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


if __name__ == "__main__":
    main()
