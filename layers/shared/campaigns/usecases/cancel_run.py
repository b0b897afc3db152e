from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.run import Run, RunStatus
from campaigns.ports import Clock, Events, RunFiles, RunStore
from campaigns.usecases.conclude_run import conclude_run

_TRIES = 20


def cancel_run(run: Run, *, runs: RunStore, files: RunFiles, events: Events, now: Clock) -> Run:
    """End a run, however busy it is; what it is doing right now is the last thing it does.

    A canceled run stays as it is. Raises RunMoved for one that is over.
    """
    for _ in range(_TRIES):
        if run.status is RunStatus.CANCELED:
            return run
        at = now()
        ended = run.noted("run: canceled", at=at).moved(RunStatus.CANCELED, at=at)
        try:
            run = runs.move(ended)
        except ChangedMeanwhile:
            run = runs.get(run.company_id, run.campaign_id, run.id)
            continue
        return conclude_run(run, runs=runs, files=files, events=events)
    raise ChangedMeanwhile(f"run {run.id}")
