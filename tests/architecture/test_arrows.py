"""Who may import whom, and which library may be imported where. These tables are the architecture.

A room is a folder or a module of the package; a handler is any file of functions/. Outside
libraries are free only in the rooms that are named for them.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from local.template import ROOT

PACKAGE = ROOT / "layers/shared/campaigns"
FUNCTIONS = ROOT / "functions"

ROOMS = {
    "domain": {"domain"},
    "ports": {"domain"},
    "usecases": {"usecases", "ports", "domain"},
    "pipeline": {"pipeline", "ports", "domain"},
    "adapters": {"adapters", "domain"},
    "edge": {"edge", "domain", "observability"},
    "settings": set(),
    "observability": set(),
    "wiring": {"ports", "adapters", "settings", "domain"},
    "a handler": {"domain", "edge", "observability", "pipeline", "usecases", "wiring"},
}

TYPES = {"edge": {"ports"}}
"""What a room may name in annotations only, since it is handed the thing itself by `wiring`."""

DURABLE = "aws_durable_execution_sdk_python"
LIBRARIES = {
    "domain": {"anyascii", "phonenumbers"},
    "ports": set(),
    "usecases": {"orjson"},
    "pipeline": {"orjson"},
    "adapters": {"boto3", "botocore", "orjson"},
    "edge": {"aws_lambda_powertools", "orjson", "pydantic"},
    "settings": set(),
    "observability": {"aws_lambda_powertools"},
    "wiring": {"boto3", "botocore"},
    "a handler": {"aws_lambda_powertools"},
}
ALSO = {
    "adapters/delivery": {"cryptography", "paramiko"},
    "adapters/durable.py": {DURABLE},
    "adapters/dynamodb": {"pydantic"},
    "adapters/http_connection.py": {"urllib3"},
    "adapters/redash_http.py": {"urllib3"},
    "adapters/rendering": {"babel", "jinja2"},
    "adapters/requests.py": {"aws_lambda_powertools"},
    "functions/runs/campaign_run.py": {DURABLE},
}
"""What single places may use beyond their room."""

ON_USE = {"anyascii", "babel", "cryptography", "jinja2", "paramiko", "phonenumbers"}
"""Slow to import, so imported inside the functions that need them."""


class Import(NamedTuple):
    name: str
    """Dotted and whole."""
    at_run_time: bool
    """False under `if TYPE_CHECKING`."""
    on_use: bool
    """Inside a function."""


def imports(file: Path) -> Iterator[Import]:
    yield from _imports(ast.parse(file.read_text()), True, False)


def _imports(node: ast.AST, at_run_time: bool, on_use: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, at_run_time, on_use)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        for alias in node.names:
            whole = f"{node.module}.{alias.name}" if node.module == "campaigns" else node.module
            yield Import(str(whole), at_run_time, on_use)
    elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        for typed in node.body:
            yield from _imports(typed, False, on_use)
    else:
        inside = on_use or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.iter_child_nodes(node):
            yield from _imports(child, at_run_time, inside)


def place(file: Path) -> str:
    """From the package, or from the repository's root for a handler."""
    return file.relative_to(PACKAGE if file.is_relative_to(PACKAGE) else ROOT).as_posix()


def room(file: Path) -> str:
    if not file.is_relative_to(PACKAGE):
        return "a handler"
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def libraries_of(file: Path) -> set[str]:
    here = place(file)
    extra = (names for at, names in ALSO.items() if here == at or here.startswith(f"{at}/"))
    return LIBRARIES[room(file)].union(*extra)


MODULES = sorted(set(PACKAGE.rglob("*.py")) - {PACKAGE / "__init__.py"})
HANDLERS = sorted(file for file in FUNCTIONS.rglob("*.py") if file.name != "__init__.py")


@pytest.mark.parametrize("file", MODULES + HANDLERS, ids=place)
def test_imports_follow_the_arrows(file: Path) -> None:
    allowed = {True: ROOMS[room(file)], False: ROOMS[room(file)] | TYPES.get(room(file), set())}
    for one in imports(file):
        if one.name.startswith("campaigns."):
            assert one.name.split(".")[1] in allowed[one.at_run_time], one.name


@pytest.mark.parametrize("file", MODULES + HANDLERS, ids=place)
def test_libraries_stay_in_their_rooms(file: Path) -> None:
    used = {one.name.split(".")[0] for one in imports(file) if one.at_run_time}
    assert used - sys.stdlib_module_names - {"campaigns"} <= libraries_of(file)


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_slow_libraries_are_imported_on_use(file: Path) -> None:
    early = {one.name.split(".")[0] for one in imports(file) if one.at_run_time and not one.on_use}
    assert not early & ON_USE


def test_every_room_and_exception_is_still_there() -> None:
    assert {room(file) for file in MODULES} | {"a handler"} == set(ROOMS) == set(LIBRARIES)
    assert [at for at in ALSO if not (PACKAGE / at).exists() and not (ROOT / at).exists()] == []


@pytest.mark.parametrize("file", HANDLERS, ids=place)
def test_a_handler_is_one_short_function(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= 40
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    [only] = (node for node in ast.parse(text).body if isinstance(node, definitions))
    assert only.name == "handler"
