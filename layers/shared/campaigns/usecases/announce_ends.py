from collections.abc import Sequence

from campaigns.domain.events import enrollment_ended
from campaigns.ports import EnrollmentEnds, Events, Json


def announce_ends(changes: Sequence[Json], *, ends: EnrollmentEnds, events: Events) -> int:
    """Tell of every enrollment that ended; answer how many. Raises EventsUnavailable.

    The same change tells the same event, so changes may be told of again.
    """
    ended = [one for one in map(ends.ended, changes) if one is not None]
    events.publish(*map(enrollment_ended, ended))
    return len(ended)
