"""Take an uploaded file of customers or accounts, row by row: good rows are kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar

from campaigns.domain.account import Account
from campaigns.domain.customer import Customer
from campaigns.domain.errors import Invalid
from campaigns.domain.imports import ImportJob, ImportKind, ImportMode
from campaigns.domain.people_rows import (
    ACCOUNT_COLUMNS,
    CUSTOMER_COLUMNS,
    EXTERNAL_ID,
    account_id,
    account_of,
    customer_id,
    customer_of,
    external_id_of,
)
from campaigns.domain.row_values import RowRefused
from campaigns.ports import Clock, ImportStore, People, Uploads
from campaigns.usecases.import_file import (
    CREATED,
    UNCHANGED,
    UPDATED,
    Columns,
    Numbered,
    Row,
    Taker,
    import_file,
)

T = TypeVar("T", Customer, Account)

_BATCH = 500
_TRIES = 10


def import_people(
    job: ImportJob,
    *,
    imports: ImportStore,
    uploads: Uploads,
    people: People,
    now: Clock,
) -> ImportJob:
    """Import the job's file. A job that has ended is left alone."""
    taker = _taker(job, people, now)
    return import_file(job, taker, imports=imports, uploads=uploads, now=now)


@dataclass(frozen=True, slots=True)
class _Kind(Generic[T]):
    columns: frozenset[str]
    id_of: Callable[[str, str], str]
    make: Callable[[str, Row, T | None, bool], T]
    read: Callable[[str, Sequence[str]], Mapping[str, T]]
    write: Callable[[Sequence[T]], frozenset[str]]


def _taker(job: ImportJob, people: People, now: Clock) -> Taker:
    def customer(company_id: str, row: Row, was: Customer | None, merge: bool) -> Customer:
        return customer_of(company_id, row, was, merge, now=now())

    customers: _Kind[Customer] = _Kind(
        CUSTOMER_COLUMNS, customer_id, customer, people.customers, people.put_customers
    )
    accounts: _Kind[Account] = _Kind(
        ACCOUNT_COLUMNS, account_id, account_of, people.accounts, people.put_accounts
    )
    kind: _Kind[Any] = customers if job.kind is ImportKind.CUSTOMERS else accounts
    columns = Columns(kind.columns, frozenset({EXTERNAL_ID}))
    return Taker(columns, _Work(job, kind).take, _BATCH)


class _Work(Generic[T]):
    def __init__(self, job: ImportJob, kind: _Kind[T]) -> None:
        self._kind: _Kind[T] = kind
        self._company = job.company_id
        self._merges = job.mode is ImportMode.MERGE

    def take(self, rows: Numbered) -> Mapping[int, str | Invalid]:
        results: dict[int, str | Invalid] = {}
        named: dict[str, list[tuple[int, Row]]] = {}
        for number, row in rows:
            try:
                id = self._kind.id_of(self._company, external_id_of(row))
                named.setdefault(id, []).append((number, row))
            except Invalid as refusal:
                results[number] = refusal
        self._keep(named, results)
        return results

    def _keep(
        self, named: Mapping[str, list[tuple[int, Row]]], results: dict[int, str | Invalid]
    ) -> None:
        """Rows of records that change under our hands are applied anew to what is there now."""
        left = dict(named)
        for _ in range(_TRIES):
            kept = self._kind.read(self._company, list(left))
            made = {id: self._applied(rows, kept.get(id), results) for id, rows in left.items()}
            changed = [one for id, one in made.items() if one is not None and one != kept.get(id)]
            left = {id: left[id] for id in self._kind.write(changed)}
            if not left:
                return
        for number, _row in chain.from_iterable(left.values()):
            results[number] = RowRefused("kept being changed by others; import this row again")

    def _applied(
        self, rows: list[tuple[int, Row]], one: T | None, results: dict[int, str | Invalid]
    ) -> T | None:
        for number, row in rows:
            try:
                made = self._kind.make(self._company, row, one, self._merges)
            except Invalid as refusal:
                results[number] = refusal
                continue
            results[number] = CREATED if one is None else UPDATED if made != one else UNCHANGED
            one = made
        return one
