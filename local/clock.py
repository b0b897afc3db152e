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
