"""What a run would do, without doing it: its own stages, over stores that are gone at the end.

Everything that is written goes to `tools.runs` and `tools.files`, which belong to the preview.
There is less time than a run has, so a list too long to be looked at in it is looked at from its
beginning, chunk by chunk, and the rest is reckoned.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from uuid import UUID

from campaigns.domain.audience import check_audience
from campaigns.domain.campaign import Campaign
from campaigns.domain.exporter import Exporter, NobodyToContact
from campaigns.domain.preview import (
    Expected,
    Preview,
    PreviewFile,
    PreviewTookTooLong,
    reckoned,
    warnings_of,
)
from campaigns.domain.query import QueryAddress
from campaigns.domain.run import (
    OVERRIDE,
    QUERY_RESULTS,
    HoldReason,
    Run,
    RunRef,
    RunStatus,
    TriggeredBy,
    is_contacts,
)
from campaigns.domain.safety import Circumstances, reasons_to_hold
from campaigns.pipeline.csv_lines import mark_of, raw_lines, read_rows
from campaigns.pipeline.deliver import plan_delivery, write_receipt, write_trigger
from campaigns.pipeline.export import export
from campaigns.pipeline.orchestrate import chunk_of, material_of, sending_of
from campaigns.pipeline.query import (
    cancel_query,
    check_query,
    fetch_query,
    submit_query,
    take_override,
)
from campaigns.pipeline.resolve import resolve
from campaigns.pipeline.safety import earlier_audiences
from campaigns.pipeline.screen import screen
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json, QueryRows, QuerySource, RunStore, TimeBudget

SECONDS = 24
"""All that a preview takes, within the 29 s of a request and a cold start."""
MOST_ROWS = 200_000
MOST_BYTES = 128 * 1024 * 1024
"""Of the query's result, about: what the function's disk holds several times over."""

_FOR_THE_ROWS = 7
"""Seconds that are kept for what comes after the query."""
_FOR_THE_ANSWER = 3
_CHUNK = 2_000
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
_LINES = 20
_MOST_TEXT = 500_000
"""Characters of the lines that are shown."""
_NO_RUN = str(UUID(int=0))
"""Stands in names and columns where a run's own id will stand."""


def preview(
    campaign: Campaign,
    override: Sequence[dict[str, Any]] | None,
    tools: Tools,
    time: TimeBudget,
    *,
    history: RunStore,
) -> Preview:
    """Raises what would refuse or fail a run, and PreviewTookTooLong.

    `history` has the runs that there were, which only some safety limits look at.
    """
    check_audience(campaign.query_url, override)
    ref, exporter = _begin(campaign, override, tools)
    rows, query_complete = _queried(ref, tools, time, overrides=override is not None)
    screened = screen(ref, tools, rows, least_chunk=_CHUNK)
    parts = _resolved(ref, tools, screened, time)
    complete = query_complete and len(parts) == len(screened["chunks"])
    left_out = sum(chunk["rows"] for chunk in screened["chunks"][len(parts) :])
    looked_at = {**screened, "rowsIn": screened["rowsIn"] - left_out}
    with suppress(NobodyToContact):
        # The files are made first, and the run's failure is among the warnings.
        export(ref, tools, looked_at, parts)
    log = tuple(line.text for line in tools.run(ref).log)
    planned = _planned(ref, tools)
    run = tools.run(ref)
    header, lines = _beginning(run, exporter, tools)
    kept = screened["kept"]
    share = (kept - left_out) / kept if kept else 1.0
    files = _files(run, planned)
    return Preview(
        complete=complete,
        query_complete=query_complete,
        columns=_columns(ref, tools),
        rows_found=screened["rowsIn"],
        rows_looked_at=looked_at["rowsIn"],
        kept=kept,
        screen_reasons=screened["reasons"],
        counts=run.counts,
        header=header,
        lines=lines,
        files=files,
        expected=_expected(files, share, exact=complete) if query_complete else None,
        directory=None if campaign.sftp is None else campaign.sftp.cd_dir,
        deliveries=tuple(one["as"] for one in planned),
        holds=_holds(campaign, run, share, history) if query_complete else None,
        warnings=warnings_of(
            campaign, exporter, run.counts, complete=complete, query_complete=query_complete
        ),
        log=log,
    )


def _begin(
    campaign: Campaign, override: Sequence[dict[str, Any]] | None, tools: Tools
) -> tuple[RunRef, Exporter | None]:
    at = tools.now()
    run = Run(
        id=_NO_RUN,
        company_id=campaign.company_id,
        campaign_id=campaign.id,
        triggered_by=TriggeredBy.MANUAL,
        overrides=override is not None,
        created_at=at,
        updated_at=at,
    )
    facts, exporter = material_of(run, tools)
    sending = sending_of(run, tools)
    tools.runs.open(run.working_with(facts, exporter, sending).moved(RunStatus.RUNNING, at=at))
    if override is not None:
        with tools.files.write(run.ref, OVERRIDE) as file:
            file.write(json.dumps(list(override)).encode())
    return run.ref, exporter


