from contextlib import suppress

from campaigns.domain.errors import Unavailable
from campaigns.domain.run import Run, RunStatus
from campaigns.ports import RunEngine


def clear_up(run: Run, *, engine: RunEngine) -> None:
    """See to it that a canceled run gives back what it reserved; again begins nothing.

    Of a run that was at work, that is its own execution, which this names. What cannot be given
    back now expires with the day.
    """
    if run.status is RunStatus.CANCELED and run.parts and not run.outside:
        with suppress(Unavailable):
            engine.start(run.ref, restart=run.restarts)
