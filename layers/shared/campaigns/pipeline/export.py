"""The third stage: the parts become the files of the run, and the rows have to add up."""

from collections.abc import Sequence

from campaigns.domain.exporter import EmptyFile, Exporter, NobodyToContact
from campaigns.domain.run import (
    CONTACTS_OUTPUT,
    DECISIONS,
    REJECTS,
    Counts,
    RunFile,
    RunRef,
    Stage,
    work_file,
)
from campaigns.pipeline.csv_lines import CsvLines
from campaigns.pipeline.resolve import CONTACTS_PART, DECISIONS_PART, REJECTS_PART
from campaigns.pipeline.screen import SCREEN_REJECTS
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json

_PIECE = 1024 * 1024
REJECT_COLUMNS = ["row", "reason", "borrowerId", "loanId", "detail"]
DECISION_COLUMNS = [
    "row",
    "borrowerId",
    "loanId",
    "channel",
    "address",
    "verdict",
    "ruleId",
    "ruleVersion",
    "facts",
]


def export(ref: RunRef, tools: Tools, screened: Json, parts: Sequence[Json]) -> Json:
    """Write the contact file, the decisions and the rejects.

    Raises CountsDisagree, and NobodyToContact once the files that say why are there.
    """
    run = tools.enter(ref, Stage.EXPORT, f"export: putting {len(parts)} parts together")
    counts = _counted(screened, parts)
    counts.check()
    exporter = run.exporter
    places = range(len(parts))
    files = [
        _together(
            ref,
            tools,
            DECISIONS,
            CsvLines().encode([DECISION_COLUMNS]),
            [work_file(DECISIONS_PART, place) for place in places],
            rows=sum(part["decisions"] for part in parts),
        ),
        _together(
            ref,
            tools,
            REJECTS,
            CsvLines().encode([REJECT_COLUMNS]),
            [SCREEN_REJECTS, *(work_file(REJECTS_PART, place) for place in places)],
            rows=counts.rejected,
        ),
    ]
    if exporter and (counts.lines or exporter.empty_file is EmptyFile.SEND):
        files.append(
            _together(
                ref,
                tools,
                CONTACTS_OUTPUT,
                _header(exporter),
                [work_file(CONTACTS_PART, place) for place in places],
                rows=counts.lines,
            )
        )
    _conclude(ref, tools, counts, files, parts=len(parts))
    if exporter and counts.lines == 0 and exporter.empty_file is EmptyFile.FAIL:
        raise NobodyToContact
    return {"lines": counts.lines, "contacts": any(f.name == CONTACTS_OUTPUT for f in files)}


def _counted(screened: Json, parts: Sequence[Json]) -> Counts:
    reasons: dict[str, int] = dict(screened["reasons"])
    for part in parts:
        for reason, count in part["reasons"].items():
            reasons[reason] = reasons.get(reason, 0) + count
    return Counts(
        rows_in=screened["rowsIn"],
        exported=sum(part["exported"] for part in parts),
        suppressed=sum(part["suppressed"] for part in parts),
        rejected=screened["rejected"] + sum(part["rejected"] for part in parts),
        lines=sum(part["lines"] for part in parts),
        reasons=reasons,
    )


def _header(exporter: Exporter) -> bytes:
    if not exporter.format.header:
        return b""
    return CsvLines(exporter.format).encode([[one.output_name for one in exporter.columns]])


def _together(
    ref: RunRef, tools: Tools, name: str, header: bytes, parts: Sequence[str], *, rows: int
) -> RunFile:
    with tools.files.write(ref, name) as out:
        out.write(header)
        for part in parts:
            with tools.files.read(ref, part) as stream:
                while piece := stream.read(_PIECE):
                    out.write(piece)
        out.rows = rows
    return out.facts


def _conclude(
    ref: RunRef, tools: Tools, counts: Counts, files: Sequence[RunFile], *, parts: int
) -> None:
    at = tools.now()
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.reasons.items()))

    tools.change(
        ref,
        lambda run: (
            run.counted(counts, parts=parts)
            .holding(*files)
            .noted(f"export: {counts.equation}", at=at)
            .noted(f"export: not exported because: {told or 'nothing'}", at=at)
            .noted(f"export: {counts.lines} lines for {counts.exported} rows", at=at)
        ),
    )
