"""The stores in memory, held to the same promises as the real: for tests, and for trying out."""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Any, BinaryIO, Generic, TypeVar

from campaigns.domain.account import Account
from campaigns.domain.answer import Answer, answered, refused, result_of
from campaigns.domain.api_key import ApiKey, KeyNotFound
from campaigns.domain.campaign import ChangedMeanwhile, ExternalIdTaken, UnknownCursor
from campaigns.domain.company import Company, CompanyNotFound, live_space_of
from campaigns.domain.customer import Customer
from campaigns.domain.errors import NotFound, Unavailable
from campaigns.domain.events import Event, EventsUnavailable
from campaigns.domain.identity import moment
from campaigns.domain.imports import ImportJob, ImportNotFound, UploadNotFound, UploadTooLarge
from campaigns.domain.page import Page, Slice
from campaigns.domain.run import Run, RunFile, RunFileNotFound, RunInProgress, RunNotFound, RunRef
from campaigns.domain.secret import Sealed, hint_of

E = TypeVar("E", bound=Any)
T = TypeVar("T")
P = TypeVar("P", Customer, Account)


class MemoryAccess:
    def __init__(self) -> None:
        self._companies: dict[str, Company] = {}
        self._keys: dict[str, ApiKey] = {}
        self._tokens: dict[str, ApiKey] = {}

    def company(self, company_id: str) -> Company:
        live = live_space_of(company_id)
        if live not in self._companies:
            raise CompanyNotFound(company_id)
        return self._companies[live].in_space(company_id)

    def put_company(self, company: Company) -> None:
        live = live_space_of(company.id)
        self._companies[live] = company.in_space(live)

    def move_company(self, company: Company) -> Company:
        was = self._companies.get(company.id)
        if was is None or was.version != company.version:
            raise ChangedMeanwhile(f"company {company.id}")
        moved = replace(company, version=company.version + 1)
        self._companies[company.id] = moved
        return moved

    def find_key(self, digest: str) -> ApiKey | None:
        return self._keys.get(digest) or self._tokens.get(digest)

    def get_key(self, company_id: str, key_id: str) -> ApiKey:
        for key in self._keys.values():
            if (key.company_id, key.id) == (company_id, key_id):
                return key
        raise KeyNotFound(key_id)

    def list_keys(self, company_id: str, *, after: str | None, limit: int) -> Sequence[ApiKey]:
        ours = [key for key in self._keys.values() if key.company_id == company_id]
        newest = sorted(ours, key=lambda key: key.id, reverse=True)
        return [key for key in newest if after is None or key.id < after][:limit]

    def add_key(self, key: ApiKey) -> None:
        self._keys[key.digest] = key

    def add_token(self, token: ApiKey) -> None:
        self._tokens[token.digest] = token

    def move_key(self, key: ApiKey) -> ApiKey:
        if self._keys[key.digest].version != key.version:
            raise ChangedMeanwhile(f"key {key.id}")
        moved = replace(key, version=key.version + 1)
        self._keys[key.digest] = moved
        return moved

    def rotate_key(self, old: ApiKey, new: ApiKey) -> None:
        self.move_key(old)
        self.add_key(new)


class MemoryCollection(Generic[E]):
    def __init__(self, *, missing: type[NotFound]) -> None:
        self._missing = missing
        self._kept: dict[tuple[str, str], E] = {}

    def get(self, company_id: str, id: str) -> E:
        found = self._kept.get((company_id, id))
        if found is None or found.deleted_at:
            raise self._missing(id)
        return found

    def find(self, company_id: str, id: str) -> E | None:
        return self._kept.get((company_id, id))

    def find_external(self, company_id: str, external_id: str) -> E | None:
        for (company, _), kept in self._kept.items():
            if (company, kept.external_id) == (company_id, external_id) and not kept.deleted_at:
                return kept
        return None

    def add(self, entity: E) -> E:
        self._check_name(entity)
        self._kept[entity.company_id, entity.id] = entity
        return entity

    def move(self, entity: E) -> E:
        was = self._kept.get((entity.company_id, entity.id))
        if was is None or was.version != entity.version:
            raise ChangedMeanwhile(entity.id)
        self._check_name(entity)
        moved: E = replace(entity, version=entity.version + 1)
        self._kept[entity.company_id, entity.id] = moved
        return moved

    def __iter__(self) -> Iterator[E]:
        return iter(list(self._kept.values()))

    def every(self, company_id: str) -> Iterator[E]:
        all_of_them = Slice(limit=len(self._kept) + 1, include_deleted=True)
        yield from self.list(company_id, all_of_them).items

    def list(self, company_id: str, ask: Slice) -> Page[E]:
        newest_first = sorted(
            (
                kept
                for (company, _), kept in self._kept.items()
                if company == company_id and (ask.include_deleted or not kept.deleted_at)
            ),
            key=lambda kept: str(kept.id),
            reverse=True,
        )
        return _page(newest_first, ask, lambda one, cursor: str(one.id) < cursor)

    def _check_name(self, entity: E) -> None:
        if entity.external_id is None or entity.deleted_at:
            return
        holder = self.find_external(entity.company_id, entity.external_id)
        if holder is not None and holder.id != entity.id:
            raise ExternalIdTaken(entity.external_id)


