"""Recalls that break off between any two writes lose nobody and tell nobody twice."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from campaigns.adapters.memory_recalls import MemoryRecallStore
from campaigns.domain.customer import Flag
from campaigns.domain.recall import CLAIMED
from tests.unit.pipeline.recalling import Recalling


class Died(Exception):
    """The function was gone, as far as anybody could tell."""


class Death:
    """Dies before or after the write of that number, of all writes that come through."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.left = at
        self.after = after

    def through(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def passed(*args: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left == 0 and not self.after:
                raise Died
            answer = write(*args, **named)
            if self.left == 0:
                raise Died
            return answer

        return passed


WRITES = [
    ("recalls", "put_down"),
    ("recalls", "move"),
    ("world.runs", "move"),
    ("world.files", "write"),
    ("world.receiver", "deliver"),
    ("world.ledger", "write"),
    ("timeline", "add"),
    ("world.events", "publish"),
]


@pytest.fixture
def one() -> Recalling:
    return Recalling()


def dying(one: Recalling, death: Death, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, name in WRITES:
        owner: Any = one
        for step in path.split("."):
            owner = getattr(owner, step)
        monkeypatch.setattr(owner, name, death.through(getattr(owner, name)))


def until_nothing_is_due(one: Recalling, changes: list[Any]) -> Iterator[str]:
    """As its triggers would: the stream until it is taken, the clock as long as there is a word."""
    for _ in range(20):
        with suppress(Died):
            one.note(*changes)
            break
    for _ in range(20):
        with suppress(Died):
            yield (outcome := one.tell(CLAIMED))
            if outcome == "moved_on":
                return
    raise AssertionError("it never came to an end")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 12))
def test_wherever_it_dies_each_is_told_once(
    one: Recalling, at: int, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = [one.changed(0, flags=frozenset({Flag.DECEASED})), one.settled(1)]
    death = Death(at, after=after)
    dying(one, death, monkeypatch)
    outcomes = list(until_nothing_is_due(one, changes))
    assert death.left <= 0, "there are fewer writes than this test believes"
    assert outcomes.count("told") <= 1
    assert one.note(*changes) == 0
    assert len(one.files) == len(one.world.receiver.files) - 3 == 1
    assert [row[1] for row in one.rows()[1:]] in (["deceased", "settled"], ["settled", "deceased"])
    for place in (0, 1):
        history = one.history(place)
        assert history is not None
        assert (history.reservations, history.listings) == ((), ())
        assert len(one.entries(place)) == 1
    deliveries = [its for its in one.world.run.deliveries if its["kind"] == "recall"]
    assert len(deliveries) == 1
    assert "takes 2 people" in one.world.content("log.txt").decode()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 5))
def test_a_word_of_what_came_too_late_is_never_lost(
    one: Recalling, at: int, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = [one.changed(0, flags=frozenset({Flag.DECEASED}))]
    one.note(*changes)
    one.world.clock.at = one.world.clock.at.replace(day=3)
    dying(one, Death(at, after=after), monkeypatch)
    list(until_nothing_is_due(one, []))
    told = [its for its in one.world.events.published if its.type == "RecallMissed"]
    assert len({its.id for its in told}) == 1
    assert one.world.log().count("not taken off the list in time") == 1
    assert one.files == []


@pytest.mark.parametrize("nth", range(1, 5))
def test_what_is_put_down_while_a_number_is_closed_is_told_by_the_next(
    one: Recalling, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever write of the telling somebody else gets in before."""
    flags = (Flag.CEASE, Flag.DISPUTE)
    changes = [one.changed(place, flags=frozenset({flag})) for place, flag in enumerate(flags)]
    one.note(changes[0])
    store: MemoryRecallStore = one.recalls
    seen = 0

    def between(write: Callable[..., Any]) -> Callable[..., Any]:
        def passed(*args: Any, **named: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == nth:
                one.note(changes[1])
            return write(*args, **named)

        return passed

    monkeypatch.setattr(store, "move", between(store.move))
    monkeypatch.setattr(store, "of_file", between(store.of_file))
    monkeypatch.setattr(one.world.receiver, "deliver", between(one.world.receiver.deliver))
    for _ in range(6):
        one.tell_all()
    told = [row for number in range(1, len(one.files) + 1) for row in one.rows(number)[1:]]
    assert len(told) == 2
    assert [len(one.entries(place)) for place in range(2)] == [1, 1]
