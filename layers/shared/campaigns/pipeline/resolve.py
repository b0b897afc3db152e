"""The second stage, second half: whom do we know, may we contact them, what line do they get.

What the guard allows is reserved before its line is written, and so is whose it was, so that a
run that comes to nothing can give it back. A chunk that is done again decides the same.

One chunk at a time, so that a long list can be resolved in several places at once. What it
writes are parts, which the export stage puts together in order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import chain

import orjson

from campaigns.domain import public_id
from campaigns.domain.account import Account
from campaigns.domain.audience import ids_named
from campaigns.domain.contact_history import ContactHistory
from campaigns.domain.customer import ContactPoint, ContactType, Customer
from campaigns.domain.exporter import Exporter, Lists, PhoneFormat, Rows
from campaigns.domain.facts import Facts, Getter, getters, needs_accounts
from campaigns.domain.file_limits import REPLACED, CellRefused, Cells
from campaigns.domain.guard import Ruling, Verdict, list_for
from campaigns.domain.guard_rules import rules_on
from campaigns.domain.identity import moment
from campaigns.domain.notices import NoticeClass, class_of
from campaigns.domain.phones import code_of_country, spell_phone
from campaigns.domain.presets import MOST_PHONES
from campaigns.domain.run import (
    CAMPAIGN_INPUT,
    DECISIONS,
    REJECTS,
    Run,
    RunFileNotFound,
    RunRef,
    work_file,
)
from campaigns.domain.run_tables import DECIDED_NAME, REJECTED_NAME
from campaigns.domain.sort_keys import sort_key
from campaigns.pipeline.csv_lines import CsvLines, in_batches, read_rows
from campaigns.pipeline.draft import DUPLICATE, Drafted, Drafter
from campaigns.pipeline.indexed import (
    PEOPLE_PART,
    ROWS_PART,
    IndexedLines,
    write_records,
    write_rows,
)
from campaigns.pipeline.policy import policy_of
from campaigns.pipeline.rulings import Ask, change_histories, rule_on
from campaigns.pipeline.sorted_parts import SortedPart
from campaigns.pipeline.writing import Writing
from campaigns.ports import ContactLedger, Json, People, RunFiles, RunStore

CONTACTS_PART = "contacts.csv"
DECISIONS_PART = "decisions.csv"
REJECTS_PART = "rejects.csv"
MESSAGES_PART = "messages.jsonl"
RESERVED_PART = "reserved.csv"
"""The ids of those for whom something was reserved."""
_BATCH = 500
_FIXED = 3
"""Columns row, borrowerId, loanId, before those of the query."""


@dataclass(slots=True)
class _Output:
    """The rows of one batch, by the file they go to."""

    contacts: list[Sequence[str]] = field(default_factory=list)
    contact_rows: list[str] = field(default_factory=list)
    """The number of the row that each of these was made of."""
    keys: list[bytes] = field(default_factory=list)
    """Of the lines for the contact file, where it has an order of its own."""
    decisions: list[list[str]] = field(default_factory=list)
    rejects: list[list[str]] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)
    reserved: list[list[str]] = field(default_factory=list)


@dataclass(slots=True)
class _Known:
    """A row whose person and loan are known, and whose contact points are about to be judged."""

    row: list[str]
    person: Customer
    account: Account | None
    ask: Ask


@dataclass(slots=True)
class _Tally:
    exported: int = 0
    sent: int = 0
    """Rows that a message was written for, and that are not exported."""
    messages: int = 0
    suppressed: int = 0
    deferred: int = 0
    rejected: int = 0
    lines: int = 0
    decisions: int = 0
    without_phone: int = 0
    replaced: int = 0
    """Exported rows that lost letters; each has a line among the rejects, and is none."""
    reasons: dict[str, int] = field(default_factory=dict)
    segments: list[list[int]] = field(default_factory=list)
    """Where the sorted lines of the part begin and end; none where the file is not sorted."""
    decision_bytes: int = 0
    reject_bytes: int = 0
    indexed: int = 0
    """Decisions and rejects that the part's index of people leads to."""

    def because(self, reason: str) -> None:
        self.reasons[reason] = self.reasons.get(reason, 0) + 1


