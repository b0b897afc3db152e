from contextlib import suppress

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.errors import Unavailable
from campaigns.domain.events import run_ended
from campaigns.domain.run import LOG, Run
from campaigns.ports import Events, RunFiles, RunStore


def conclude_run(run: Run, *, runs: RunStore, files: RunFiles, events: Events) -> Run:
    """Tell that a run was ended by hand, or held, and write the `log.txt` of one that is over.

    A log that a worker outside has brought stays.
    """
    # It has ended whether or not anybody hears of it; an execution under way tells it too.
    with suppress(Unavailable):
        events.publish(run_ended(run))
    if not run.is_over or any(file.name == LOG and file.brought for file in run.files):
        return run
    with files.write(run.ref, LOG) as log:
        log.write(run.log_text().encode())
        log.rows = len(run.log) + 1
    with suppress(ChangedMeanwhile):
        return runs.move(run.holding(log.facts))
    return run
