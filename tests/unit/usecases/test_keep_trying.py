import pytest

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.usecases.keep_trying import keep_trying


class Shelf:
    """Holds a number; somebody else writes in between so many times."""

    def __init__(self, disturbed: int) -> None:
        self.disturbed = disturbed
        self.number = 0
        self.reads = 0

    def read(self) -> int:
        self.reads += 1
        return self.number

    def move(self, number: int) -> int:
        if self.disturbed:
            self.disturbed -= 1
            self.number += 100
            raise ChangedMeanwhile("shelf")
        self.number = number
        return number


def test_what_was_written_meanwhile_is_not_lost() -> None:
    shelf = Shelf(disturbed=2)
    assert keep_trying(shelf.read, lambda n: n + 1, shelf.move) == 201
    assert shelf.reads == 3


def test_it_gives_up_when_it_is_disturbed_again_and_again() -> None:
    shelf = Shelf(disturbed=99)
    with pytest.raises(ChangedMeanwhile):
        keep_trying(shelf.read, lambda n: n + 1, shelf.move)
    assert shelf.reads == 5


def test_what_does_not_change_is_not_written() -> None:
    shelf = Shelf(disturbed=1)
    assert keep_trying(shelf.read, lambda n: n, shelf.move) == 0
