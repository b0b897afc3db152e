import json
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest

from campaigns import wiring
from campaigns.domain.campaign import Campaign, CampaignStatus, SftpSettings
from campaigns.domain.identity import of_external
from campaigns.domain.secret import secret_context
from functions.borrower import preview_campaign
from local import lender as database_of
from local.redash_server import RedashServer
from tests.builders import a_customer, a_phone
from tests.integration.conftest import Invocations
from tests.integration.lender import Answer, Lender, new_id, shown

PREVIEW = "borrower/preview_campaign"
REDASH_KEY = "redash-key-of-ours-77"
PHONE = "+15125550123"
ROWS = [{"borrowerId": id} for id in ("100001", "100002", "100001", "nobody")]


@pytest.fixture(scope="module")
def redash(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedashServer]:
    data = tmp_path_factory.mktemp("redash")
    database_of.build(data / "lender.db", today=date(2025, 3, 3), borrowers=40)
    with RedashServer(data / "lender.db", key=REDASH_KEY, data=data, faults=True) as server:
        yield server


def a_campaign(lender: Lender, **but: Any) -> Campaign:
    """With two people that it may find, as a draft."""
    wiring.people().put_customers(
        [
            a_customer(id, a_phone(PHONE), company_id=lender.id, first_name="Ada")
            for id in ("100001", "100002")
        ]
    )
    exporter = lender.exporter("person.externalId", "contact.phone")
    usual: dict[str, Any] = {
        "exporter_id": exporter.id,
        "status": CampaignStatus.DRAFT,
        "external_id": "spring",
        "sftp": SftpSettings(host="sftp.example.com", username="dialer", cd_dir="inbox"),
    }
    return lender.campaign(**usual | but)


def with_query(lender: Lender, redash: RedashServer, slug: str) -> Campaign:
    id = new_id()
    key = wiring.secrets().seal(REDASH_KEY, secret_context(lender.id, id, "redashApiKey"))
    return a_campaign(lender, id=id, query_url=redash.query_url(slug), query_key=key)


def ask(lender: Lender, campaign: Campaign, **body: Any) -> Answer:
    return lender.call(PREVIEW, ids={"campaignId": campaign.id}, body=body)


def everything() -> str:
    """All that the service keeps anywhere: tables, objects with their versions, alarm clocks."""
    known = wiring.settings()
    tables = (
        known.access_table,
        known.campaigns_table,
        known.workers_table,
        known.people_table,
    )
    scan = boto3.client("dynamodb").get_paginator("scan")
    s3, bucket = boto3.client("s3"), known.files_bucket
    objects = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    uploads = s3.list_multipart_uploads(Bucket=bucket)
    clocks = boto3.client("scheduler").list_schedules(GroupName=known.schedule_group)
    kept = [
        [page["Items"] for name in tables for page in scan.paginate(TableName=name)],
        [page.get("Versions", []) + page.get("DeleteMarkers", []) for page in objects],
        uploads.get("Uploads", []),
        clocks["Schedules"],
    ]
    return json.dumps(kept, default=repr, sort_keys=True)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of everything temporary."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_sample_shows_what_a_run_would_do(lender: Lender) -> None:
    campaign = a_campaign(lender)
    told = lender.call(PREVIEW, ids={"campaignId": shown(campaign)}).data
    names = told["stages"]["deliver"]["files"]
    assert told == {
        "complete": True,
        "rowsLookedAt": 1,
        "stages": {
            "query": {"rows": 1, "complete": True, "columns": ["borrowerId", "loanId"]},
            "screen": {"kept": 1, "rejected": 0, "reasons": {}},
            "export": {"exported": 1, "suppressed": 0, "rejected": 0, "lines": 1, "reasons": {}},
            "deliver": {"directory": "inbox", "files": names},
        },
        "counts": {
            "rowsIn": 1,
            "exported": 1,
            "sent": 0,
            "suppressed": 0,
            "deferred": 0,
            "rejected": 0,
            "lines": 1,
            "withoutPhone": 0,
            "reasons": {},
        },
        "holds": [],
        "sample": {"header": "person.externalId,contact.phone", "lines": [f"100001,{PHONE}"]},
        "files": [
            {"fileName": "contacts_output.csv", "deliveredAs": names[0], "rows": 1, "bytes": 54}
        ],
        "expected": {"rows": 1, "bytes": 54, "files": 1, "exact": True},
        "warnings": [
            "the campaign is draft; only an active campaign runs",
            "the host key of the server is not pinned; the first delivery keeps what it sees",
        ],
        "log": told["log"],
    }
    assert len(f"person.externalId,contact.phone\r\n100001,{PHONE}\r\n") == 54
    assert names[0].startswith("spring_")
    assert [name.partition("RN-")[2] for name in names] == [
        "0000000000000-0000000000000_contacts.csv",
        "0000000000000-0000000000000_log.txt",
        "0000000000000-0000000000000_receipt.json",
    ]
    assert told["log"][0] == "query: not asked, the rows came with the request"


