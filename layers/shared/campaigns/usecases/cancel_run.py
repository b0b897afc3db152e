from campaigns.domain.run import Run, RunStatus
from campaigns.ports import Clock, Events, RunEngine, RunFiles, RunStore
from campaigns.usecases.clear_up import clear_up
from campaigns.usecases.end_run import end_run


def cancel_run(
    run: Run,
    *,
    runs: RunStore,
    files: RunFiles,
    events: Events,
    engine: RunEngine,
    now: Clock,
) -> Run:
    """End a run, however busy it is; what it is doing right now is the last thing it does.

    What one that was held has reserved is given back by another execution. A canceled run stays
    as it is. Raises RunMoved for one that is over.
    """

    def canceled(run: Run) -> Run:
        if run.status is RunStatus.CANCELED:
            return run
        at = now()
        return run.noted("run: canceled", at=at).canceled(at=at)

    ended = end_run(run, canceled, runs=runs, files=files, events=events)
    clear_up(ended, engine=engine)
    return ended
