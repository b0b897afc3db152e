"""How often a step that failed is tried again, and after which pauses."""

from collections.abc import Callable

ATTEMPTS = 5


def retry_delay(attempt: int, random: Callable[[], float]) -> float | None:
    """Seconds to wait after the failed attempt number `attempt` (from 1); None means give up.

    Exponential with full jitter: anything from nothing to a ceiling that doubles each time.
    `random` gives a number from 0 up to 1.
    """
    if attempt < 1:
        raise ValueError("attempts are counted from 1")
    if attempt >= ATTEMPTS:
        return None
    return random() * min(120.0, 5.0 * 2.0 ** (attempt - 1))
