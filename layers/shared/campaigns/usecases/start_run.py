from collections.abc import Sequence
from typing import Any

import orjson

from campaigns.domain.audience import names_a_person
from campaigns.domain.campaign import Campaign, NoAudience
from campaigns.domain.errors import Invalid, Unavailable
from campaigns.domain.identity import of_requested_run
from campaigns.domain.run import OVERRIDE, Run, RunInProgress, RunStatus, TriggeredBy
from campaigns.ports import Clock, NewId, RunEngine, RunFiles, RunStore


class RowWithoutPerson(Invalid):
    code = "row_without_person"

    def __init__(self, row: int) -> None:
        super().__init__(
            f"row {row} names no person: it needs borrowerId, id or personId",
            field="queryResultsOverride",
        )


def start_run(
    campaign: Campaign,
    override: Sequence[dict[str, Any]] | None,
    idempotency_key: str | None,
    *,
    runs: RunStore,
    files: RunFiles,
    engine: RunEngine,
    new_id: NewId,
    now: Clock,
) -> Run:
    """Open a run and begin it in the background.

    The same idempotency key finds the same run again. Raises CampaignNotActive, NoAudience,
    RowWithoutPerson, RunInProgress, and EngineUnavailable when it could not be begun.
    """
    campaign.check_runnable()
    if override is None and campaign.query_url is None:
        raise NoAudience
    for number, row in enumerate(override or [], start=1):
        if not names_a_person(row):
            raise RowWithoutPerson(number)
    at = now()
    run = Run(
        id=of_requested_run(campaign.id, idempotency_key) if idempotency_key else new_id(),
        company_id=campaign.company_id,
        campaign_id=campaign.id,
        triggered_by=TriggeredBy.MANUAL,
        overrides=override is not None,
        created_at=at,
        updated_at=at,
    )
    if override is not None:
        with files.write(run.ref, OVERRIDE) as file:
            file.write(orjson.dumps(list(override)))
    return begin(run, runs=runs, engine=engine, now=now)


def begin(run: Run, *, runs: RunStore, engine: RunEngine, now: Clock) -> Run:
    """Take the campaign's place for a run in progress, and begin."""
    try:
        opened = runs.open(run)
    except RunInProgress as busy:
        _nudge(run, busy.run_id, runs, engine)
        raise
    if opened.status is RunStatus.PENDING:
        # Also on a repeat: an earlier attempt may have died between opening and beginning.
        _started(opened, runs, engine, now)
    return opened


def _started(run: Run, runs: RunStore, engine: RunEngine, now: Clock) -> None:
    try:
        engine.start(run.ref)
    except Unavailable as broken:
        runs.move(run.failed(broken.code, "the run could not be started", at=now()))
        raise


def _nudge(run: Run, busy_id: str, runs: RunStore, engine: RunEngine) -> None:
    """A run that was opened but never begun must not block its campaign for ever."""
    busy = runs.get(run.company_id, run.campaign_id, busy_id)
    if busy.status is RunStatus.PENDING:
        engine.start(busy.ref)
