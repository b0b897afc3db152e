"""Nobody is contacted but by the guard's leave: what contacts people is made of its rulings."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns.domain.facts import Facts
from campaigns.domain.guard import NotTheGuard, Ruling
from local.template import ROOT
from tests.architecture.test_arrows import FUNCTIONS, PACKAGE
from tests.builders import a_customer, a_ruling

SOURCES = sorted(path for folder in (PACKAGE, FUNCTIONS) for path in folder.rglob("*.py"))


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name, node


def callers(*names: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        for name, _ in calls(path)
        if name in names
    }


def naming(*names: str) -> set[str]:
    """The modules in which one of these names occurs at all, imported, called or passed on."""
    found: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            named = {
                ast.Name: lambda node: [node.id],
                ast.Attribute: lambda node: [node.attr],
                ast.ImportFrom: lambda node: [one.name for one in node.names],
            }.get(type(node), lambda node: [])(node)
            if set(named) & set(names):
                found.add(path.relative_to(ROOT).as_posix())
    return found


DOMAIN, PIPELINE = "layers/shared/campaigns/domain", "layers/shared/campaigns/pipeline"


def test_rulings_and_decisions_are_made_by_the_guard_alone() -> None:
    assert callers("Ruling", "Decision") == {f"{DOMAIN}/guard.py"}
    assert naming("_SEAL") == {f"{DOMAIN}/guard.py"}
    true = a_ruling()
    with pytest.raises(NotTheGuard):
        Ruling(
            person=true.person,
            contact=true.contact,
            channel=true.channel,
            debt="",
            decision=true.decision,
            seal=None,
        )


def test_nobody_asks_the_guard_without_reserving_what_it_allows() -> None:
    """There is one place that asks, and it writes down what was allowed before it answers."""
    assert naming("decide") == {f"{PIPELINE}/rulings.py"}
    without = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        for _, call in calls(path)
        for given in call.keywords
        if given.arg == "reserves" and isinstance(given.value, ast.Constant)
    }
    assert without == {f"{PIPELINE}/preview.py"}


def test_a_line_of_a_contact_file_is_made_of_rulings() -> None:
    assert callers("Facts") == {f"{PIPELINE}/resolve.py"}
    person = a_customer()
    with pytest.raises(AttributeError):
        Facts(person, None, person.contacts, {}, {}, {})  # type: ignore[arg-type]


def test_lines_of_contacts_are_written_in_one_place_and_put_together_in_another() -> None:
    assert naming("CONTACTS_PART") == {
        f"{PIPELINE}/{name}.py" for name in ("resolve", "contact_file", "orchestrate")
    }
    assert callers("write_contacts") == {f"{PIPELINE}/export.py"}
