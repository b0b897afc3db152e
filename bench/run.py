"""How fast a run goes from a query's result to its contact file: `python -m bench.run`.

For each size a process of its own takes a Redash result of 20 columns through query, screen,
resolve and export, with files in a folder instead of S3 and people kept as DynamoDB would keep
them, so that their decoding counts and the network does not. Then the same once more with a file
that has an order of its own. Times are seconds of CPU, which other work on the machine leaves
alone. The guard reads and writes a record of each person as DynamoDB would keep it; a third run
goes without it. Prints a table.
"""

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.folder_files import FolderRunFiles
from campaigns.adapters.json_rows import JsonRows
from campaigns.adapters.memory import (
    MemoryAccess,
    MemoryCollection,
    MemoryEvents,
    MemoryRunStore,
    MemorySecrets,
    MemorySteps,
)
from campaigns.domain import guard
from campaigns.domain.account import Account
from campaigns.domain.campaign import Campaign, CampaignNotFound
from campaigns.domain.channel import Channel
from campaigns.domain.company import Company
from campaigns.domain.contact_history import Attempt, ContactHistory
from campaigns.domain.customer import ContactPoint, ContactType, Customer
from campaigns.domain.exporter import Column, Criteria, Exporter, ExporterNotFound, SortKey
from campaigns.domain.people_rows import customer_id
from campaigns.domain.query import QueryAddress
from campaigns.domain.run import CONTACTS_OUTPUT, Run, RunStatus, TriggeredBy
from campaigns.pipeline import resolve, rulings
from campaigns.pipeline.orchestrate import execute
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json

SIZES = (10_000, 100_000, 1_000_000)
PEOPLE = 5_000
LIMIT_MB = 512
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
COMPANY = "018f4e9a-0000-7000-8000-00000000c0de"
CAMPAIGN = "018f4e9a-0000-7000-8000-00000000ca01"
EXPORTER = "018f4e9a-0000-7000-8000-00000000ce01"
RUN = "018f4e9a-0000-7000-8000-00000000a001"
QUERY_COLUMNS = ["borrowerId", "loanId", *(f"c{number:02d}" for number in range(18))]
PERSON_FIELDS = ("person.externalId", "person.firstName", "person.lastName", "person.timeZone")
PHONE_FIELDS = ("contact.phoneMobile", "contact.phoneHome")
ORDER = (SortKey(by="query.c04"), SortKey(by="person.lastName"))
OUTPUT_FIELDS = (*PERSON_FIELDS, *PHONE_FIELDS, *(f"query.c{number:02d}" for number in range(14)))


@dataclass(frozen=True)
class Measured:
    rows: int
    seconds: float
    bare_seconds: float
    """A loop of csv.writer over as many rows of 20 columns."""
    peak_mb: float
    stages: dict[str, float]
    ordered_seconds: float = 0.0
    """The same run with a file in an order of its own."""
    ordered_peak_mb: float = 0.0
    unguarded_seconds: float = 0.0
    """The same run with nobody asking whether anybody may be contacted."""

    @property
    def rows_per_s(self) -> float:
        return self.rows / self.seconds

    @property
    def ratio(self) -> float:
        return self.bare_seconds / self.seconds


def row_of(number: int) -> dict[str, Any]:
    """Numbers, texts, dates, money and nothing, as a lender's query has them."""
    row: dict[str, Any] = {"borrowerId": number % PEOPLE, "loanId": number}
    for place, name in enumerate(QUERY_COLUMNS[2:]):
        row[name] = (
            f"some text {number % 97}",
            number * place,
            None,
            "2026-03-01",
            round(number * 0.37, 2),
            'with, comma and "quotes"',
        )[place % 6]
    return row


def write_result(path: Path, rows: int) -> None:
    """A Redash result, as its server would answer it."""
    columns = [{"name": name, "type": None} for name in QUERY_COLUMNS]
    head = {"query_result": {"id": 1, "data": {"columns": columns, "rows": []}}}
    before, after = json.dumps(head).split("[]}")
    with path.open("w") as file:
        file.write(before + "[")
        for number in range(rows):
            file.write((", " if number else "") + json.dumps(row_of(number)))
        file.write("]}" + after)