@pytest.mark.parametrize("asks", [True, False], ids=["query", "rows"])
def test_a_preview_has_no_effect_of_any_kind(
    asks: bool,
    lender: Lender,
    redash: RedashServer,
    invocations: Invocations,
    temporary: Path,
    said: Callable[[], str],
) -> None:
    campaign = with_query(lender, redash, "ids")
    if asks:
        # One of those that the query finds.
        wiring.people().put_customers([a_customer("100003", a_phone(PHONE), company_id=lender.id)])
    before = everything()
    seen = ask(lender, campaign, **({} if asks else {"queryResultsOverride": ROWS})).data
    assert everything() == before
    assert seen["complete"]
    assert seen["counts"]["rowsIn"] == seen["stages"]["query"]["rows"] > 1
    assert seen["counts"]["exported"] > 0
    assert invocations.taken == []
    assert list(temporary.iterdir()) == []
    told = said()
    for secret in (REDASH_KEY, lender.key, PHONE, "Ada"):
        assert secret not in told + str(seen["log"])
    assert lender.call("borrower/list_runs", ids={"campaignId": campaign.id}).body["total"] == 0


def test_everything_tells_one_thing_more(lender: Lender) -> None:
    before = everything()
    lender.campaign()
    after = everything()
    assert after != before
    assert everything() == after


def test_a_run_in_progress_and_a_preview_do_not_meet(lender: Lender) -> None:
    campaign = a_campaign(lender)
    run = lender.opened(campaign)
    assert ask(lender, campaign, queryResultsOverride=ROWS).data["counts"]["exported"] == 2
    assert wiring.runs().get(lender.id, campaign.id, run.id) == run


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"borrowerId": "1"}, {"loanId": "2"}], "row 2 names no person"),
        ([{}], "row 1 names no person"),
    ],
)
def test_rows_are_refused_as_a_run_would(rows: Any, message: str, lender: Lender) -> None:
    answer = ask(lender, a_campaign(lender), queryResultsOverride=rows)
    assert answer.fields == ["queryResultsOverride"]
    assert answer.body["message"].startswith(message)


def test_with_neither_query_nor_rows_there_is_nothing_to_preview(lender: Lender) -> None:
    campaign = a_campaign(lender, query_url=None)
    nothing: tuple[dict[str, Any], ...] = ({"body": {}}, {"text": ""}, {"text": "null"})
    for sent in nothing:
        answer = lender.call(PREVIEW, ids={"campaignId": campaign.id}, **sent)
        assert answer.fields == ["queryResultsOverride"]


def test_nobody_is_nobody(lender: Lender) -> None:
    seen = ask(lender, a_campaign(lender), queryResultsOverride=[]).data
    assert (seen["complete"], seen["counts"]["rowsIn"]) == (True, 0)
    assert any("is empty" in one for one in seen["warnings"])


def test_what_the_query_s_database_says_is_told(lender: Lender, redash: RedashServer) -> None:
    answer = ask(lender, with_query(lender, redash, "broken"))
    assert (answer.status, answer.body["data"]) == (400, None)
    assert "no such column: no_such_column" in answer.body["message"]


def test_a_query_that_does_not_end_is_503_and_canceled(
    lender: Lender, redash: RedashServer, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_campaign, "SECONDS", 7.5)
    redash.seen()
    answer = ask(lender, with_query(lender, redash, "slow"))
    assert (answer.status, answer.body["status"], answer.body["data"]) == (503, 503, None)
    assert "did not answer within" in answer.body["message"]
    assert "queryResultsOverride" in answer.body["message"]
    assert [one["method"] for one in redash.seen()][-1] == "DELETE"
    assert list(temporary.iterdir()) == []


def test_a_query_server_that_says_nothing_does_not_outlast_the_request(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_campaign, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/queries/1"
        id = new_id()
        key = wiring.secrets().seal(REDASH_KEY, secret_context(lender.id, id, "redashApiKey"))
        began = time.monotonic()
        answer = ask(lender, a_campaign(lender, id=id, query_url=url, query_key=key))
    assert (answer.status, answer.body["data"]) == (503, None)
    assert "did not answer in time" in answer.body["message"]
    assert time.monotonic() - began < 20, "a run would have waited for a minute"


def test_an_exporter_that_is_gone_is_told(lender: Lender) -> None:
    campaign = a_campaign(lender, exporter_id=new_id())
    answer = ask(lender, campaign, queryResultsOverride=ROWS)
    assert answer.status == 404
    assert answer.body["message"].startswith("contact exporter ")


def test_neither_runs_read_nor_runs_write_is_enough(lender: Lender) -> None:
    campaign = a_campaign(lender)
    for scopes, status in ((["runs:read", "runs:write"], 403), (["runs:preview"], 200)):
        answer = ask(lender.allowed(*scopes), campaign, queryResultsOverride=ROWS)
        assert answer.status == status


def test_people_of_another_company_are_nobody(lender: Lender, stranger: Lender) -> None:
    a_campaign(stranger)
    campaign = lender.campaign(exporter_id=lender.exporter().id)
    theirs = of_external(stranger.id, "customer", "100001")
    rows = [{"borrowerId": "100001"}, {"borrowerId": theirs}]
    seen = ask(lender, campaign, queryResultsOverride=rows).data
    assert seen["counts"]["reasons"] == {"unknown_person": 2}
