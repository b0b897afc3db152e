"""A run dies at any moment and goes on: the same files, delivered once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns.adapters.memory import MemorySteps
from campaigns.domain.answer import StepRefused
from campaigns.domain.customer import Flag
from campaigns.domain.delivery import HostKeyChanged
from campaigns.domain.exporter import Rows
from campaigns.domain.public_id import show
from campaigns.domain.run import OVERRIDE, RunStatus
from campaigns.pipeline import resolve as resolve_stage
from campaigns.pipeline import screen as screen_stage
from campaigns.ports import Json
from tests.builders import a_customer, an_exporter
from tests.unit.pipeline.world import World


class Interrupted(BaseException):
    """The function is gone: no handler of ours gets to see it."""


class RememberingSteps:
    """Remembers what ended, like a durable engine; dies once, at one place.

    A place is the number of a step and whether it dies right before its effect, or right
    after it and before its answer was remembered.
    """

    def __init__(self, dies_at: tuple[int, str] | None = None) -> None:
        self._remembered: dict[str, Json | StepRefused] = {}
        self._dies_at = dies_at
        self.done: list[str] = []

    def step(self, name: str, do: Callable[[int], Json]) -> Json:
        return self._once(name, lambda: MemorySteps().step(name, do))

    def poll(self, name: str, check: Callable[[Json], Json], state: Json) -> Json:
        return self._once(name, lambda: MemorySteps().poll(name, check, state))

    def each(self, name: str, items: Sequence[Json], do: Callable[[Json], Json]) -> Sequence[Json]:
        return [
            self.step(f"{name}-{place}", lambda _, item=item: do(item))  # type: ignore[misc]
            for place, item in enumerate(items)
        ]

    def _once(self, name: str, do: Callable[[], Json]) -> Json:
        if name not in self._remembered:
            self._die(name, "before")
            answer = _answer_of(do)
            self._die(name, "after")
            self._remembered[name] = answer
            self.done.append(name)
        remembered = self._remembered[name]
        if isinstance(remembered, StepRefused):
            raise remembered
        return remembered

    def _die(self, name: str, when: str) -> None:
        if self._dies_at == (len(self.done), when):
            self._dies_at = None
            raise Interrupted(f"{when} {name}")


def _answer_of(do: Callable[[], Json]) -> Json | StepRefused:
    try:
        return do()
    except StepRefused as refusal:
        return refusal


def a_world(kind: str) -> World:
    rows = [{"borrowerId": number % 9, "offer": str(number)} for number in range(12)]
    people = [
        a_customer(str(number), flags=frozenset({Flag.CEASE} if number == 4 else ()))
        for number in range(7)
    ]
    exporter = an_exporter("person.externalId", "query.offer", "run.id", rows=Rows.LONG)
    if kind == "split":
        people[3] = replace(people[3], time_zone="America/Los_Angeles")
    world = World(rows, exporter=exporter, people=people)
    if kind == "split":
        world.clock.at += timedelta(hours=4)
        sftp = world.campaign.sftp
        assert sftp is not None
        sftp = replace(sftp, split="timeZone", trigger="done")
        world.campaigns.move(replace(world.campaign, sftp=sftp))
    if kind == "override":
        world.change(lambda run: replace(run, overrides=True))
        world.files.kept[world.opened.ref, OVERRIDE] = b'[{"id": 1}, {"id": 2}]'
    if kind == "failing":
        world.queries.result = [{"customer": 1}]
        world.queries.columns = ["customer"]
    return world


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen_stage, "_LEAST_CHUNK", 3)
    monkeypatch.setattr(screen_stage, "_BATCH", 2)
    monkeypatch.setattr(resolve_stage, "_BATCH", 2)


def outcome(world: World) -> dict[str, Any]:
    """What a client and a receiver get to see; the log is compared by what it says."""
    files = {
        name: content
        for (_, name), content in world.files.kept.items()
        if name not in ("log.txt", "receipt.json")
    }
    delivered = {
        name: content
        for name, content in world.receiver.files.items()
        if "_log" not in name and "_receipt" not in name
    }
    run = world.run
    return {
        "status": run.status,
        "error": run.error_code,
        "counts": run.counts,
        "available": run.available_files,
        "files": _without_ids(files, world),
        "delivered": _without_ids(delivered, world),
        "log": {
            _without_id(line.text, world)
            for line in run.log
            # Only a run that was interrupted has to say this.
            if not line.text.endswith("was delivered before and is not sent again")
        },
    }


def _without_id(text: str, world: World) -> str:
    for kind, id in (("CM", world.campaign_id), ("RN", world.opened.id)):
        text = text.replace(show(kind, id), kind).replace(id, kind)
    # Hashes and sizes of the log and the receipt differ with what they tell.
    return text.partition(" is there, ")[0]


def _without_ids(files: dict[str, bytes], world: World) -> dict[str, str]:
    return {
        _without_id(name, world): _without_id(content.decode("latin-1"), world)
        for name, content in files.items()
    }


@pytest.mark.parametrize("kind", ["query", "override", "failing", "split"])
def test_a_run_that_dies_anywhere_goes_on_to_the_same_end(kind: str) -> None:
    undisturbed = a_world(kind)
    whole = RememberingSteps()
    undisturbed.execute(whole)
    expected = outcome(undisturbed)
    for number, name in enumerate(whole.done):
        for when in ("before", "after"):
            world, steps = a_world(kind), RememberingSteps((number, when))
            with pytest.raises(Interrupted):
                world.execute(steps)
            world.execute(steps)
            assert steps.done == whole.done, f"{when} {name}"
            assert outcome(world) == expected, f"{when} {name}"
            assert len(world.receiver.published) == len(world.receiver.files), f"{when} {name}"


def test_the_steps_of_a_run_keep_their_names() -> None:
    """A running execution finds its finished steps by name, also after a deployment."""
    steps = RememberingSteps()
    a_world("query").execute(steps)
    assert steps.done == [
        "begin",
        "submit-query",
        "await-query",
        "fetch-query",
        "screen",
        "resolve-0",
        "resolve-1",
        "resolve-2",
        "export",
        "check-safety",
        "plan-delivery",
        "deliver-0",
        "deliver-1",
        "write-receipt",
        "deliver-receipt",
        "write-trigger",
        "finish",
        "announce",
    ]


def test_a_finished_run_that_is_executed_again_from_nothing_does_nothing() -> None:
    world = a_world("query")
    run = world.execute()
    again = world.execute(RememberingSteps())
    assert again == run
    assert len(world.receiver.connections) == 3


def test_a_write_that_dies_in_the_middle_of_a_file_leaves_the_run_able_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    undisturbed = a_world("query")
    undisturbed.execute()
    expected = outcome(undisturbed)
    for number in range(40):
        world, steps = a_world("query"), RememberingSteps()
        if not _dies_at_write(world, steps, number, monkeypatch):
            break
        assert world.execute(steps).status is RunStatus.COMPLETED
        assert outcome(world) == expected
        assert len(world.receiver.published) == len(world.receiver.files)
    assert number > 15


def _dies_at_write(
    world: World, steps: RememberingSteps, number: int, monkeypatch: pytest.MonkeyPatch
) -> bool:
    """Whether the run got to that write of its files or its record, where it dies."""
    left = number

    def dying(do: Callable[..., Any]) -> Callable[..., Any]:
        def died(*asked: Any) -> Any:
            nonlocal left
            left -= 1
            if left == -1:
                raise Interrupted
            return do(*asked)

        return died

    with monkeypatch.context() as patch:
        patch.setattr(world.runs, "move", dying(world.runs.move))
        patch.setattr(world.files, "write", dying(world.files.write))
        patch.setattr(world.files, "remove", dying(world.files.remove))
        try:
            world.execute(steps)
        except Interrupted:
            return True
    return False


def test_a_held_run_that_is_told_twice_to_stop_says_so_once() -> None:
    for number in range(30):
        world, steps = a_world("query"), RememberingSteps((number, "after"))
        changed = HostKeyChanged("sftp.example.com", "SHA256:old", "SHA256:new")
        world.receiver.failures = [changed] * 3
        try:
            world.execute(steps)
        except Interrupted:
            world.execute(steps)
        assert world.run.status is RunStatus.HELD
        assert world.log().count("SHA256:old") == 1
        assert world.content("log.txt").decode() == world.run.log_text()
