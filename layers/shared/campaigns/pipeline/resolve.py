"""The second stage, second half: whom do we know, may we contact them, what line do they get.

One chunk at a time, so that a long list can be resolved in several places at once. What it
writes are parts, which the export stage puts together in order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import chain

import orjson

from campaigns.domain import public_id
from campaigns.domain.account import Account
from campaigns.domain.customer import ContactPoint, ContactType, Customer
from campaigns.domain.exporter import Exporter, Lists, PhoneFormat, Rows
from campaigns.domain.facts import Facts, Getter, getters, needs_accounts
from campaigns.domain.file_limits import REPLACED, CellRefused, Cells
from campaigns.domain.guard import Decision, Verdict, decide
from campaigns.domain.identity import moment, of_external
from campaigns.domain.local_time import end_of_day
from campaigns.domain.phones import code_of_country, spell_phone
from campaigns.domain.presets import MOST_PHONES
from campaigns.domain.run import CAMPAIGN_INPUT, Run, RunRef, work_file
from campaigns.domain.sort_keys import sort_key
from campaigns.pipeline.csv_lines import CsvLines, in_batches, read_rows
from campaigns.pipeline.sorted_parts import SortedPart
from campaigns.ports import Json, People, RunFiles, RunStore

CONTACTS_PART = "contacts.csv"
DECISIONS_PART = "decisions.csv"
REJECTS_PART = "rejects.csv"
_BATCH = 500
_FIXED = 3
"""Columns row, borrowerId, loanId, before those of the query."""


@dataclass(slots=True)
class _Output:
    """The rows of one batch, by the file they go to."""

    contacts: list[Sequence[str]] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    """Of the lines for the contact file, where it has an order of its own."""
    decisions: list[list[str]] = field(default_factory=list)
    rejects: list[list[str]] = field(default_factory=list)


@dataclass(slots=True)
class _Tally:
    exported: int = 0
    suppressed: int = 0
    rejected: int = 0
    lines: int = 0
    decisions: int = 0
    without_phone: int = 0
    replaced: int = 0
    """Exported rows that lost letters; each has a line among the rejects, and is none."""
    reasons: dict[str, int] = field(default_factory=dict)
    segments: list[list[int]] = field(default_factory=list)
    """Where the sorted lines of the part begin and end; none where the file is not sorted."""

    def because(self, reason: str) -> None:
        self.reasons[reason] = self.reasons.get(reason, 0) + 1


def resolve(
    ref: RunRef,
    chunk: Json,
    *,
    runs: RunStore,
    people: People,
    files: RunFiles,
) -> Json:
    """Resolve the rows between `start` and `end`; answer how many became what, and why."""
    run = runs.get(ref.company_id, ref.campaign_id, ref.run_id)
    if run.is_over:
        return {"canceled": True}
    part = int(chunk["index"])
    with files.read(ref, CAMPAIGN_INPUT, end=int(chunk["header"])) as stream:
        columns = next(read_rows(stream))[_FIXED:]
    exporter = run.exporter
    work = _Resolver(run, chunk, columns, people)
    with (
        files.read(ref, CAMPAIGN_INPUT, start=int(chunk["start"]), end=int(chunk["end"])) as stream,
        files.write(ref, work_file(CONTACTS_PART, part)) as contacts,
        files.write(ref, work_file(DECISIONS_PART, part)) as decisions,
        files.write(ref, work_file(REJECTS_PART, part)) as rejects,
    ):
        plain = CsvLines()
        shaped = CsvLines(exporter.format) if exporter else plain
        ordered = SortedPart(contacts) if exporter and exporter.order else None
        for batch in in_batches(read_rows(stream), _BATCH):
            out = work.batch(batch)
            if ordered is None:
                contacts.write(shaped.encode(out.contacts))
            else:
                ordered.add(zip(out.keys, shaped.encode_each(out.contacts), strict=True))
            decisions.write(plain.encode(out.decisions))
            rejects.write(plain.encode(out.rejects))
        if ordered is not None:
            ordered.flush()
            work.tally.segments = ordered.segments
    return asdict(work.tally)


class _Resolver:
    def __init__(self, run: Run, chunk: Json, columns: Sequence[str], people: People) -> None:
        exporter = run.exporter
        self._company = run.company_id
        self._people = people
        self._exporter = exporter
        self._getters: list[Getter] = getters(exporter) if exporter else []
        cells = Cells(exporter) if exporter else None
        self._cells = None if cells is None or cells.takes_everything else cells
        self._key = sort_key(exporter) if exporter and exporter.order else None
        self._needs_accounts = exporter is not None and needs_accounts(exporter.paths)
        self._columns = [*chunk["ids"], *(name.removeprefix("query.") for name in columns)]
        self._campaign = run.campaign_facts
        self._day = date.fromisoformat(chunk["day"])
        self._run = {
            "id": public_id.show(public_id.RUN, run.id),
            "startedAt": moment(run.started_at or run.created_at),
            "expiresAt": moment(end_of_day(self._day, chunk["zone"])),
        }
        compliance = exporter.compliance if exporter else None
        self._about = compliance.facts if compliance else {}
        self._loan = (compliance.loan_id if compliance else None) or ""
        self._most = _most_contacts(exporter) if exporter else None
        self._plan = (
            code_of_country(exporter.phone_country)
            if exporter and exporter.phone_format is PhoneFormat.NATIONAL10
            else None
        )
        """The country code of the only numbers that the file can spell; None for all."""
        self._no_contact = (
            "no_phone"
            if exporter and exporter.contact_types == frozenset({ContactType.PHONE})
            else "no_contact"
        )
        self.tally = _Tally()

    def batch(self, rows: list[list[str]]) -> _Output:
        out = _Output()
        if self._exporter is None:
            for row in rows:
                self._reject(out, row, "no_exporter")
            return out
        ids = [self._ids(public_id.BORROWER, "customer", row[1]) for row in rows]
        people = self._people.customers(self._company, chain.from_iterable(ids))
        loans: list[tuple[str, ...]] = [()] * len(rows)
        accounts: Mapping[str, Account] = {}
        if self._needs_accounts:
            loans = [self._ids("LN", "account", row[2]) if row[2] else () for row in rows]
            accounts = self._people.accounts(self._company, chain.from_iterable(loans))
        for row, names, loan in zip(rows, ids, loans, strict=True):
            person = next((people[id] for id in names if id in people), None)
            account = next((accounts[id] for id in loan if id in accounts), None)
            if person is None:
                self._reject(out, row, "unknown_person")
                continue
            if not person.has_phone:
                self.tally.without_phone += 1
            if loan and account is None:
                self._reject(out, row, "unknown_loan")
            elif account is not None and account.customer_id != person.id:
                self._reject(out, row, "loan_of_another_person")
            else:
                self._person(out, row, person, account, self._exporter)
        return out

    def _ids(self, kind: str, what: str, text: str) -> tuple[str, ...]:
        """What a query may mean: our id in either form, else the lender's own, a UUID or not."""
        named = of_external(self._company, what, text)
        ours = public_id.read(kind, text)
        return (named,) if ours is None else (ours, named)

    def _person(
        self,
        out: _Output,
        row: list[str],
        person: Customer,
        account: Account | None,
        exporter: Exporter,
    ) -> None:
        contacts = exporter.reachable(person.contacts)
        if self._plan is not None and contacts:
            contacts = tuple(one for one in contacts if self._can_be_spelled(one, self._plan))
            if not contacts:
                detail = f"no phone of the numbering plan +{self._plan}"
                return self._reject(out, row, self._no_contact, detail)
        if not contacts:
            return self._reject(out, row, self._no_contact)
        if exporter.lists is Lists.ALLOWED:
            contacts = contacts[: self._most]
        decided = [(contact, decide(person, contact)) for contact in contacts]
        self.tally.decisions += len(decided)
        out.decisions.extend(self._decision(row, contact, one) for contact, one in decided)
        wanted = Verdict.ALLOW if exporter.lists is Lists.ALLOWED else Verdict.SUPPRESS
        listed = [pair for pair in decided if pair[1].verdict is wanted][: self._most]
        if not listed:
            if exporter.lists is Lists.SUPPRESSED:
                return self._reject(out, row, "not_suppressed")
            self.tally.suppressed += 1
            self.tally.because(decided[0][1].rule_id)
            return None
        query = dict(zip(self._columns, row[1:], strict=True))
        known = (query, self._campaign, self._run)
        if exporter.rows is Rows.LONG:
            lines = [Facts(person, account, [one], *known, said, self._day) for one, said in listed]
        else:
            used = [one for one, _ in listed]
            lines = [Facts(person, account, used, *known, listed[0][1], self._day)]
        return self._lines(out, row, lines)

    def _can_be_spelled(self, contact: ContactPoint, plan: str) -> bool:
        """Whether a dialer would find a number in the file: else the line would be without one."""
        return contact.type is not ContactType.PHONE or bool(
            spell_phone(contact.value, PhoneFormat.NATIONAL10, plan)
        )

    def _lines(self, out: _Output, row: list[str], lines: list[Facts]) -> None:
        """All lines of a row, or none of them where one cannot be written."""
        made: list[Sequence[str]] = [[get(facts) for get in self._getters] for facts in lines]
        if self._cells is not None:
            try:
                fitted = [self._cells.fitted(cells) for cells in made]
            except CellRefused as refused:
                detail = f"{self._name(refused.column)}: {refused.why}"
                return self._reject(out, row, refused.reason, detail)
            made = [cells for cells, _ in fitted]
            if lost := sorted({place for _, places in fitted for place in places}):
                names = ", ".join(self._name(place) for place in lost)
                out.rejects.append([row[0], REPLACED, row[1], row[2], names])
                self.tally.replaced += 1
        if self._key is not None:
            number = int(row[0])
            out.keys += [self._key(facts, number, place) for place, facts in enumerate(lines)]
        out.contacts += made
        self.tally.exported += 1
        self.tally.lines += len(made)
        return None

    def _name(self, place: int) -> str:
        """How a column is told apart, in a file whose columns need no names too."""
        columns = self._exporter.columns if self._exporter else ()
        return columns[place].output_name or f"column {place + 1}"

    def _reject(self, out: _Output, row: list[str], reason: str, detail: str = "") -> None:
        out.rejects.append([row[0], reason, row[1], row[2], detail])
        self.tally.rejected += 1
        self.tally.because(reason)

    def _decision(self, row: list[str], contact: ContactPoint, decision: Decision) -> list[str]:
        facts = {**self._about, **decision.facts} if self._about else decision.facts
        return [
            row[0],
            row[1],
            row[2] or self._loan,
            contact.type.value,
            contact.value,
            decision.verdict.value,
            decision.rule_id,
            decision.rule_version,
            orjson.dumps(facts).decode(),
        ]


def _most_contacts(exporter: Exporter) -> int | None:
    """Of one row; None for all of them."""
    if exporter.rows is Rows.WIDE:
        return min(exporter.max_phones, MOST_PHONES)
    return 1 if exporter.rows is Rows.BEST else None