def resolve(
    ref: RunRef,
    chunk: Json,
    *,
    runs: RunStore,
    people: People,
    ledger: ContactLedger,
    files: RunFiles,
    writing: Writing | None = None,
    reserves: bool = True,
) -> Json:
    """Resolve the rows between `start` and `end`; answer how many became what, and why.

    `writing` is for runs that send messages.

    Without `reserves`, whoever is allowed is not kept from anybody else.
    """
    run = runs.get(ref.company_id, ref.campaign_id, ref.run_id)
    if run.is_over:
        return {"canceled": True}
    part = int(chunk["index"])
    with files.read(ref, CAMPAIGN_INPUT, end=int(chunk["header"])) as stream:
        columns = next(read_rows(stream))[_FIXED:]
    exporter = run.exporter
    drafter: Drafter | None = None
    if run.sending is not None:
        assert writing is not None, "a run that sends messages was given nothing to write them with"
        drafter = Drafter(
            run,
            run.sending,
            chunk,
            columns,
            people=people,
            ledger=ledger,
            writing=writing,
            files=files,
            reserves=reserves,
        )
    work = _Resolver(run, chunk, columns, people, ledger, drafter, reserves=reserves)
    with (
        files.read(ref, CAMPAIGN_INPUT, start=int(chunk["start"]), end=int(chunk["end"])) as stream,
        files.write(ref, work_file(CONTACTS_PART, part)) as contacts,
        files.write(ref, work_file(DECISIONS_PART, part)) as decisions,
        files.write(ref, work_file(REJECTS_PART, part)) as rejects,
        files.write(ref, work_file(RESERVED_PART, part)) as reserved,
        files.write(ref, work_file(ROWS_PART, part)) as rows_of_lines,
        files.write(ref, work_file(PEOPLE_PART, part)) as found_by_person,
        files.write(ref, work_file(MESSAGES_PART, part)) as messages,
    ):
        decided = IndexedLines(decisions, DECISIONS, part, DECIDED_NAME)
        rejected = IndexedLines(rejects, REJECTS, part, REJECTED_NAME)
        plain = CsvLines()
        shaped = CsvLines(exporter.format) if exporter else plain
        ordered = SortedPart(contacts) if work.sorts else None
        for batch in in_batches(read_rows(stream), _BATCH):
            out = work.batch(batch)
            if ordered is None:
                contacts.write(shaped.encode(out.contacts))
                write_rows(rows_of_lines, out.contact_rows)
            else:
                ordered.add(zip(out.keys, shaped.encode_each(out.contacts), strict=True))
            decided.write(out.decisions)
            rejected.write(out.rejects)
            reserved.write(plain.encode(out.reserved))
            messages.write(b"".join(orjson.dumps(one) + b"\n" for one in out.messages))
        if ordered is not None:
            ordered.flush()
            work.tally.segments = ordered.segments
        work.tally.indexed = write_records(found_by_person, decided, rejected)
    work.tally.decision_bytes = decisions.facts.bytes
    work.tally.reject_bytes = rejects.facts.bytes
    return asdict(work.tally)


