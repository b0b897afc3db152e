from collections.abc import Callable
from typing import TypeVar

from campaigns.domain.campaign import ChangedMeanwhile

T = TypeVar("T")

_TRIES = 5


def keep_trying(read: Callable[[], T], change: Callable[[T], T], move: Callable[[T], T]) -> T:
    """Read, change, write; from the beginning when somebody else has written meanwhile.

    What does not change is not written. Raises ChangedMeanwhile when it happens again and again.
    """
    for _ in range(_TRIES - 1):
        try:
            return _once(read, change, move)
        except ChangedMeanwhile:
            continue
    return _once(read, change, move)


def _once(read: Callable[[], T], change: Callable[[T], T], move: Callable[[T], T]) -> T:
    was = read()
    changed = change(was)
    return was if changed == was else move(changed)
