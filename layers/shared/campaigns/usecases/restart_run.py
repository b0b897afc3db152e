from contextlib import suppress

from campaigns.domain.campaign import Campaign, ChangedMeanwhile
from campaigns.domain.errors import Unavailable
from campaigns.domain.run import Run, RunMoved, RunStatus
from campaigns.ports import Clock, RunEngine, RunStore


def release_run(
    campaign: Campaign, run: Run, *, runs: RunStore, engine: RunEngine, now: Clock
) -> Run:
    """Let a run that is held go on. Raises RunMoved, CampaignNotActive, ChangedMeanwhile."""
    _check(campaign, run, RunStatus.HELD)
    going = runs.move(run.restarted("run: released", at=now()))
    return _begun(going, runs, engine, now)


def retry_run(
    campaign: Campaign, run: Run, *, runs: RunStore, engine: RunEngine, now: Clock
) -> Run:
    """Do again what a failed run is missing: only the delivery, if the rest was done.

    Raises RunMoved, CampaignNotActive, RunInProgress, ChangedMeanwhile.
    """
    _check(campaign, run, RunStatus.FAILED)
    going = runs.reopen(run.restarted("run: tried again", at=now()))
    return _begun(going, runs, engine, now)


def _check(campaign: Campaign, run: Run, status: RunStatus) -> None:
    if run.status is not status:
        raise RunMoved(run.status, RunStatus.RUNNING)
    campaign.check_runnable()


def _begun(run: Run, runs: RunStore, engine: RunEngine, now: Clock) -> Run:
    try:
        engine.start(run.ref, restart=run.restarts)
    except Unavailable as broken:
        with suppress(ChangedMeanwhile):
            runs.move(run.failed(broken.code, "the run could not be started again", at=now()))
        raise
    return run
