from campaigns.domain.run import LOG, Run, RunStatus
from campaigns.ports import Clock, RunFiles, RunStore


def cancel_run(run: Run, *, runs: RunStore, files: RunFiles, now: Clock) -> Run:
    """End a run as it was read; what it is doing right now is the last thing it does.

    A canceled run stays as it is. Raises RunMoved for one that is over, ChangedMeanwhile.
    """
    if run.status is RunStatus.CANCELED:
        return run
    at = now()
    ended = run.noted("run: canceled", at=at).moved(RunStatus.CANCELED, at=at)
    with files.write(run.ref, LOG) as log:
        log.write(ended.log_text().encode())
        log.rows = len(ended.log) + 1
    return runs.move(ended.holding(log.facts))
