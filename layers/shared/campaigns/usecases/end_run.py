from collections.abc import Callable

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.run import Run
from campaigns.ports import Events, RunFiles, RunStore
from campaigns.usecases.conclude_run import conclude_run

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
        return conclude_run(run, runs=runs, files=files, events=events)
    raise ChangedMeanwhile(f"run {run.id}")