class _Resolver:
    def __init__(
        self,
        run: Run,
        chunk: Json,
        columns: Sequence[str],
        people: People,
        ledger: ContactLedger,
        drafter: Drafter | None,
        *,
        reserves: bool,
    ) -> None:
        exporter = run.exporter
        self._drafter = drafter
        self._drafted = Drafted()
        self._sent: set[int] = set()
        """Of this batch, the rows that count as sent."""
        self._ledger = ledger
        self._reserves_messages = reserves
        self._reserves = reserves and exporter is not None and exporter.lists is Lists.ALLOWED
        self._campaign_id = run.campaign_id
        self._run_id = run.id
        self._company = run.company_id
        self._people = people
        self._exporter = exporter
        self._getters: list[Getter] = getters(exporter) if exporter else []
        cells = Cells(exporter) if exporter else None
        self._cells = None if cells is None or cells.takes_everything else cells
        self.sorts = exporter is not None and (bool(exporter.order) or run.splits)
        self._key = sort_key(exporter, by_window=run.splits) if exporter and self.sorts else None
        self._needs_accounts = exporter is not None and needs_accounts(exporter.paths)
        self._row_of: dict[tuple[str, str], str] = {}
        """By person and debt, the first row of the chunk that names them."""
        self._columns = [*chunk["ids"], *(name.removeprefix("query.") for name in columns)]
        self._campaign = run.campaign_facts
        day = date.fromisoformat(chunk["day"])
        subject = (exporter.compliance.subject if exporter and exporter.compliance else "") or ""
        self._occasion = list_for(
            day,
            chunk["zone"],
            rules=rules_on(day, policy_of(chunk["policy"]), cure_days=chunk["cureDays"]),
            at=datetime.fromisoformat(chunk["at"]),
            subject=subject,
            purpose=class_of(subject),
            run_id=run.id,
        )
        notice = self._occasion.rules.legal_notice(subject)
        self._due = notice.due if self._occasion.purpose is NoticeClass.LEGAL else None
        """The column with the day that a legal notice has to come before."""
        self._run = {
            "id": public_id.show(public_id.RUN, run.id),
            "startedAt": moment(run.started_at or run.created_at),
            "expiresAt": moment(self._occasion.ends),
            "decidedAt": moment(self._occasion.at),
        }
        compliance = exporter.compliance if exporter else None
        self._about = compliance.facts if compliance else {}
        self._loan = (compliance.loan_id if compliance else None) or ""
        self._channel = compliance.channel if compliance else None
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
        if self._drafter is not None:
            self._draft(self._drafter, rows, out)
        if self._exporter is None:
            for row in rows:
                self._not_exported(out, row)
        else:
            self._export(self._exporter, rows, out)
        out.messages = [{**one, "counts": one["row"] in self._sent} for one in out.messages]
        out.rejects.sort(key=lambda reject: int(reject[0]))
        out.decisions.sort(key=lambda decision: int(decision[0]))
        return out

    def _export(self, exporter: Exporter, rows: list[list[str]], out: _Output) -> None:
        ids = [ids_named(self._company, public_id.BORROWER, "customer", row[1]) for row in rows]
        people = self._people.customers(self._company, chain.from_iterable(ids))
        loans = [
            ids_named(self._company, "LN", "account", row[2]) if row[2] else () for row in rows
        ]
        accounts = self._accounts(loans)
        known: list[_Known] = []
        for row, names, loan in zip(rows, ids, loans, strict=True):
            person = next((people[id] for id in names if id in people), None)
            account = next((accounts[id] for id in loan if id in accounts), None)
            if person is None:
                self._reject(out, row, "unknown_person")
                continue
            if not person.has_phone:
                self.tally.without_phone += 1
            if self._needs_accounts and loan and account is None:
                self._reject(out, row, "unknown_loan")
            elif self._needs_accounts and account is not None and account.customer_id != person.id:
                self._reject(out, row, "loan_of_another_person")
            elif (one := self._known(out, row, person, account, loan)) is not None:
                known.append(one)
        rulings = rule_on(
            [one.ask for one in known],
            self._occasion,
            ledger=self._ledger,
            company_id=self._company,
            campaign_id=self._campaign_id,
            reserves=self._reserves,
            lists=True,
        )
        unwritten: dict[str, list[Ruling]] = {}
        for one, said in zip(known, rulings, strict=True):
            if not said:
                self._reject(out, one.row, DUPLICATE)
                continue
            before = self.tally.lines
            self._ruled(out, one, said, exporter)
            if self._reserves and self.tally.lines == before:
                unwritten.setdefault(one.person.id, []).extend(r for r in said if r.allows)
        self._unlist({id: said for id, said in unwritten.items() if said})

    def _draft(self, drafter: Drafter, rows: Sequence[list[str]], out: _Output) -> None:
        drafted = self._drafted = drafter.batch(rows)
        self._sent.clear()
        out.messages = drafted.messages
        self.tally.messages += len(drafted.messages)
        self.tally.decisions += len(drafted.rulings)
        out.decisions += [self._decision(row, ruling) for row, ruling in drafted.rulings]
        if self._reserves_messages:
            out.reserved += [[id] for id in drafted.reserved]

    def _not_exported(self, out: _Output, row: list[str]) -> None:
        """Where there is no contact file, a row is what became of its messages."""
        if self._drafter is None:
            return self._reject(out, row, "no_exporter")
        if self._is_sent(row):
            return None
        left = self._drafted.left[int(row[0])]
        if left.count == "rejected":
            return self._reject(out, row, left.reason, left.detail)
        if left.count == "deferred":
            self.tally.deferred += 1
        else:
            self.tally.suppressed += 1
        return self.tally.because(left.reason)

    def _is_sent(self, row: list[str]) -> bool:
        """Of a row that is not exported: whether a message was written for it, and counts."""
        if self._drafter is None or int(row[0]) in self._drafted.left:
            return False
        self.tally.sent += 1
        self._sent.add(int(row[0]))
        return True

    def _unlist(self, unwritten: Mapping[str, Sequence[Ruling]]) -> None:
        """Whoever was allowed and got no line is in no list, and uses up nothing."""

        def change(history: ContactHistory) -> ContactHistory:
            for one in unwritten[history.person_id]:
                # What is reserved may be for a message to the same person.
                history = history.unlisted(
                    self._run_id, one.channel, one.debt, keeps_reserved=self._drafter is not None
                )
            return history

        if unwritten:
            change_histories(self._company, unwritten, change, ledger=self._ledger)

    def _accounts(self, loans: Sequence[tuple[str, ...]]) -> Mapping[str, Account]:
        """Those that the file shows; else those whose name alone does not tell which they are."""
        wanted = [one for one in loans if self._needs_accounts or len(one) > 1]
        ids = list(chain.from_iterable(wanted))
        return self._people.accounts(self._company, ids) if ids else {}

    def _debt(self, loan: tuple[str, ...], account: Account | None) -> str:
        """The id of the account that is collected; one that nobody knows has its id foreseen."""
        if account is not None:
            return account.id
        if not loan and self._loan:
            loan = ids_named(self._company, "LN", "account", self._loan)
        return loan[-1] if loan else ""

    def _known(
        self,
        out: _Output,
        row: list[str],
        person: Customer,
        account: Account | None,
        loan: tuple[str, ...],
    ) -> _Known | None:
        """None for a row that was rejected, since it has no contact point for this file."""
        exporter = self._exporter
        contacts = exporter.reachable(person.contacts) if exporter else ()
        if self._plan is not None and contacts:
            contacts = tuple(one for one in contacts if self._can_be_spelled(one, self._plan))
            if not contacts:
                detail = f"no phone of the numbering plan +{self._plan}"
                self._reject(out, row, self._no_contact, detail)
                return None
        if not contacts:
            self._reject(out, row, self._no_contact)
            return None
        listed = exporter is not None and exporter.lists is Lists.ALLOWED
        debt = self._debt(loan, account)
        if self._row_of.setdefault((person.id, debt), row[0]) != row[0]:
            self._reject(out, row, DUPLICATE)
            return None
        ask = Ask(
            person,
            debt,
            contacts,
            channel=self._channel,
            most=self._most if listed else None,
            due=self._due_on(row),
            row=int(row[0]),
        )
        return _Known(row, person, account if self._needs_accounts else None, ask)

    def _due_on(self, row: list[str]) -> date | None:
        if self._due is None or self._due not in self._columns:
            return None
        try:
            return date.fromisoformat(row[1 + self._columns.index(self._due)].strip()[:10])
        except ValueError:
            return None

    def _ruled(
        self, out: _Output, known: _Known, rulings: list[Ruling], exporter: Exporter
    ) -> None:
        row = known.row
        self.tally.decisions += len(rulings)
        out.decisions.extend(self._decision(row, one) for one in rulings)
        if self._reserves and any(one.allows for one in rulings):
            out.reserved.append([known.person.id])
        wanted = Verdict.ALLOW if exporter.lists is Lists.ALLOWED else Verdict.SUPPRESS
        listed = [one for one in rulings if one.decision.verdict is wanted][: self._most]
        if not listed:
            if exporter.lists is Lists.SUPPRESSED:
                return self._reject(out, row, "not_suppressed")
            return self._left_out(row, rulings)
        query = dict(zip(self._columns, row[1:], strict=True))
        shown = (query, self._campaign, self._run)
        groups = [[one] for one in listed] if exporter.rows is Rows.LONG else [listed]
        lines = [Facts(known.person, known.account, group, *shown) for group in groups]
        return self._lines(out, row, lines)

    def _left_out(self, row: list[str], rulings: Sequence[Ruling]) -> None:
        """A row is deferred where time, or a fact that is missing, may still let it be contacted;
        it is suppressed only where nothing does."""
        if self._is_sent(row):
            return None
        by_verdict = {one.decision.verdict: one.decision for one in reversed(rulings)}
        later = by_verdict.get(Verdict.DEFER) or by_verdict.get(Verdict.HOLD)
        if later is not None:
            self.tally.deferred += 1
            return self.tally.because(later.reason)
        self.tally.suppressed += 1
        return self.tally.because(rulings[0].decision.reason)

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
        out.contact_rows += [row[0]] * len(made)
        self.tally.exported += 1
        self.tally.lines += len(made)
        return None

    def _name(self, place: int) -> str:
        """How a column is told apart, in a file whose columns need no names too."""
        columns = self._exporter.columns if self._exporter else ()
        return columns[place].output_name or f"column {place + 1}"

    def _reject(self, out: _Output, row: list[str], reason: str, detail: str = "") -> None:
        if self._exporter is not None and self._is_sent(row):
            return
        out.rejects.append([row[0], reason, row[1], row[2], detail])
        self.tally.rejected += 1
        self.tally.because(reason)

    def _decision(self, row: list[str], ruling: Ruling) -> list[str]:
        decision = ruling.decision
        facts = {**self._about, "channel": ruling.channel.value, **decision.facts}
        return [
            row[0],
            row[1],
            row[2] or self._loan,
            ruling.contact.type.value,
            ruling.contact.value,
            decision.verdict.value,
            decision.rule_id,
            decision.rule_version,
            orjson.dumps(facts).decode(),
        ]


def reserved_for(ref: RunRef, files: RunFiles, parts: int) -> Iterator[str]:
    """The ids of those for whom the chunks of a run have reserved something, as far as known."""
    for place in range(parts):
        try:
            stream = files.read(ref, work_file(RESERVED_PART, place))
        except RunFileNotFound:
            continue
        with stream:
            for row in read_rows(stream):
                yield row[0]


def _most_contacts(exporter: Exporter) -> int | None:
    """Of one row; None for all of them."""
    if exporter.rows is Rows.WIDE:
        return min(exporter.max_phones, MOST_PHONES)
    return 1 if exporter.rows is Rows.BEST else None
