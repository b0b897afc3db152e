import json
from collections.abc import Callable
from typing import Any

import pytest

from campaigns.domain.errors import NotFound, Unavailable
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke
from tests.integration.management.uploads import IMPORT, key_of, notice, taken, uploaded


def customer(lender: Lender, id: str) -> Any:
    return lender.call("management/get_customer", ids={"externalId": id}).body


def test_people_of_a_csv_file_are_kept(lender: Lender) -> None:
    job = taken(
        lender,
        "\ufeffexternalId,firstName,phoneMobile,doNotContact\r\n"
        '1,"Ada, Countess",(512) 555-0123,no\r\n'
        "2,Béla,555,yes\r\n".encode(),
    )
    assert job["counts"]["created"] == 2
    assert customer(lender, "1")["firstName"] == "Ada, Countess"
    assert customer(lender, "1")["contacts"][0]["value"] == "+15125550123"
    assert customer(lender, "2")["flags"] == ["doNotContact"]


def test_nothing_of_a_person_is_logged(lender: Lender, said: Callable[[], str]) -> None:
    taken(lender, b"externalId,firstName,phoneMobile\n1,Ottoline,+15125550123\n2,Bo,5\n,Cy,1\n")
    customer(lender, "1")
    lender.call("management/put_customer", ids={"externalId": "1"}, body={"city": "Chattanooga"})
    lender.call("management/put_customer", ids={"externalId": "1"}, body={"timeZone": "Utopia"})
    lender.call("management/put_customer", ids={"externalId": "1"}, text='{"city": "Xanadu"')
    told = said()
    assert "imported" in told
    for personal in ("Ottoline", "5550123", "Chattanooga", "Utopia", "Xanadu", lender.key):
        assert personal not in told


def test_accounts_of_an_ndjson_file_are_kept(lender: Lender) -> None:
    rows = [
        {"externalId": "900001", "customerExternalId": "1", "amountPastDue": 12.5},
        {"externalId": "900002"},
        {"externalId": "900003", "customerExternalId": "1", "color": "green"},
    ]
    data = "\n".join(json.dumps(row) for row in rows).encode()
    job = taken(lender, data, kind="accounts", format="ndjson")
    assert (job["counts"]["created"], job["counts"]["rejected"]) == (1, 2)
    found = lender.call("management/get_account", ids={"externalId": "900001"})
    assert found.body["amountPastDue"] == "12.5"


def test_merging_keeps_what_the_file_does_not_name_and_replacing_does_not(
    lender: Lender,
) -> None:
    taken(lender, b"externalId,firstName,city\n1,Ada,Albany\n")
    job = taken(lender, b"externalId,city\n1,Troy\n")
    assert job["counts"]["updated"] == 1
    assert (customer(lender, "1")["firstName"], customer(lender, "1")["city"]) == ("Ada", "Troy")
    taken(lender, b"externalId,city\n1,Troy\n", mode="replace")
    assert customer(lender, "1")["firstName"] == ""


def test_a_notice_that_comes_again_changes_nothing(lender: Lender) -> None:
    job = lender.call("management/create_import").body
    uploaded(job, b"externalId,city\n1,Troy\n")
    invoke(IMPORT, notice(key_of(job)))
    ids = {"importId": job["id"]}
    first = lender.call("management/get_import", ids=ids).body
    lender.call("management/put_customer", ids={"externalId": "1"}, body={"city": "Albany"})
    invoke(IMPORT, notice(key_of(job), key_of(job)))
    again = lender.call("management/get_import", ids=ids).body
    assert {**again, "resultUrl": ""} == {**first, "resultUrl": ""}
    assert customer(lender, "1")["city"] == "Albany"


def test_a_notice_for_nothing_is_a_test_of_the_queue(lender: Lender) -> None:
    event = sample(IMPORT)
    event["Records"][0]["body"] = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"})
    invoke(IMPORT, event)


def test_a_notice_without_its_file_comes_again_later(lender: Lender) -> None:
    job = lender.call("management/create_import").body
    with pytest.raises(Unavailable):
        invoke(IMPORT, notice(key_of(job)))
    uploaded(job, b"externalId\n1\n")
    invoke(IMPORT, notice(key_of(job)))
    found = lender.call("management/get_import", ids={"importId": job["id"]}).body
    assert (found["status"], found["counts"]["created"]) == ("completed", 1)


def test_the_sample_is_about_an_import_that_does_not_exist(lender: Lender) -> None:
    with pytest.raises(NotFound):
        invoke(IMPORT, sample(IMPORT))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"firstName\nAda\n", "the column externalId is missing"),
        (b"externalId,city,city\n1,a,b\n", "names a column twice"),
        (b"externalId,city\n1,Alb\xff\n", "not UTF-8"),
        (b"PK\x03\x04\x00\x00", "unknown columns"),
    ],
)
def test_a_file_that_cannot_be_read_fails_and_says_why(
    data: bytes, said: str, lender: Lender
) -> None:
    job = taken(lender, data)
    assert job["status"] == "failed"
    assert said in job["errorMessage"]
