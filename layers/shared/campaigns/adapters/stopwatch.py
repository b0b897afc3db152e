"""The seconds that a request may still take, by a clock that nobody can set."""

from time import monotonic, sleep


class Stopwatch:
    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def left(self) -> float:
        return max(self._end - monotonic(), 0.0)

    def pause(self, seconds: float) -> None:
        sleep(min(seconds, self.left()))
