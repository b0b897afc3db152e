"""The second stage, first half: one row per person and loan, cut into chunks to resolve."""

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from campaigns.domain.audience import ID_COLUMNS, LOAN_COLUMN, as_id
from campaigns.domain.errors import Invalid
from campaigns.domain.exporter import Exporter
from campaigns.domain.facts import query_column
from campaigns.domain.file_limits import check_file
from campaigns.domain.guard_rules import rules_on
from campaigns.domain.local_time import end_of_day
from campaigns.domain.notices import cure_days, missing_columns, notice_of
from campaigns.domain.rule_book import rules_as_data
from campaigns.domain.run import (
    CAMPAIGN_INPUT,
    QUERY_RESULTS,
    REJECTS,
    RULES_IN_FORCE,
    Counts,
    Run,
    RunRef,
    Stage,
    work_file,
)
from campaigns.domain.run_tables import REJECTED_NAME
from campaigns.domain.schedule import local_date_of
from campaigns.domain.template import asked_columns
from campaigns.pipeline.csv_lines import CsvLines, in_batches, read_rows
from campaigns.pipeline.indexed import SCREEN_PEOPLE, IndexedLines, write_records
from campaigns.pipeline.policy import policy_told
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json

SCREEN_REJECTS = work_file("screen-rejects.csv")
_LEAST_CHUNK = 20_000
_MOST_CHUNKS = 500
_BATCH = 2_000


class NoPersonId(Invalid):
    code = "no_person_id"

    def __init__(self, columns: Sequence[str]) -> None:
        seen = ", ".join(columns) or "none at all"
        super().__init__(
            "the result names no person: it needs a column borrowerId, id or personId."
            f" Columns seen: {seen}"
        )


class UnknownQueryColumns(Invalid):
    code = "unknown_query_columns"

    def __init__(self, missing: Sequence[str], columns: Sequence[str]) -> None:
        super().__init__(
            f"the contact exporter shows {', '.join(f'query.{name}' for name in missing)},"
            f" which the result does not have. Columns seen: {', '.join(columns)}"
        )


class NoticeColumnsMissing(Invalid):
    code = "notice_columns_missing"

    def __init__(self, subject: str, missing: Sequence[str], columns: Sequence[str]) -> None:
        super().__init__(
            f"{subject} needs {', '.join(missing)}, which the result does not have."
            f" Columns seen: {', '.join(columns)}"
        )


