"""Names say what a thing is for; these say nothing."""

import re
from pathlib import Path

import pytest

from local.template import ROOT

EMPTY = {"utils", "util", "helpers", "helper", "common", "base", "manager", "service", "misc"}
ROOMS = ("bench", "functions", "layers", "local", "tests")
FILES = sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))
FRONT_DOORS = sorted((ROOT / "functions").glob("*/[a-z]*.py"))


def words(name: str) -> set[str]:
    """Of a snake_case or CamelCase name, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_words_are_told_apart() -> None:
    assert words("RunManager") == words("run_manager") == {"run", "manager"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_a_module_is_named_for_what_it_does(file: Path) -> None:
    assert not words(file.stem) & EMPTY
    assert not set(file.relative_to(ROOT).parts[:-1]) & EMPTY


@pytest.mark.parametrize("file", FRONT_DOORS, ids=lambda file: file.stem)
def test_a_front_door_is_a_verb_and_a_noun(file: Path) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", file.stem)
