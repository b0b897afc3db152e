"""A preview as the borrower API takes and shows it."""

from typing import Self

from campaigns.domain.preview import Preview
from campaigns.edge.borrower.schemas.run import CountsOut, HoldReasonOut, Rows
from campaigns.edge.wire import Wire


class PreviewIn(Wire):
    query_results_override: Rows | None = None


class QueryStageOut(Wire):
    rows: int
    complete: bool
    columns: list[str]


class ScreenStageOut(Wire):
    kept: int
    rejected: int
    reasons: dict[str, int]


class ExportStageOut(Wire):
    exported: int
    suppressed: int
    rejected: int
    lines: int
    reasons: dict[str, int]


class DeliverStageOut(Wire):
    directory: str
    files: list[str]


class StagesOut(Wire):
    query: QueryStageOut
    screen: ScreenStageOut
    export: ExportStageOut
    deliver: DeliverStageOut | None


class SampleOut(Wire):
    """Lines as they stand in the file, without their ends."""

    header: str | None
    lines: list[str]


class PreviewFileOut(Wire):
    file_name: str
    delivered_as: str | None
    rows: int
    bytes: int


class ExpectedOut(Wire):
    rows: int
    bytes: int
    files: int
    exact: bool


class PreviewOut(Wire):
    complete: bool
    rows_looked_at: int
    stages: StagesOut
    counts: CountsOut
    sample: SampleOut
    files: list[PreviewFileOut]
    expected: ExpectedOut | None
    holds: list[HoldReasonOut] | None
    warnings: list[str]
    log: list[str]

    @classmethod
    def of(cls, preview: Preview) -> Self:
        counts = preview.counts
        screened = sum(preview.screen_reasons.values())
        later = {
            reason: count - preview.screen_reasons.get(reason, 0)
            for reason, count in counts.reasons.items()
        }
        return cls(
            complete=preview.complete,
            rows_looked_at=preview.rows_looked_at,
            stages=StagesOut(
                query=QueryStageOut(
                    rows=preview.rows_found,
                    complete=preview.query_complete,
                    columns=list(preview.columns),
                ),
                screen=ScreenStageOut(
                    kept=preview.kept, rejected=screened, reasons=dict(preview.screen_reasons)
                ),
                export=ExportStageOut(
                    exported=counts.exported,
                    suppressed=counts.suppressed,
                    rejected=counts.rejected - screened,
                    lines=counts.lines,
                    reasons={reason: count for reason, count in later.items() if count},
                ),
                deliver=None
                if preview.directory is None
                else DeliverStageOut(directory=preview.directory, files=list(preview.deliveries)),
            ),
            counts=CountsOut.of(counts),
            sample=SampleOut(header=preview.header, lines=list(preview.lines)),
            files=[
                PreviewFileOut(
                    file_name=file.name,
                    delivered_as=file.delivered_as,
                    rows=file.rows,
                    bytes=file.bytes,
                )
                for file in preview.files
            ],
            expected=None
            if preview.expected is None
            else ExpectedOut.model_validate(preview.expected, from_attributes=True),
            holds=None
            if preview.holds is None
            else [HoldReasonOut(code=one.code, message=one.message) for one in preview.holds],
            warnings=list(preview.warnings),
            log=list(preview.log),
        )
