"""The third stage: the parts become the files of the run, and the rows have to add up."""

from collections.abc import Sequence

from campaigns.domain.exporter import EmptyFile, NobodyToContact
from campaigns.domain.file_limits import check_file
from campaigns.domain.run import (
    DECISIONS,
    REJECTS,
    Counts,
    Run,
    RunFile,
    RunRef,
    Stage,
    is_contacts,
    work_file,
)
from campaigns.domain.run_tables import DECISION_COLUMNS, REJECT_COLUMNS
from campaigns.pipeline.contact_file import together, write_contacts
from campaigns.pipeline.csv_lines import CsvLines
from campaigns.pipeline.indexed import people_index
from campaigns.pipeline.resolve import DECISIONS_PART, REJECTS_PART
from campaigns.pipeline.screen import SCREEN_REJECTS
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json


def export(ref: RunRef, tools: Tools, screened: Json, parts: Sequence[Json]) -> Json:
    """Write the contact file, the decisions and the rejects.

    Raises CountsDisagree, FileRefused, TooManyFiles, and NobodyToContact once the files that say
    why are there.
    """
    run = tools.enter(ref, Stage.EXPORT, f"export: putting {len(parts)} parts together")
    counts = _counted(screened, parts)
    counts.check()
    exporter = run.exporter
    if exporter:
        check_file(exporter)
    places = range(len(parts))
    replaced = sum(part["replaced"] for part in parts)
    headers = [CsvLines().encode([names]) for names in (DECISION_COLUMNS, REJECT_COLUMNS)]
    messages = sum(part["messages"] for part in parts)
    files = [
        together(
            tools.files,
            ref,
            DECISIONS,
            headers[0],
            [work_file(DECISIONS_PART, place) for place in places],
            rows=sum(part["decisions"] for part in parts),
        ),
        together(
            tools.files,
            ref,
            REJECTS,
            headers[1],
            [SCREEN_REJECTS, *(work_file(REJECTS_PART, place) for place in places)],
            rows=counts.rejected + replaced,
        ),
        people_index(tools.files, ref, screened, parts, [len(header) for header in headers]),
    ]
    if exporter and (counts.lines or exporter.empty_file is EmptyFile.SEND):
        files += write_contacts(tools.files, ref, exporter, parts, splits=run.splits)
    _conclude(ref, tools, counts, files, parts=len(parts), replaced=replaced, messages=messages)
    if exporter and counts.lines == 0 and exporter.empty_file is EmptyFile.FAIL:
        raise NobodyToContact
    return {"lines": counts.lines, "contacts": any(is_contacts(file.name) for file in files)}


def _counted(screened: Json, parts: Sequence[Json]) -> Counts:
    reasons: dict[str, int] = dict(screened["reasons"])
    for part in parts:
        for reason, count in part["reasons"].items():
            reasons[reason] = reasons.get(reason, 0) + count
    return Counts(
        rows_in=screened["rowsIn"],
        exported=sum(part["exported"] for part in parts),
        sent=sum(part["sent"] for part in parts),
        suppressed=sum(part["suppressed"] for part in parts),
        deferred=sum(part["deferred"] for part in parts),
        rejected=screened["rejected"] + sum(part["rejected"] for part in parts),
        lines=sum(part["lines"] for part in parts),
        without_phone=sum(part["without_phone"] for part in parts),
        reasons=reasons,
    )


def _conclude(
    ref: RunRef,
    tools: Tools,
    counts: Counts,
    files: Sequence[RunFile],
    *,
    parts: int,
    replaced: int,
    messages: int,
) -> None:
    at = tools.now()
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.reasons.items()))
    contacts = sum(is_contacts(file.name) for file in files)
    notes = [
        f"export: {counts.equation}",
        f"export: not exported because: {told or 'nothing'}",
        f"export: {counts.lines} lines for {counts.exported} rows",
    ]
    if messages:
        notes.append(f"export: {messages} messages written for {counts.sent} more rows")
    if contacts > 1:
        windows = len({file.window for file in files if file.window})
        by = f", {windows} windows of hours" if windows else ""
        notes.append(f"export: cut into {contacts} files{by}")
    if replaced:
        notes.append(
            f"export: {replaced} of the exported rows hold letters that the file's encoding"
            " lacks; rejects.csv names their columns"
        )

    def conclude(run: Run) -> Run:
        run = run.counted(counts, parts=parts).holding(*files)
        for note in notes:
            run = run.noted(note, at=at)
        return run

    tools.change(ref, conclude)