def screen(ref: RunRef, tools: Tools, rows: int, *, least_chunk: int | None = None) -> Json:
    """Write `campaign_input.csv` and the rejects of this stage; answer the chunks of it.

    A chunk is a byte range of `campaign_input.csv` that starts and ends between two rows.
    What no chunk could put right ends the run here. A query that lacks a column which the file
    shows is a mistake that blanks would hide; rows that somebody gave by hand may lack it.
    Raises NoPersonId, UnknownQueryColumns, NoticeColumnsMissing, FileRefused.
    """
    run = tools.enter(ref, Stage.SCREEN, f"screen: {rows} rows")
    if run.exporter is not None:
        check_file(run.exporter)
    today = _today(ref, tools)
    if rows == 0:
        return _nothing(ref, tools)
    least = max(least_chunk or _LEAST_CHUNK, -(-rows // _MOST_CHUNKS))
    chunks: list[Json] = []
    reasons: dict[str, int] = {}
    seen: set[bytes] = set()
    lines = CsvLines()
    with (
        tools.files.read(ref, QUERY_RESULTS) as stream,
        tools.files.write(ref, CAMPAIGN_INPUT) as out,
        tools.files.write(ref, SCREEN_REJECTS) as rejects,
        tools.files.write(ref, SCREEN_PEOPLE) as people,
    ):
        reject_lines = IndexedLines(rejects, REJECTS, None, REJECTED_NAME)
        records = read_rows(stream)
        shape = _Shape(next(records, []))
        missing = shape.missing_for(run.exporter)
        if missing and not run.overrides:
            raise UnknownQueryColumns(missing, shape.columns)
        check_notice_columns(run, shape.columns, tools)
        header = lines.encode([shape.header])
        out.write(header)
        place, number, differing = len(header), 0, 0
        for batch in in_batches(records, _BATCH):
            kept: list[list[str]] = []
            refused: list[list[str]] = []
            for record in batch:
                number += 1
                person, loan, differs = shape.ids(record)
                differing += differs
                reason = _refusal(person, loan, seen)
                if reason is None:
                    kept.append([str(number), person or "", loan, *shape.rest(record)])
                else:
                    refused.append([str(number), reason, person or "", loan, ""])
                    reasons[reason] = reasons.get(reason, 0) + 1
            data = lines.encode(kept)
            out.write(data)
            reject_lines.write(refused)
            out.rows += len(kept)
            rejects.rows += len(refused)
            if kept:
                if not chunks or chunks[-1]["rows"] >= least:
                    chunks.append({"index": len(chunks), "start": place, "end": place, "rows": 0})
                place += len(data)
                chunks[-1]["end"] = place
                chunks[-1]["rows"] += len(kept)
        indexed = write_records(people, reject_lines)
    if missing:
        tools.leave(ref, f"screen: the rows that were given lack {', '.join(missing)}: blank")
    if differing:
        tools.leave(
            ref,
            f"screen: {differing} rows had both borrowerId and id, and they differed;"
            " borrowerId was taken",
        )
    tools.leave(
        ref,
        f"screen: {number} rows in, {out.rows} kept, {rejects.rows} rejected{_told(reasons)}",
        out.facts,
        counts=Counts(rows_in=number, rejected=rejects.rows, reasons=reasons),
        parts=len(chunks),
    )
    return {
        "rowsIn": number,
        "kept": out.rows,
        "rejected": rejects.rows,
        "reasons": reasons,
        "header": len(header),
        "ids": shape.id_names,
        **today,
        "chunks": chunks,
        "indexed": indexed,
        "rejectBytes": rejects.facts.bytes,
    }


def check_notice_columns(run: Run, columns: Sequence[str], tools: Tools) -> None:
    """Whether the query brings what each notice has to say. Raises NoticeColumnsMissing.

    The rows of a step come from executions, and their accounts say what is known.
    """
    sending = run.sending
    if sending is None or sending.subject is None or run.step_id is not None:
        return
    notice = notice_of(sending.subject, field="interactionSubject")
    templates = tools.writings.templates
    asked = asked_columns(
        notice,
        [
            templates.said(templates.get(run.company_id, one.template_id), one.version)
            for one in sending.templates
        ],
    )
    missing = missing_columns((*notice.columns, *asked), columns)
    if missing:
        raise NoticeColumnsMissing(sending.subject, missing, columns)


def _nothing(ref: RunRef, tools: Tools) -> Json:
    with tools.files.write(ref, CAMPAIGN_INPUT) as out:
        out.write(CsvLines().encode([["row", "borrowerId", "loanId"]]))
    for name in (SCREEN_REJECTS, SCREEN_PEOPLE):
        with tools.files.write(ref, name):
            pass
    tools.leave(ref, "screen: nobody", out.facts)
    nothing = dict.fromkeys(("rowsIn", "kept", "rejected", "indexed", "rejectBytes"), 0)
    return {**nothing, "reasons": {}, "chunks": []}


def _today(ref: RunRef, tools: Tools) -> Json:
    """What every chunk decides by, also one that is done tomorrow, or after a change of policy.

    It is kept as a file, too.
    """
    company, at = tools.access.company(ref.company_id), tools.now()
    day = local_date_of(at, company.zone)
    days = cure_days(company.cure_rules)
    told = rules_as_data(rules_on(day, company.contact_policy, cure_days=days))
    kept = tools.write_text(ref, RULES_IN_FORCE, f"{json.dumps(told, indent=2)}\n")
    ends = end_of_day(day, company.zone)
    tools.change(ref, lambda run: replace(run.holding(kept), expires_at=ends))
    return {
        "day": day.isoformat(),
        "zone": company.zone,
        "at": at.isoformat(),
        "policy": policy_told(company.contact_policy),
        "cureDays": days,
    }


class _Shape:
    """Which column is which. Raises NoPersonId."""

    def __init__(self, columns: list[str]) -> None:
        places: dict[str, int] = {}
        for place, name in enumerate(columns):
            places.setdefault(name.strip().lower(), place)
        present = [places[name] for name in ID_COLUMNS if name in places]
        if not present:
            raise NoPersonId(columns)
        self._id = present[0]
        self._other_id = places.get("id") if "borrowerid" in places else None
        self._loan = places.get(LOAN_COLUMN)
        self.columns = columns
        taken = {self._id, self._loan}
        self._rest = [place for place in range(len(columns)) if place not in taken]
        self.header = ["row", "borrowerId", "loanId"]
        self.header += [f"query.{columns[place]}" for place in self._rest]

    @property
    def id_names(self) -> list[str]:
        """What the query calls the columns of the person and the loan."""
        names = self.columns
        return [names[self._id], LOAN_COLUMN if self._loan is None else names[self._loan]]

    def missing_for(self, exporter: Exporter | None) -> list[str]:
        """The columns of the query that the file shows, and that are not here."""
        wanted = dict.fromkeys(map(query_column, exporter.paths if exporter else ()))
        return [name for name in wanted if name is not None and name not in self.columns]

    def ids(self, record: list[str]) -> tuple[str | None, str, bool]:
        """Person (None when it is no id), loan, and whether a second id column says otherwise."""
        text = record[self._id].strip()
        person = as_id(text)
        loan = "" if self._loan is None else (as_id(record[self._loan].strip()) or "")
        other = "" if self._other_id is None else record[self._other_id].strip()
        return person, loan, bool(other) and as_id(other) != person

    def rest(self, record: list[str]) -> list[str]:
        return [record[place] for place in self._rest]


def _refusal(person: str | None, loan: str, seen: set[bytes]) -> str | None:
    if person is None:
        return "bad_person_id"
    if not person:
        return "no_person_id"
    mark = blake2b(f"{person}\0{loan}".encode(), digest_size=12).digest()
    if mark in seen:
        return "duplicate"
    seen.add(mark)
    return None


def _told(reasons: dict[str, int]) -> str:
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    return f" ({told})" if told else ""
