from contextlib import suppress
from dataclasses import replace

from campaigns.domain.api_key import KeyNotFound
from campaigns.domain.campaign import Campaign, ChangedMeanwhile
from campaigns.domain.errors import Unavailable
from campaigns.domain.run import ReleaseNeedsAnotherKey, Run, RunMoved, RunStatus
from campaigns.domain.safety import approved_by_releasing
from campaigns.ports import Access, CampaignStore, Clock, RunEngine, RunStore

_TRIES = 10


def release_run(
    campaign: Campaign,
    run: Run,
    by: str,
    *,
    access: Access,
    campaigns: CampaignStore,
    runs: RunStore,
    engine: RunEngine,
    now: Clock,
) -> Run:
    """Let a run that is held go on, for the key `by`; the text of its query is approved with it.

    Raises RunMoved, CampaignNotActive, ReleaseNeedsAnotherKey, ChangedMeanwhile.
    """
    _check(campaign, run, RunStatus.HELD)
    if access.company(run.company_id).release_by_another_key:
        _check_another(run, by, access)
    going = runs.move(run.released(by, at=now()))
    # After the run has moved: a release that came to nothing approves nothing.
    _approve(campaign, going, campaigns)
    return _begun(going, runs, engine, now)


def retry_run(
    campaign: Campaign, run: Run, by: str, *, runs: RunStore, engine: RunEngine, now: Clock
) -> Run:
    """Do again what a failed run is missing, for the key `by`: only the delivery, if the rest
    was done.

    Raises RunMoved, CampaignNotActive, RunInProgress, ChangedMeanwhile.
    """
    _check(campaign, run, RunStatus.FAILED)
    going = runs.reopen(run.retried(by, at=now()))
    return _begun(going, runs, engine, now)


def _check(campaign: Campaign, run: Run, status: RunStatus) -> None:
    if run.status is not status:
        raise RunMoved(run.status, RunStatus.RUNNING)
    campaign.check_runnable()


def _check_another(run: Run, by: str, access: Access) -> None:
    """A key and those that it was rotated for are one. Raises ReleaseNeedsAnotherKey."""
    asked = run.requested_by
    if asked is None:
        return
    if by in _successors(run.company_id, asked, access):
        raise ReleaseNeedsAnotherKey
    if asked in _successors(run.company_id, by, access):
        raise ReleaseNeedsAnotherKey


def _successors(company_id: str, key_id: str, access: Access) -> set[str]:
    """The key itself, and all that came in its place."""
    found: set[str] = set()
    following: str | None = key_id
    while following is not None and following not in found:
        found.add(following)
        try:
            following = access.get_key(company_id, following).replaced_by
        except KeyNotFound:
            following = None
    return found


def _approve(campaign: Campaign, run: Run, campaigns: CampaignStore) -> None:
    """The text that the run was held for is the approved one from now on."""
    text = approved_by_releasing(run)
    for _ in range(_TRIES):
        if text in (None, campaign.approved_query_sha256):
            return
        with suppress(ChangedMeanwhile):
            campaign = campaigns.move(replace(campaign, approved_query_sha256=text))
            return
        campaign = campaigns.get(campaign.company_id, campaign.id)
    raise ChangedMeanwhile(f"campaign {campaign.id}")


def _begun(run: Run, runs: RunStore, engine: RunEngine, now: Clock) -> Run:
    if run.outside:
        # Pending again, which is what its worker looks for.
        return run
    try:
        engine.start(run.ref, restart=run.restarts)
    except Unavailable as broken:
        with suppress(ChangedMeanwhile):
            runs.move(run.failed(broken.code, "the run could not be started again", at=now()))
        raise
    return run
