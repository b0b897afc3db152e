"""A collection campaign over HTTP: enrolled by a collector, called by a dialer, told by it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from campaigns.domain import company
from campaigns.domain.api_key import SCOPES
from campaigns.domain.identity import moment
from local.api_client import ApiClient, last
from local.stack import Stack
from tests.e2e.lending import ENDS, Lending, to_sftp

PHONES = {"100001": "+15125550123", "100002": "+15125550124", "100003": "+15125550125"}


def keyed(lending: Lending, stack: Stack, prefix: str) -> ApiClient:
    """The same company with a key of another kind."""
    body = {"name": prefix, "prefix": prefix, "scopes": sorted(SCOPES)}
    made = lending.api.take("POST", "/v1/keys", body)
    return ApiClient(stack.url, made["key"])


def flow(lending: Lending, stack: Stack) -> tuple[str, list[str]]:
    """An active campaign with one step, and three invoices in it."""
    assert stack.sftp is not None
    api = lending.api
    accounts = []
    for number, (customer, phone) in enumerate(PHONES.items(), start=1):
        api.take("PUT", f"/v1/customers/{customer}", {"phoneMobile": phone})
        body = {"customerExternalId": customer, "number": f"I-{number}"}
        accounts.append(api.take("PUT", f"/v1/accounts/90000{number}", body)["id"])
    columns = {"person.id": "customer", "contact.phone": "phone", "query.executionId": "execution"}
    step = {"contactExporterId": lending.exporter(columns), **to_sftp(stack.sftp)}
    wanted = {"kind": "collection", "type": "early_stage", "name": "Early", "steps": [step]}
    campaign = api.take("POST", "/v1/campaigns", wanted)["id"]
    api.take("PUT", f"/v1/campaigns/{campaign}/status", {"status": "ACTIVE"})
    sent = {"campaign_id": campaign, "account_ids": accounts}
    answer = api.take("POST", "/api/v1/external/accounts/campaign/bulk", sent)
    assert answer["data"]["successful_enrollments"] == 3
    return campaign, accounts


def rung(lending: Lending, stack: Stack, campaign: str, company_id: str) -> Any:
    """The run that the campaign's clock begins, once it is over."""
    stack.invoke(
        f"{stack.name}-runs-start-scheduled-run",
        {
            "companyId": company_id,
            "campaignId": campaign,
            "scheduledTime": moment(datetime.now(UTC)),
        },
    )
    path = f"/v1/campaigns/{campaign}/runs"
    over = last(
        lending.api.until(
            path,
            lambda seen: bool(seen["items"]) and seen["items"][0]["status"] in ENDS,
            seconds=60,
            every=0.08,
        )
    )
    return over["items"][0]


def contacts(stack: Stack, campaign: str) -> list[Path]:
    inbox = stack.data / "sftp" / "inbox"
    return [file for file in inbox.iterdir() if campaign in file.name and "contacts" in file.name]


def test_a_collector_enrolls_a_dialer_calls_and_reports(lending: Lending, stack: Stack) -> None:
    campaign, accounts = flow(lending, stack)
    run = rung(lending, stack, campaign, lending.company_id)
    assert (run["status"], run["counts"]["exported"]) == ("completed", 3), run
    [file] = contacts(stack, campaign)
    lines = [line.split(",") for line in file.read_text().split()[1:]]
    assert sorted(line[1] for line in lines) == sorted(PHONES.values())
    dialer = keyed(lending, stack, "cc_")
    stats = dialer.take("GET", f"/v2/campaigns/{campaign}")["campaign"]["customerStats"]
    assert (stats["total"], stats["todayCalls"]) == (3, 3)
    report = {"customerId": lines[0][0], "campaignId": campaign, "status": "failed"}
    told = dialer.take("PATCH", "/v2/customers/campaign-status", report)
    assert (told["previousStatus"], told["customerCampaignId"]) == ("completed", lines[0][2])
    assert stack.events is not None
    ends = [
        stack.events.wait_for(
            lambda event, wanted=(lines[0][2], status): (
                (  # type: ignore[misc]
                    event["detail"].get("executionId"),
                    event["detail"].get("status"),
                )
                == wanted
            )
        )
        for status in ("completed", "failed")
    ]
    assert [end["detail"]["reason"] for end in ends] == ["all steps", "reported"]
    shown = lending.api.take("GET", f"/api/v1/external/campaigns/{campaign}")["data"]
    counts = [shown[f"{name}_accounts"] for name in ("total", "active", "completed")]
    assert (counts, len(accounts)) == ([3, 0, 2], 3)


def test_test_data_are_worked_on_and_never_delivered(lending: Lending, stack: Stack) -> None:
    tester = replace(lending, api=keyed(lending, stack, "sk_test_"))
    campaign, _ = flow(tester, stack)
    shown = lending.api.call("GET", f"/api/v1/external/campaigns/{campaign}")
    assert shown.status == 404
    run = rung(tester, stack, campaign, company.test_space_of(lending.company_id))
    assert (run["status"], run["counts"]["exported"]) == ("completed", 3), run
    assert (run["deliveries"], contacts(stack, campaign)) == ([], [])


def test_a_dialers_file_of_results_is_heard(lending: Lending, stack: Stack) -> None:
    campaign, _ = flow(lending, stack)
    api = lending.api
    wanted = {
        "columns": {"customerExternalId": "lead", "at": "when", "outcome": "disp"},
        "values": {"channel": "call", "campaignId": campaign, "executionOutcome": "failed"},
        "outcomes": {"DNC": "opt_out"},
        "timeZone": "America/Chicago",
    }
    job = api.take("POST", "/v1/results/files", wanted)
    file = b"lead,when,disp\n100001,2026-03-02 10:00:00,DNC\n100009,2026-03-02 10:00:00,DNC\n"
    with urlopen(Request(job["uploadUrl"], data=file, method="PUT")) as uploaded:
        assert uploaded.status == 200
    path = f"/v1/results/files/{job['id']}"
    over = last(api.until(path, lambda seen: seen["status"] in ENDS, seconds=60, every=0.08))
    assert (over["counts"]["created"], over["counts"]["rejected"]) == (1, 1)
    [entry] = api.take("GET", "/v1/customers/100001/timeline")["items"]
    assert (entry["kind"], entry["details"]["executionOutcome"]) == ("optOut", "failed")
    shown = api.take("GET", f"/api/v1/external/campaigns/{campaign}")["data"]
    assert shown["active_accounts"] == 2