class MemoryRunStore:
    def __init__(self) -> None:
        self._kept: dict[RunRef, Run] = {}
        self._slots: dict[tuple[str, str], str] = {}

    def open(self, run: Run) -> Run:
        if run.ref in self._kept:
            return self._kept[run.ref]
        place = (run.company_id, run.place)
        if not run.is_over:
            if place in self._slots:
                raise RunInProgress(self._slots[place])
            self._slots[place] = run.id
        self._kept[run.ref] = run
        return run

    def get(self, company_id: str, campaign_id: str, run_id: str) -> Run:
        ref = RunRef(company_id, campaign_id, run_id)
        if ref not in self._kept:
            raise RunNotFound(run_id)
        return self._kept[ref]

    def move(self, run: Run) -> Run:
        was = self._kept.get(run.ref)
        if was is None or was.version != run.version:
            raise ChangedMeanwhile(f"run {run.id}")
        moved = replace(run, version=run.version + 1)
        self._kept[run.ref] = moved
        place = (run.company_id, run.place)
        if moved.is_over and self._slots.get(place) == run.id:
            del self._slots[place]
        return moved

    def reopen(self, run: Run) -> Run:
        place = (run.company_id, run.place)
        if place in self._slots:
            raise RunInProgress(self._slots[place])
        moved = self.move(run)
        self._slots[place] = run.id
        return moved

    def of_company(
        self,
        company_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
    ) -> Iterator[Run]:
        first, last = moment(since) if since else "", moment(until) if until else "~"
        for run in sorted(self._kept.values(), key=lambda run: run.opened_place, reverse=True):
            ours = run.company_id == company_id and (after is None or run.opened_place < after)
            if ours and first <= run.opened_place < last:
                yield run

    def idle(self, since: datetime) -> Iterator[RunRef]:
        kept = sorted(self._kept.values(), key=lambda run: run.updated_at)
        yield from (run.ref for run in kept if run.is_at_work and run.updated_at < since)

    def list(self, company_id: str, campaign_id: str, ask: Slice) -> Page[Run]:
        runs = [
            run
            for run in self._kept.values()
            if (run.company_id, run.campaign_id) == (company_id, campaign_id)
        ]
        runs.sort(key=lambda run: (run.created_at, run.id), reverse=True)
        named = ask.ending_before or ask.starting_after
        if named is not None and named not in {run.id for run in runs}:
            raise UnknownCursor("endingBefore" if ask.ending_before else "startingAfter")
        places = {run.id: place for place, run in enumerate(runs)}
        return _page(runs, ask, lambda one, cursor: places[one.id] > places[cursor])


def _page(newest_first: Sequence[T], ask: Slice, is_older: Callable[[T, str], bool]) -> Page[T]:
    total = len(newest_first)
    if ask.ending_before is not None:
        newer = [
            one
            for one in newest_first
            if not is_older(one, ask.ending_before)
            and getattr(one, "id", None) != ask.ending_before
        ]
        items = newer[-ask.limit :]
    elif ask.starting_after is not None:
        items = [one for one in newest_first if is_older(one, ask.starting_after)][: ask.limit]
    else:
        items = list(newest_first[: ask.limit])
    if not items:
        return Page((), total, False, False)
    first, last = newest_first.index(items[0]), newest_first.index(items[-1])
    return Page(tuple(items), total, last < total - 1, first > 0)


class MemoryPeople:
    def __init__(self) -> None:
        self._customers: dict[tuple[str, str], Customer] = {}
        self._accounts: dict[tuple[str, str], Account] = {}
        self._one_at_a_time = Lock()

    def customers(self, company_id: str, ids: Iterable[str]) -> Mapping[str, Customer]:
        kept = self._customers
        return {id: kept[company_id, id] for id in ids if (company_id, id) in kept}

    def accounts(self, company_id: str, ids: Iterable[str]) -> Mapping[str, Account]:
        kept = self._accounts
        return {id: kept[company_id, id] for id in ids if (company_id, id) in kept}

    def customer_ids(self, company_id: str, *, descending: bool = False) -> Iterator[str]:
        ids = (id for company, id in self._customers if company == company_id)
        yield from sorted(ids, reverse=descending)

    def customer_count(self, company_id: str) -> int:
        return sum(1 for _ in self.customer_ids(company_id))

    def put_customers(self, customers: Sequence[Customer]) -> frozenset[str]:
        return self._put(self._customers, customers)

    def put_accounts(self, accounts: Sequence[Account]) -> frozenset[str]:
        return self._put(self._accounts, accounts)

    def _put(self, kept: dict[tuple[str, str], P], people: Sequence[P]) -> frozenset[str]:
        stale = set()
        for one in people:
            key = one.company_id, one.id
            with self._one_at_a_time:
                was = kept.get(key)
                if one.version == (0 if was is None else was.version):
                    kept[key] = replace(one, version=one.version + 1)
                else:
                    stale.add(one.id)
        return frozenset(stale)


