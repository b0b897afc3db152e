"""The threat model names the tests that hold its defences, and those are there."""

import re

import pytest

from local.template import ROOT

PAGE = "docs/threat-model.md"
TEXT = (ROOT / PAGE).read_text()
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| way in")
]
_TEST = re.compile(r"`(tests/[\w/]+\.py)`")


def test_the_readme_leads_to_it() -> None:
    assert f"({PAGE})" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_defence_names_tests_that_exist(row: list[str]) -> None:
    _, defence, tests = row
    assert defence
    named = _TEST.findall(tests)
    assert named, "a defence without a test is a hope"
    assert [one for one in named if not (ROOT / one).is_file()] == []


def test_it_says_what_is_not_defended() -> None:
    told = TEXT.partition("## What is not defended")[2]
    assert "is code and not IAM" in told
    assert len(re.findall(r"^- ", told, re.MULTILINE)) > 5