class StoredResult:
    """A query source whose result is there already, to be read from a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def text(self, address: QueryAddress, key: str) -> str:
        return "SELECT * FROM loans"

    def submit(self, address: QueryAddress, key: str) -> Json:
        return {"resultId": 1}

    def poll(self, address: QueryAddress, key: str, job_id: str) -> Json:
        return {"state": "done", "resultId": 1}

    def cancel(self, address: QueryAddress, key: str, job_id: str) -> None: ...

    def rows(
        self,
        address: QueryAddress,
        key: str,
        result_id: int,
        *,
        read_timeout_s: float | None = None,
    ) -> "StoredRows":
        return StoredRows(self._path)


class StoredRows:
    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._rows = JsonRows(iter(lambda: self._file.read(1 << 16), b""))
        self.columns: Sequence[str] = self._rows.columns

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        return iter(self._rows)

    def close(self) -> None:
        self._file.close()


class StoredPeople:
    """Customers as DynamoDB keeps them, decoded whenever they are asked for."""

    def __init__(self, count: int) -> None:
        self._codec = Codec(Customer)
        made = (_customer(number) for number in range(count))
        self._items = {one.id: self._codec.encode(one) for one in made}

    def customers(self, company_id: str, ids: Iterable[str]) -> Mapping[str, Customer]:
        wanted = dict.fromkeys(ids)
        return {id: self._codec.decode(self._items[id]) for id in wanted if id in self._items}

    def accounts(self, company_id: str, ids: Iterable[str]) -> Mapping[str, Account]:
        return {}

    def put_customers(self, customers: Sequence[Customer]) -> frozenset[str]:
        raise NotImplementedError

    def put_accounts(self, accounts: Sequence[Account]) -> frozenset[str]:
        raise NotImplementedError


class StoredLedger:
    """A history of three attempts for everybody, decoded whenever it is asked for.

    What is written is encoded and forgotten: a person of this benchmark has more loans than any
    person has, and what they all reserve would be read again and again.
    """

    def __init__(self, count: int) -> None:
        self._codec = Codec(ContactHistory)
        made = (_history(customer_id(COMPANY, str(number))) for number in range(count))
        self._items = {one.person_id: self._codec.encode(one) for one in made}

    def histories(self, company_id: str, person_ids: Iterable[str]) -> Mapping[str, ContactHistory]:
        return {id: self._codec.decode(self._items[id]) for id in person_ids if id in self._items}

    def write(self, histories: Sequence[ContactHistory]) -> frozenset[str]:
        for one in histories:
            self._codec.encode(one)
        return frozenset()


def _history(person_id: str) -> ContactHistory:
    attempts = tuple(
        Attempt(id=f"{person_id}-{days}", at=NOW - timedelta(days=days), channel=Channel.CALL)
        for days in (6, 4, 2)
    )
    return ContactHistory(company_id=COMPANY, person_id=person_id, attempts=attempts)


def ask_nobody(asks: Sequence[rulings.Ask], occasion: guard.Occasion, **_: Any) -> Any:
    """In the place of the guard's answers: all allowed, for the sake of comparison."""
    allowed = guard.Decision(guard.Verdict.ALLOW, "none", "unguarded")
    return [
        [
            guard.Ruling(
                person=ask.person,
                contact=one,
                channel=ask.channel_of(one),
                debt=ask.debt,
                decision=allowed,
                seal=guard._SEAL,
            )
            for one in ask.contacts[: ask.most]
        ]
        for ask in asks
    ]


def _customer(number: int) -> Customer:
    return Customer(
        id=customer_id(COMPANY, str(number)),
        company_id=COMPANY,
        external_id=str(number),
        first_name=f"First{number}",
        last_name=f"Last{number}",
        time_zone="America/Chicago",
        contacts=(
            ContactPoint(type=ContactType.EMAIL, value=f"p{number}@example.com", label="personal"),
            ContactPoint(type=ContactType.PHONE, value=f"+1512555{number:04d}", label="home"),
            ContactPoint(type=ContactType.PHONE, value=f"+1512556{number:04d}", label="mobile"),
        ),
    )


class TimedSteps(MemorySteps):
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def step(self, name: str, do: Callable[[int], Json]) -> Json:
        began = time.process_time()
        try:
            return super().step(name, do)
        finally:
            spent = time.process_time() - began
            self.seconds[name] = self.seconds.get(name, 0.0) + spent


def no_channel(_: object) -> Any:
    raise NotImplementedError("nothing is delivered here")


def measure(rows: int, result: Path, folder: Path, order: Sequence[SortKey] = ()) -> Measured:
    tools = _tools(result, FolderRunFiles(folder), order)
    steps = TimedSteps()
    ref = tools.runs.open(
        Run(
            id=RUN,
            company_id=COMPANY,
            campaign_id=CAMPAIGN,
            triggered_by=TriggeredBy.MANUAL,
            created_at=NOW,
            updated_at=NOW,
        )
    ).ref
    began = time.process_time()
    execute(ref, steps, tools)
    seconds = time.process_time() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    run = tools.run(ref)
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert run.counts.exported == run.file(CONTACTS_OUTPUT).rows == rows
    names = {"fetch-query": "query", "screen": "screen", "resolve": "resolve", "export": "export"}
    stages = {said: steps.seconds[name] for name, said in names.items()}
    return Measured(rows, seconds, bare(rows, folder), peak_mb, stages)


