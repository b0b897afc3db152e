"""The description of all APIs is that of the code, and holds what its readers need."""

import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from campaigns.edge.openapi_page import page
from campaigns.edge.routes import ROUTES
from local.openapi import FILE, description

DOCUMENT: dict[str, Any] = json.loads(FILE.read_text())
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def test_the_file_is_what_the_code_describes() -> None:
    assert FILE.read_bytes() == description(), "run: python -m local.openapi"


def test_it_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_it_describes_every_route_and_no_other() -> None:
    assert set(OPERATIONS) == set(ROUTES)


def test_operations_have_names_of_their_own() -> None:
    names = [one["operationId"] for one in OPERATIONS.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("route", ROUTES)
def test_an_operation_says_what_it_does_needs_and_may_answer(route: str) -> None:
    operation = OPERATIONS[route]
    assert operation["summary"]
    assert "scope" in operation["description"] or operation["security"] == []
    assert {"200", "201", "302"} & operation["responses"].keys()
    assert {"400", "500"} <= operation["responses"].keys()
    in_path = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
    assert in_path == {part[1:-1] for part in route.split("/") if part.startswith("{")}


@pytest.mark.parametrize("route", ROUTES)
def test_a_summary_names_what_it_is_about(route: str) -> None:
    """A word of the path at least, so that it can be read by itself in a list of all."""
    parts = [one for one in route.partition(" ")[2].split("/") if one and not one.startswith("{")]
    words = {singular(one.partition(".")[0].rpartition("-")[2]) for one in parts}
    words -= {"company"} if len(words) > 1 and words & {"campaign", "worker"} else set()
    summary = OPERATIONS[route]["summary"].lower()
    assert any(word in summary for word in words), f"{summary!r} names none of {sorted(words)}"


def singular(noun: str) -> str:
    return noun.removesuffix("ies") + "y" if noun.endswith("ies") else noun.removesuffix("s")


@pytest.mark.parametrize("route", [route for route in ROUTES if "requestBody" in OPERATIONS[route]])
def test_a_request_body_has_an_example(route: str) -> None:
    content = OPERATIONS[route]["requestBody"]["content"]
    assert all(one["examples"] for one in content.values())


def test_the_page_shows_every_operation_and_fetches_nothing() -> None:
    shown = page(DOCUMENT)
    for route in ROUTES:
        assert f'id="{OPERATIONS[route]["operationId"]}"' in shown
    for outside in ("http://", "https://", "src=", "@import", "url(", "<script", "<link"):
        assert outside not in shown.partition("<main>")[0]
        if outside not in ("http://", "https://"):
            assert outside not in shown


def test_what_the_page_shows_is_text_and_not_markup() -> None:
    nasty = "<script>alert(1)</script>"
    path = {"get": {**OPERATIONS["GET /v1/keys"], "summary": nasty, "operationId": nasty}}
    shown = page({**DOCUMENT, "paths": {f"/{nasty}": path}})
    assert nasty not in shown
    assert "&lt;script&gt;" in shown
