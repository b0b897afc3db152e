from contextlib import suppress

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.errors import Unavailable
from campaigns.domain.events import run_ended
from campaigns.domain.run import LOG, Run, RunStatus
from campaigns.ports import Clock, Events, RunFiles, RunStore

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
        # It is canceled whether or not anybody hears of it; an execution under way tells it too.
        with suppress(Unavailable):
            events.publish(run_ended(run))
        return _with_log(run, runs, files)
    raise ChangedMeanwhile(f"run {run.id}")


def _with_log(run: Run, runs: RunStore, files: RunFiles) -> Run:
    with files.write(run.ref, LOG) as log:
        log.write(run.log_text().encode())
        log.rows = len(run.log) + 1
    with suppress(ChangedMeanwhile):
        return runs.move(run.holding(log.facts))
    return run