def _tools(result: Path, files: FolderRunFiles, order: Sequence[SortKey]) -> Tools:
    access, campaigns = MemoryAccess(), MemoryCollection[Campaign](missing=CampaignNotFound)
    exporters = MemoryCollection[Exporter](missing=ExporterNotFound)
    access.put_company(Company(id=COMPANY, name="Bench", created_at=NOW))
    exporters.add(
        Exporter(
            id=EXPORTER,
            company_id=COMPANY,
            name="Bench",
            criteria=Criteria(contact_type=frozenset({ContactType.PHONE})),
            columns=tuple(Column(output_name=path, field=path) for path in OUTPUT_FIELDS),
            order=tuple(order),
            created_at=NOW,
            updated_at=NOW,
        )
    )
    campaigns.add(
        Campaign(
            id=CAMPAIGN,
            company_id=COMPANY,
            name="Bench",
            query_url="https://redash.example.com/queries/1",
            exporter_id=EXPORTER,
            created_at=NOW,
            updated_at=NOW,
        )
    )
    return Tools(
        access=access,
        campaigns=campaigns,
        exporters=exporters,
        runs=MemoryRunStore(),
        people=StoredPeople(PEOPLE),
        ledger=StoredLedger(PEOPLE),
        files=files,
        secrets=MemorySecrets(),
        queries=StoredResult(result),
        open_channel=no_channel,
        events=MemoryEvents(),
        allow_http=False,
        now=lambda: NOW,
    )


def bare(rows: int, folder: Path) -> float:
    """Seconds that csv.writer alone takes for as many rows, which lie in memory as text."""
    texts = [
        [str(value) if value is not None else "" for value in row_of(number).values()]
        for number in range(10_000)
    ]
    began = time.process_time()
    with (folder / "bare.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        for _ in range(rows // len(texts)):
            for row in texts:
                writer.writerow(row)
    return time.process_time() - began


def in_a_child(rows: int) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result.json")
        write_result(result, rows)
        command = [sys.executable, "-m", "bench.run", "--child", str(rows), folder]

        def child(*options: str) -> Measured:
            said = subprocess.run([*command, *options], check=True, stdout=subprocess.PIPE).stdout
            return Measured(**json.loads(said))

        plain, ordered, unguarded = child(), child("--ordered"), child("--unguarded")
        return replace(
            plain,
            ordered_seconds=ordered.seconds,
            ordered_peak_mb=ordered.peak_mb,
            unguarded_seconds=unguarded.seconds,
        )


def report(measured: Sequence[Measured]) -> str:
    lines = [
        "| rows | CPU seconds | rows/s | of csv.writer alone | peak memory | query | screen"
        " | resolve | export | ordered | its peak | rows/s without the guard |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in measured:
        stages = " | ".join(f"{seconds:.1f} s" for seconds in one.stages.values())
        lines.append(
            f"| {one.rows:,} | {one.seconds:.1f} | {one.rows_per_s:,.0f} | {one.ratio:.2f} |"
            f" {one.peak_mb:.0f} MB | {stages} | {one.ordered_seconds / one.seconds:.2f} x |"
            f" {one.ordered_peak_mb:.0f} MB | {one.rows / one.unguarded_seconds:,.0f} |"
        )
    small, large = measured[0], measured[-1]
    if large.rows > small.rows:
        slope = (large.peak_mb - small.peak_mb) / (large.rows - small.rows) * 1_000_000
        lines += ["", f"Memory grows by {slope:.0f} MB for a million rows."]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="ROWS")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--ordered", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--unguarded", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        rows, folder = asked.child
        order = ORDER if asked.ordered else ()
        if asked.unguarded:
            vars(resolve)["rule_on"] = ask_nobody
        measured = measure(int(rows), Path(folder, "result.json"), Path(folder), order)
        print(json.dumps(asdict(measured)))
        return
    measured_all = [in_a_child(rows) for rows in sorted(asked.sizes)]
    print(report(measured_all))
    if any(max(one.peak_mb, one.ordered_peak_mb) > LIMIT_MB for one in measured_all):
        sys.exit(f"more than {LIMIT_MB} MB of memory")


if __name__ == "__main__":
    main()
