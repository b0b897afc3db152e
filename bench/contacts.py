"""What the ledger of contacts costs for people of a file, counted on the emulator.

PYTHONPATH=layers/shared:. python -m bench.contacts --people 1000
"""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from bench.counting import CountingClient
from campaigns.adapters.dynamodb.contacts import DynamoContactLedger
from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import Attempt, ContactHistory, Reservation
from campaigns.settings import Settings
from local.emulator import Emulator
from local.provision import Provision, client
from local.template import Template

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
_BATCH = 500


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.contacts", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000)
    size = parser.parse_args().people
    with Emulator() as emulator:
        where = Provision(Template(), emulator.endpoint, name=f"bench-{uuid4().hex[:8]}")
        table = Settings.from_env(where.environment()).contacts_table
        counting: Any = CountingClient(client("dynamodb", emulator.endpoint))
        _verbs(counting, DynamoContactLedger(counting, table), size)


def _verbs(counting: CountingClient, ledger: DynamoContactLedger, size: int) -> None:
    company, run = str(uuid4()), str(uuid4())
    people = [str(uuid4()) for _ in range(size)]
    kept = {
        id: ContactHistory(company_id=company, person_id=id, attempts=_attempts(7)) for id in people
    }

    def read() -> None:
        for start in range(0, size, _BATCH):
            kept.update(ledger.histories(company, people[start : start + _BATCH]))

    def write(change: Callable[[ContactHistory], ContactHistory]) -> None:
        for start in range(0, size, _BATCH):
            batch = [change(kept[id]) for id in people[start : start + _BATCH]]
            if ledger.write(batch):
                raise RuntimeError("somebody else is writing")

    def reserve(was: ContactHistory) -> ContactHistory:
        until = NOW + timedelta(hours=12)
        one = Reservation(
            run_id=run, channel=Channel.CALL, debt=str(uuid4()), start=NOW, until=until
        )
        return was.reserving(one, at=NOW)

    _count(counting, "read those who have no history", read)
    write(lambda one: one)
    _count(counting, "read histories of seven attempts", read)
    _count(counting, "reserve one contact each", lambda: write(reserve))


def _attempts(count: int) -> tuple[Attempt, ...]:
    day = timedelta(days=1)
    return tuple(
        Attempt(
            id=str(uuid4()),
            at=NOW - day * (count - number),
            channel=Channel.CALL,
            debt=str(uuid4()),
            run_id=str(uuid4()),
        )
        for number in range(count)
    )


def _count(counting: CountingClient, what: str, do: Callable[[], None]) -> None:
    counting.seen.clear()
    counting.read_units = 0.0
    do()
    told = {**counting.seen, "read units": counting.read_units}
    print(f"{what}: " + ", ".join(f"{number:g} {name}" for name, number in told.items()))


if __name__ == "__main__":
    main()