class MemoryImportStore:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], ImportJob] = {}

    def add(self, job: ImportJob) -> ImportJob:
        self._kept[job.company_id, job.id] = job
        return job

    def get(self, company_id: str, job_id: str) -> ImportJob:
        if (company_id, job_id) not in self._kept:
            raise ImportNotFound(job_id)
        return self._kept[company_id, job_id]

    def move(self, job: ImportJob) -> ImportJob:
        if self.get(job.company_id, job.id).version != job.version:
            raise ChangedMeanwhile(f"import {job.id}")
        moved = replace(job, version=job.version + 1)
        self._kept[job.company_id, job.id] = moved
        return moved


class MemoryWriter:
    def __init__(self, name: str) -> None:
        self._name = name
        self._data = bytearray()
        self.rows = 0

    def write(self, data: bytes) -> None:
        self._data += data

    @property
    def data(self) -> bytes:
        return bytes(self._data)

    @property
    def facts(self) -> RunFile:
        digest = hashlib.sha256(self._data).hexdigest()
        return RunFile(name=self._name, bytes=len(self._data), sha256=digest, rows=self.rows)


class MemoryRunFiles:
    def __init__(self) -> None:
        self.kept: dict[tuple[RunRef, str], bytes] = {}

    @contextmanager
    def write(self, ref: RunRef, name: str) -> Iterator[MemoryWriter]:
        writer = MemoryWriter(name)
        yield writer
        self.kept[ref, name] = writer.data

    def read(self, ref: RunRef, name: str, *, start: int = 0, end: int | None = None) -> BinaryIO:
        if (ref, name) not in self.kept:
            raise RunFileNotFound(name)
        return io.BytesIO(self.kept[ref, name][start:end])

    def remove(self, ref: RunRef, names: Sequence[str]) -> None:
        for name in names:
            self.kept.pop((ref, name), None)

    def link(self, ref: RunRef, name: str, *, seconds: int) -> str:
        return f"memory:{ref.run_id}/{name}?seconds={seconds}"

    upload_link = link

    def size(self, ref: RunRef, name: str) -> int:
        if (ref, name) not in self.kept:
            raise RunFileNotFound(name)
        return len(self.kept[ref, name])


class MemoryUploads:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def upload_link(self, key: str, *, seconds: int) -> str:
        return f"memory:{key}?seconds={seconds}"

    download_link = upload_link

    def read(self, key: str, *, most: int) -> BinaryIO:
        if key not in self.kept:
            raise UploadNotFound(key)
        if (size := len(self.kept[key])) > most:
            raise UploadTooLarge(size, most)
        return io.BytesIO(self.kept[key])

    def write(self, key: str, data: Iterable[bytes]) -> None:
        self.kept[key] = b"".join(data)


class MemorySecrets:
    """Keeps what it seals, under the context it was sealed with."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, dict[str, str]]] = {}

    def seal(self, plain: str, context: Mapping[str, str]) -> Sealed:
        token = f"sealed-{len(self._kept)}"
        self._kept[token] = (plain, dict(context))
        return Sealed(token, hint_of(plain))

    def open(self, sealed: Sealed, context: Mapping[str, str]) -> str:
        plain, sealed_for = self._kept[sealed.ciphertext]
        if sealed_for != dict(context):
            raise ValueError("sealed for another place")
        return plain


class MemorySteps:
    """Runs steps one after the other, remembers nothing, and does not wait between attempts."""

    _ATTEMPTS = 5

    def step(self, name: str, do: Callable[[int], Answer]) -> Answer:
        for attempt in range(1, self._ATTEMPTS):
            try:
                return result_of(answered(lambda attempt=attempt: do(attempt)))  # type: ignore[misc]
            except Unavailable:
                continue
        try:
            return result_of(answered(lambda: do(self._ATTEMPTS)))
        except Unavailable as given_up:
            return result_of(refused(given_up))

    def poll(self, name: str, check: Callable[[Answer], Answer], state: Answer) -> Answer:
        while not state.get("done"):
            state = self.step(name, lambda _, state=state: check(state))  # type: ignore[misc]
        return state

    def each(
        self, name: str, items: Sequence[Answer], do: Callable[[Answer], Answer]
    ) -> Sequence[Answer]:
        return [self.step(name, lambda _, item=item: do(item)) for item in items]  # type: ignore[misc]


class MemoryEvents:
    """`published` is what was told, `failures` what goes wrong first."""

    def __init__(self) -> None:
        self.published: list[Event] = []
        self.failures: list[EventsUnavailable] = []

    def publish(self, *events: Event) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.published += events


class MemoryRunEngine:
    def __init__(self) -> None:
        self.started: list[RunRef] = []
        self._known: set[tuple[RunRef, int]] = set()

    def start(self, ref: RunRef, *, restart: int = 0) -> None:
        if (ref, restart) not in self._known:
            self._known.add((ref, restart))
            self.started.append(ref)