def _queried(ref: RunRef, tools: Tools, time: TimeBudget, *, overrides: bool) -> tuple[int, bool]:
    """How many rows there are, and whether these are all."""
    if overrides:
        return take_override(ref, tools)["rows"], True
    began = time.left()
    asked = submit_query(ref, tools)
    try:
        pause = _FIRST_PAUSE
        while not (asked := check_query(ref, tools, asked))["done"]:
            spare = time.left() - _FOR_THE_ROWS
            if spare <= 0:
                raise PreviewTookTooLong(round(began - time.left()))
            time.pause(min(pause, spare))
            pause = min(pause * 1.4, _LONGEST_PAUSE)
    except BaseException:
        cancel_query(ref, tools, asked)
        raise
    first = _FirstRows(tools.queries, time)
    rows = fetch_query(ref, replace(tools, queries=first), asked, 1)["rows"]
    return rows, not first.cut


def _resolved(ref: RunRef, tools: Tools, screened: Json, time: TimeBudget) -> list[Json]:
    """The parts of as many chunks as there is time for, one at least."""
    parts: list[Json] = []
    longest = 0.0
    for chunk in screened["chunks"]:
        before = time.left()
        if parts and before < longest + _FOR_THE_ANSWER:
            break
        parts.append(
            resolve(
                ref,
                chunk_of(ref, chunk, screened),
                runs=tools.runs,
                people=tools.people,
                ledger=tools.ledger,
                files=tools.files,
                writing=tools.writing,
                reserves=False,
            )
        )
        longest = max(longest, before - time.left())
    return parts


def _planned(ref: RunRef, tools: Tools) -> list[Json]:
    """All that would be delivered, in order."""
    planned: list[Json] = plan_delivery(ref, tools)["files"]
    if not planned:
        return []
    planned = [*planned, write_receipt(ref, tools)]
    trigger = write_trigger(ref, tools, planned)
    return [*planned, trigger] if trigger else planned


def _columns(ref: RunRef, tools: Tools) -> tuple[str, ...]:
    with tools.files.read(ref, QUERY_RESULTS) as stream:
        return tuple(next(read_rows(stream), []))


def _files(run: Run, planned: Sequence[Json]) -> tuple[PreviewFile, ...]:
    names = {one["file"]: one["as"] for one in planned}
    return tuple(
        PreviewFile(
            name=file.name, delivered_as=names.get(file.name), rows=file.rows, bytes=file.bytes
        )
        for file in map(run.file, filter(is_contacts, run.available_files))
    )


def _holds(campaign: Campaign, run: Run, share: float, history: RunStore) -> tuple[HoldReason, ...]:
    """As of a run by schedule, if the campaign has one."""
    return reasons_to_hold(
        campaign.safety,
        reckoned(run.counts, share),
        Circumstances(
            by_schedule=campaign.schedule is not None,
            rows_given=run.overrides,
            earlier=[] if run.overrides else earlier_audiences(campaign.safety, run, history),
            query_sha256=run.query_sha256,
            approved_sha256=campaign.approved_query_sha256,
        ),
    )


def _expected(files: Sequence[PreviewFile], share: float, *, exact: bool) -> Expected:
    return Expected(
        rows=round(sum(file.rows for file in files) / share),
        bytes=round(sum(file.bytes for file in files) / share),
        files=len(files),
        exact=exact,
    )


def _beginning(
    run: Run, exporter: Exporter | None, tools: Tools
) -> tuple[str | None, tuple[str, ...]]:
    """The header and the first lines of the contact file, as they stand in it."""
    first = next(filter(is_contacts, run.available_files), None)
    if exporter is None or first is None:
        return None, ()
    form = exporter.format
    with tools.files.read(run.ref, first) as stream:
        stream.read(len(mark_of(form)))
        records = islice(raw_lines(stream, form), _LINES + form.header)
        texts = [one.decode(form.encoding.codec).removesuffix(form.eol) for one in records]
    header = texts.pop(0) if form.header and texts else None
    shown: list[str] = []
    room = _MOST_TEXT
    for line in texts:
        room -= len(line)
        if room < 0:
            break
        shown.append(line)
    return header, tuple(shown)


@dataclass(slots=True)
class _FirstRows:
    """A query source whose results end early: after so many rows or bytes, or at half time."""

    source: QuerySource
    time: TimeBudget
    cut: bool = False

    def submit(self, address: QueryAddress, key: str) -> Json:
        return self.source.submit(address, key)

    def poll(self, address: QueryAddress, key: str, job_id: str) -> Json:
        return self.source.poll(address, key, job_id)

    def cancel(self, address: QueryAddress, key: str, job_id: str) -> None:
        self.source.cancel(address, key, job_id)

    def text(self, address: QueryAddress, key: str) -> str:
        return self.source.text(address, key)

    def rows(
        self,
        address: QueryAddress,
        key: str,
        result_id: int,
        *,
        read_timeout_s: float | None = None,
    ) -> QueryRows:
        return _Cut(self.source.rows(address, key, result_id, read_timeout_s=read_timeout_s), self)


@dataclass(slots=True)
class _Cut:
    rows: QueryRows
    of: _FirstRows

    @property
    def columns(self) -> Sequence[str]:
        return self.rows.columns

    def batches(self) -> Iterable[list[dict[str, Any]]]:
        half = self.of.time.left() / 2
        rows, size = MOST_ROWS, MOST_BYTES
        for place, batch in enumerate(self.rows.batches()):
            late = place > 0 and self.of.time.left() < half
            if late or rows <= 0 or size <= 0:
                self.of.cut = True
                return
            self.of.cut = len(batch) > rows
            yield batch[:rows]
            rows -= len(batch)
            size -= len(batch) * len(json.dumps(batch[0])) if batch else 0

    def close(self) -> None:
        self.rows.close()
