from collections.abc import Callable
from contextlib import suppress

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.errors import Unavailable
from campaigns.domain.events import run_ended
from campaigns.domain.run import LOG, Run
from campaigns.ports import Events, RunFiles, RunStore

_TRIES = 20


def end_run(
    run: Run,
    end: Callable[[Run], Run],
    *,
    runs: RunStore,
    files: RunFiles,
    events: Events,
) -> Run:
    """Write what `end` makes of the run and tell of it; read it afresh when it had changed.

    `end` may answer the run as it is, which is then left alone.
    """
    for _ in range(_TRIES):
        ended = end(run)
        if ended is run:
            return run
        try:
            run = runs.move(ended)
        except ChangedMeanwhile:
            run = runs.get(run.company_id, run.campaign_id, run.id)
            continue
        return told(run, runs=runs, files=files, events=events)
    raise ChangedMeanwhile(f"run {run.id}")


def told(run: Run, *, runs: RunStore, files: RunFiles, events: Events) -> Run:
    """A run that is over, with its log as a file, and its end told to whoever wants to know."""
    # It is over whether or not anybody hears of it; an execution under way tells it too.
    with suppress(Unavailable):
        events.publish(run_ended(run))
    with files.write(run.ref, LOG) as log:
        log.write(run.log_text().encode())
        log.rows = len(run.log) + 1
    with suppress(ChangedMeanwhile):
        return runs.move(run.holding(log.facts))
    return run
