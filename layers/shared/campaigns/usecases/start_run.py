import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any

from campaigns.domain.audience import check_audience
from campaigns.domain.campaign import Campaign, ChangedMeanwhile
from campaigns.domain.errors import Invalid, Unavailable
from campaigns.domain.exporter import Exporter, ExporterNotFound
from campaigns.domain.identity import of_requested_run
from campaigns.domain.requests import REMEMBERED, KeyOfAnotherRequest
from campaigns.domain.run import (
    OVERRIDE,
    Run,
    RunInProgress,
    RunNotFound,
    RunStatus,
    TriggeredBy,
)
from campaigns.ports import Clock, ExporterStore, NewId, RunEngine, RunFiles, RunStore


class WorkerBringsRows(Invalid):
    code = "worker_brings_rows"

    def __init__(self) -> None:
        super().__init__("a worker outside finds its rows itself", field="queryResultsOverride")


def start_run(
    campaign: Campaign,
    override: Sequence[dict[str, Any]] | None,
    idempotency_key: str | None,
    *,
    requested_by: str | None = None,
    outside: bool = False,
    runs: RunStore,
    exporters: ExporterStore,
    files: RunFiles,
    engine: RunEngine,
    new_id: NewId,
    now: Clock,
) -> Run:
    """Open a run for the key `requested_by`; begin it in the background, or leave it to a worker.

    For a day, the same idempotency key finds the same run again, however its campaign is spelled
    and even if its first request died before it was answered. Raises CampaignNotActive,
    NoAudience, WorkerBringsRows, RowWithoutPerson, RunInProgress, KeyOfAnotherRequest, and
    EngineUnavailable when it could not be begun.
    """
    at = now()
    if idempotency_key is None:
        id, asked = new_id(), None
    else:
        asked = _digest(override, outside)
        kept = _kept(campaign, idempotency_key, at, runs)
        if kept is not None:
            _check_asked(kept, asked)
            return begin(kept, repeats=True, runs=runs, engine=engine, now=now)
        id = of_requested_run(campaign.id, idempotency_key, at.date())
    run = Run(
        id=id,
        company_id=campaign.company_id,
        campaign_id=campaign.id,
        triggered_by=TriggeredBy.MANUAL,
        overrides=override is not None,
        requested_by=requested_by,
        request_sha256=asked,
        outside=outside,
        exporter=_exporter_of(campaign, exporters) if outside else None,
        created_at=at,
        updated_at=at,
    )
    campaign.check_runnable()
    _check_outside(override) if outside else check_audience(campaign.query_url, override)
    if override is not None:
        with files.write(run.ref, OVERRIDE) as file:
            file.write(json.dumps(list(override)).encode())
    try:
        opened = begin(run, repeats=asked is not None, runs=runs, engine=engine, now=now)
    except RunInProgress:
        # Looked at again: a repeat under the same key may have been let in meanwhile.
        if override is not None and not _is_kept(run, runs):
            files.remove(run.ref, [OVERRIDE])
        raise
    _check_asked(opened, asked)
    return opened


def _digest(override: Sequence[dict[str, Any]] | None, outside: bool) -> str:
    asked = None if override is None else list(override)
    return sha256(json.dumps([outside, asked], sort_keys=True).encode()).hexdigest()


def _kept(campaign: Campaign, key: str, at: datetime, runs: RunStore) -> Run | None:
    """What was opened under this key less than a day ago: today, or late yesterday."""
    for day in (at, at - REMEMBERED):
        with suppress(RunNotFound):
            id = of_requested_run(campaign.id, key, day.date())
            run = runs.get(campaign.company_id, campaign.id, id)
            if at - run.created_at < REMEMBERED:
                return run
    return None


def _check_asked(run: Run, asked: str | None) -> None:
    if run.request_sha256 != asked:
        raise KeyOfAnotherRequest


def _exporter_of(campaign: Campaign, exporters: ExporterStore) -> Exporter | None:
    """How the file is made is the worker's affair, so none is fine, too."""
    if campaign.exporter_id is None:
        return None
    try:
        return exporters.get(campaign.company_id, campaign.exporter_id)
    except ExporterNotFound:
        return None


def _check_outside(override: Sequence[dict[str, Any]] | None) -> None:
    if override is not None:
        raise WorkerBringsRows


def begin(run: Run, *, repeats: bool, runs: RunStore, engine: RunEngine, now: Clock) -> Run:
    """Take the campaign's place for a run in progress, and begin unless a worker outside does.

    A run that could not be begun stays pending when its request `repeats` under the same id,
    which then begins it; otherwise it has failed.
    """
    try:
        opened = runs.open(run)
    except RunInProgress as busy:
        _nudge(run, busy.run_id, runs, engine)
        raise
    if opened.status is RunStatus.PENDING and not opened.outside:
        # Also on a repeat: an earlier attempt may have died between opening and beginning.
        try:
            engine.start(opened.ref)
        except Unavailable as broken:
            if not repeats:
                _fail(opened, broken, runs, now)
            raise
    return opened


def _is_kept(run: Run, runs: RunStore) -> bool:
    try:
        runs.get(run.company_id, run.campaign_id, run.id)
    except RunNotFound:
        return False
    return True


def _fail(run: Run, broken: Unavailable, runs: RunStore, now: Clock) -> None:
    # When somebody moved it meanwhile it did begin, and goes its way.
    with suppress(ChangedMeanwhile):
        runs.move(run.failed(broken.code, "the run could not be started", at=now()))


def _nudge(run: Run, busy_id: str, runs: RunStore, engine: RunEngine) -> None:
    """A run that was opened but never begun must not block its campaign for ever."""
    busy = runs.get(run.company_id, run.campaign_id, busy_id)
    if busy.status is RunStatus.PENDING and not busy.outside:
        with suppress(Unavailable):
            engine.start(busy.ref, restart=busy.restarts)
