from campaigns.domain.run import Run, RunStatus
from campaigns.ports import Clock, Events, RunFiles, RunStore
from campaigns.usecases.end_run import end_run


def cancel_run(run: Run, *, runs: RunStore, files: RunFiles, events: Events, now: Clock) -> Run:
    """End a run, however busy it is; what it is doing right now is the last thing it does.

    A canceled run stays as it is. Raises RunMoved for one that is over.
    """

    def canceled(run: Run) -> Run:
        if run.status is RunStatus.CANCELED:
            return run
        at = now()
        return run.noted("run: canceled", at=at).moved(RunStatus.CANCELED, at=at)

    return end_run(run, canceled, runs=runs, files=files, events=events)
