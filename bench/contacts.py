"""What the ledger of contacts costs for people of a file, counted on the emulator.

PYTHONPATH=layers/shared:. python -m bench.contacts --people 1000
"""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from bench.counting import CountingClient
from campaigns.adapters.dynamodb.access import DynamoAccess
from campaigns.adapters.dynamodb.collection_campaigns import DynamoCollectionCampaigns
from campaigns.adapters.dynamodb.contacts import DynamoContactLedger
from campaigns.adapters.dynamodb.enrollments import DynamoEnrollmentStore
from campaigns.adapters.dynamodb.people import DynamoPeople
from campaigns.adapters.dynamodb.timeline import DynamoTimeline
from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import Attempt, ContactHistory, Reservation
from campaigns.domain.customer import ContactPoint, ContactType, Customer
from campaigns.domain.people_rows import customer_id
from campaigns.settings import Settings
from campaigns.usecases.take_results import ResultStores, take_results
from local.emulator import Emulator
from local.provision import Provision, client
from local.template import Template

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
_BATCH = 500
_ROWS = 100


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.contacts", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000)
    size = parser.parse_args().people
    with Emulator() as emulator:
        where = Provision(Template(), emulator.endpoint, name=f"bench-{uuid4().hex[:8]}")
        settings = Settings.from_env(where.environment())
        counting: Any = CountingClient(client("dynamodb", emulator.endpoint))
        _verbs(counting, DynamoContactLedger(counting, settings.contacts_table), settings, size)


def _verbs(counting: Any, ledger: DynamoContactLedger, settings: Settings, size: int) -> None:
    company, run = str(uuid4()), str(uuid4())
    people = [customer_id(company, f"c{number}") for number in range(size)]
    kept = {
        id: ContactHistory(company_id=company, person_id=id, attempts=_attempts(7)) for id in people
    }

    phone = ContactPoint(type=ContactType.PHONE, value="+15125550123", label="mobile")
    DynamoPeople(counting, settings.people_table).put_customers(
        [
            Customer(id=id, company_id=company, external_id=f"c{number}", contacts=(phone,))
            for number, id in enumerate(people)
        ]
    )

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
    for what in ("tell a result of each", "tell the same again"):
        _count(counting, what, lambda: _tell(counting, ledger, settings, company, people, run))


def _tell(
    counting: Any,
    ledger: DynamoContactLedger,
    settings: Settings,
    company: str,
    people: list[str],
    run: str,
) -> None:
    """A call that nobody took, of everybody, a hundred at a time; as by a file, so not audited."""
    known = DynamoPeople(counting, settings.people_table)
    stores = ResultStores(
        people=known,
        ledger=ledger,
        timeline=DynamoTimeline(counting, settings.contacts_table, days=400, now=lambda: NOW),
        campaigns=DynamoCollectionCampaigns(counting, settings.campaigns_table),
        enrollments=DynamoEnrollmentStore(
            counting, settings.enrollments_table, people_table=settings.people_table
        ),
        access=DynamoAccess(counting, settings.access_table),
    )
    for start in range(0, len(people), _ROWS):
        rows = [
            {
                "customerId": id,
                "channel": "call",
                "at": NOW.isoformat(),
                "outcome": "no_answer",
                "runId": run,
            }
            for id in people[start : start + _ROWS]
        ]
        taken = take_results(company, rows, stores, new_id=lambda: str(uuid4()), now=lambda: NOW)
        if any(one.refusal for one in taken):
            raise RuntimeError(next(str(one.refusal) for one in taken if one.refusal))


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
