"""How fast a provider takes messages: everybody who sends takes turns out of one line.

The line is one number, the moment up to which turns are given away (the theoretical arrival time
of GCRA). Whoever has something to send moves it on by what they need and sends at those moments.
"""

from dataclasses import dataclass
from typing import Final

HORIZON: Final = 5.0
"""Seconds that turns are given away ahead. Who would have to wait longer comes again later."""
_SPARE: Final = 1.02
"""Clocks differ a little, and a provider's second is not ours."""


@dataclass(frozen=True, slots=True)
class Rate:
    per_second: float

    @property
    def gap(self) -> float:
        """Seconds between two messages."""
        return _SPARE / self.per_second


@dataclass(frozen=True, slots=True)
class Turn:
    """`count` messages from `start` on, in seconds since the epoch; none: ask again then."""

    start: float
    count: int


def next_turn(line: float, now: float, count: int, rate: Rate) -> tuple[Turn, float]:
    """Turns for `count` messages, and where the line stands behind them."""
    start = max(line, now)
    if start - now > HORIZON:
        return Turn(start - HORIZON, 0), line
    return Turn(start, count), start + count * rate.gap
