import json
from typing import Any

import pytest

from tests.integration.events import sample
from tests.integration.lender import invoke

NOT_FOUND = "management/not_found"


def ask(path: str, method: str = "GET") -> tuple[int, dict[str, str], Any]:
    event = sample(NOT_FOUND)
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = method
    answer = invoke(NOT_FOUND, event)
    return answer["statusCode"], answer["headers"], json.loads(answer["body"])


def test_the_sample_is_refused_in_the_words_of_the_borrower_api() -> None:
    answer = invoke(NOT_FOUND, sample(NOT_FOUND))
    assert answer["statusCode"] == 404
    assert answer["headers"] == {"content-type": "application/json"}
    assert json.loads(answer["body"]) == {
        "status": 404,
        "message": "There is nothing at this address.",
        "data": None,
    }


@pytest.mark.parametrize(
    "path",
    [
        "/companies",
        "/companies/",
        "/companies/c/campaigns/",
        "/companies/c/campaigns/x/runs/y/z",
        "/companies/c/Campaigns",
        "/companies/c/campaigns\n",
        "/companies//campaigns",
    ],
)
def test_below_companies_it_is_the_borrower_api(path: str) -> None:
    status, headers, body = ask(path)
    assert (status, headers["content-type"]) == (404, "application/json")
    assert body == {"status": 404, "message": "There is nothing at this address.", "data": None}


@pytest.mark.parametrize("path", ["/v3", "/v3/", "/v3/client/x", "/v3/client//campaigns"])
def test_below_v3_it_is_the_financing_api(path: str) -> None:
    status, headers, body = ask(path)
    assert (status, headers["content-type"]) == (404, "application/json")
    assert body == {"message": "There is nothing at this address.", "errors": {}}


@pytest.mark.parametrize("path", ["/connect", "/connect/", "/connect/token/", "/connect/authorize"])
def test_below_connect_it_is_an_oauth_error(path: str) -> None:
    status, headers, body = ask(path)
    assert (status, headers["content-type"]) == (404, "application/json")
    assert body == {
        "error": "invalid_request",
        "error_description": "There is nothing at this address.",
    }


@pytest.mark.parametrize("path", ["/api/v1/external", "/api/v1/external/", "/api/v1/external/x"])
def test_below_external_it_is_the_collections_api(path: str) -> None:
    status, headers, body = ask(path)
    assert (status, headers["content-type"]) == (404, "application/json")
    assert body == {
        "success": False,
        "status_code": 404,
        "message": "There is nothing at this address.",
        "errors": [],
        "meta": {},
    }


@pytest.mark.parametrize("path", ["/v2", "/v2/", "/v2/customer"])
def test_below_v2_it_is_the_customers_api(path: str) -> None:
    status, headers, body = ask(path)
    assert (status, headers["content-type"]) == (404, "application/json")
    assert body == {"message": "There is nothing at this address.", "code": "NOT_FOUND"}


def test_a_wrong_method_is_told_in_the_shape_of_its_api() -> None:
    status, headers, body = ask("/v2/customers/campaign-status", "POST")
    assert (status, headers["allow"], body["code"]) == (405, "GET, PATCH", "BAD_REQUEST")
    status, _, body = ask("/api/v1/external/campaigns", "DELETE")
    assert (status, body["status_code"]) == (405, 405)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v31",
        "/connected",
        "/v1",
        "/v1/imports/x/y",
        "/companiesx",
        "/v9/%0A",
        "/v1/\n",
        "/é",
    ],
)
def test_anywhere_else_it_is_a_problem(path: str) -> None:
    status, headers, body = ask(path)
    assert (status, headers["content-type"]) == (404, "application/problem+json")
    assert body.keys() == {"type", "title", "status", "detail", "instance"}
    assert (body["type"], body["title"]) == ("urn:campaigns:no_route", "Not Found")
    assert body["instance"].isascii()


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/companies/c/campaigns", "DELETE", "GET, POST"),
        ("/companies/c/campaigns/x", "POST", "DELETE, GET, PATCH, PUT"),
        ("/companies/c/campaigns/x/runs", "PUT", "GET, POST"),
        ("/companies/c/campaigns/x/runs/y", "HEAD", "GET, PATCH, PUT"),
        ("/companies/c/campaign-workers/contact-exporters", "PATCH", "GET, POST"),
    ],
)
def test_a_method_that_a_borrower_address_has_not_is_405(
    path: str, method: str, allowed: str
) -> None:
    status, headers, body = ask(path, method)
    assert (status, headers["allow"]) == (405, allowed)
    assert headers["content-type"] == "application/json"
    assert body == {"status": 405, "message": f"This address answers to {allowed}.", "data": None}


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/v1/imports", "GET", "POST"),
        ("/v1/customers/1", "DELETE", "GET, PATCH, PUT"),
        ("/v1/accounts/1", "OPTIONS", "GET, PUT"),
    ],
)
def test_a_method_that_a_management_address_has_not_is_405(
    path: str, method: str, allowed: str
) -> None:
    status, headers, body = ask(path, method)
    assert (status, headers["allow"]) == (405, allowed)
    assert headers["content-type"] == "application/problem+json"
    assert (body["title"], body["status"], body["instance"]) == ("Method Not Allowed", 405, path)


def test_a_method_that_an_address_of_the_financing_api_has_not_is_405() -> None:
    status, headers, body = ask("/v3/client/x/campaigns", "POST")
    assert (status, headers["allow"]) == (405, "GET")
    assert body == {"message": "This address answers to GET.", "errors": {}}
    status, headers, body = ask("/connect/token")
    assert (status, headers["allow"], body["error"]) == (405, "POST", "invalid_request")
