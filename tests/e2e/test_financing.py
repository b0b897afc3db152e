"""A shop and its lender over HTTP: from a plan and a client's secret to an offer."""

import base64
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.e2e.lending import Lending

FORM = {"X-API-KEY": "", "Content-Type": "application/x-www-form-urlencoded"}
PLAN = {
    "campaignName": "24 months",
    "currency": "SEK",
    "minAmount": 1000,
    "maxAmount": 100000,
    "duration": 24,
    "nominalInterest": 8.9,
    "administrationFee": 29,
}


@pytest.fixture
def client(lending: Lending) -> Any:
    return lending.api.take("POST", "/v1/financing-clients", {"name": "Web shop"})


def test_a_shop_asks_for_its_plans(lending: Lending, client: Any) -> None:
    plan = lending.api.take("POST", "/v1/plans", PLAN)
    pair = f"{client['clientId']}:{client['clientSecret']}"
    basic = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}", **FORM}
    form = urlencode({"grant_type": "client_credentials"}).encode()
    token = lending.api.call("POST", "/connect/token", raw=form, headers=basic).json
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)

    path = f"/v3/client/{client['clientId']}/campaigns"
    bearer = {"X-API-KEY": "", "Authorization": f"Bearer {token['access_token']}"}
    answer = lending.api.call("GET", f"{path}?creditAmount=55000.00", headers=bearer)
    assert answer.status == 200
    assert b'"monthlyCost":2539.14,' in answer.text
    [offer] = answer.json
    assert (offer["campaignId"], offer["totalCost"]) == (plan["campaignId"], 60939.31)
    for odd in ("creditAmount=5000&creditAmount=6000", "creditAmount=", "creditAmount"):
        refused = lending.api.call("GET", f"{path}?{odd}", headers=bearer)
        assert (refused.status, [*refused.json["errors"]]) == (400, ["creditAmount"])

    lending.api.take("DELETE", f"/v1/financing-clients/{client['clientId']}")
    assert lending.api.call("GET", path, headers=bearer).status == 401
    again = lending.api.call("POST", "/connect/token", raw=form, headers=basic)
    assert (again.status, again.json["error"]) == (401, "invalid_client")


def test_an_operator_reads_what_a_plan_comes_to(lending: Lending) -> None:
    plan = lending.api.take("POST", "/v1/plans", PLAN)
    base = f"/v1/plans/{plan['id']}"
    table = lending.api.take("GET", f"{base}/amortisation?creditAmount=55000")
    assert (table["totalCost"], table["months"][-1]["balance"]) == ("60939.31", "0.00")
    sheet = lending.api.call("GET", f"{base}/amortisation", headers={"Accept": "text/csv"})
    assert len(sheet.text.decode().splitlines()) == 25
    chart = lending.api.call("GET", f"{base}/chart.svg")
    assert chart.headers["Content-Type"].startswith("image/svg+xml")
    assert chart.text.startswith(b"<svg ")


def test_below_its_addresses_each_api_speaks_its_own_way(lending: Lending) -> None:
    shop = lending.api.call("GET", "/v3/client/x/plans")
    assert (shop.status, [*shop.json]) == (404, ["message", "errors"])
    token = lending.api.call("GET", "/connect/token")
    assert (token.status, [*token.json]) == (405, ["error", "error_description"])
