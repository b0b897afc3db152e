"""How long whoever listens pauses: shortly while things come, longer while nothing does."""

from threading import Event


class Patience:
    """Doubles from pause to pause, so that idle listeners leave the machine to the others."""

    def __init__(self, stopped: Event, *, shortest: float = 0.05, longest: float = 0.4) -> None:
        """Pauses are in seconds, and over at once when `stopped` is set."""
        self._stopped = stopped
        self._shortest, self._longest = shortest, longest
        self._next = shortest

    def pause(self, *, idle: bool) -> None:
        if not idle:
            self._next = self._shortest
        self._stopped.wait(self._next)
        self._next = min(2 * self._next, self._longest)
