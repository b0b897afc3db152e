"""The time of the embedded stack: the real one, or one that starts elsewhere and may hurry."""

from datetime import UTC, datetime, timedelta


class LocalClock:
    """Starts at `start` (None: now) and runs `speed` times as fast as the real one."""

    def __init__(self, start: datetime | None = None, speed: float = 1.0) -> None:
        self._began = datetime.now(UTC)
        self._start = start or self._began
        self._speed = speed

    def now(self) -> datetime:
        return self._start + (datetime.now(UTC) - self._began) * self._speed

    def advance_to(self, moment: datetime) -> None:
        """Jump forward; a clock never goes back."""
        self._start += max(moment - self.now(), timedelta())


def daytime(now: datetime) -> datetime:
    """The middle of that day in UTC: early morning, before anybody may be called, in America.

    A list that is made in the night has nobody in it who could still be called that day.
    """
    return now.astimezone(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
