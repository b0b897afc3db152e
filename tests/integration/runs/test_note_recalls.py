"""Whoever changes, by whatever endpoint, is put down for the lists that name them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.campaign import Campaign
from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import ContactHistory, Listing
from campaigns.domain.customer import Flag
from campaigns.domain.run import RunRef
from local.provision import client
from local.streams import Listening, StreamPump, patterns_of
from local.template import Template
from tests.integration.conftest import Deployment
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke, new_id

NOTE = "runs/note_recalls"
PHONE = "+15125550123"
Noted = Callable[[Lender], int]


@pytest.fixture
def noted(deployed: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Noted:
    """How many addresses are put down of what the table tells since it was asked last."""
    monkeypatch.setattr(wiring, "_pause", lambda _: None)
    endpoint, table = (deployed.environment[name] for name in ("AWS_ENDPOINT_URL", "PEOPLE_TABLE"))
    [function] = (one for one in Template().functions() if one.name == "RunsNoteRecalls")
    patterns = patterns_of(function.properties["Events"]["Forbidden"]["Properties"])
    arn = client("dynamodb", endpoint).describe_table(TableName=table)["Table"]["LatestStreamArn"]
    listening = Listening(arn, "note", patterns)

    def of(lender: Lender) -> int:
        found: list[dict[str, Any]] = []
        pump = StreamPump(
            client("dynamodbstreams", endpoint),
            [listening],
            lambda _, event: found.extend(event["Records"]),
            marks=tmp_path,
        )
        pump.pump(listening)
        ours = [one for one in found if one["dynamodb"]["Keys"]["pk"]["S"].startswith(lender.id)]
        told = [invoke(NOTE, {"Records": ours})["noted"] for _ in range(2)] if ours else [0, 0]
        assert told[1] == 0, "what is told again is put down again"
        return int(told[0])

    return of


def listed(lender: Lender, campaign: Campaign, person_id: str, debt: str = "") -> RunRef:
    """Somebody in the list of a run, as the resolving of that run would leave it."""
    ref = RunRef(lender.id, campaign.id, new_id())
    known = wiring.contact_ledger().histories(lender.id, [person_id]).get(person_id)
    was = known or ContactHistory(company_id=lender.id, person_id=person_id)
    now = wiring.now()
    one = Listing(
        run_id=ref.run_id,
        campaign_id=campaign.id,
        channel=Channel.CALL,
        debt=debt,
        addresses=(PHONE,),
        until=now + timedelta(hours=8),
    )
    wiring.contact_ledger().write([was.listed(one, at=now)])
    return ref


def reasons(ref: RunRef) -> list[str]:
    return [one.reason for one in wiring.recalls().of_file(ref, 1)]


def test_the_sample_is_about_somebody_in_no_list(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[timedelta] = []
    monkeypatch.setattr(wiring, "_pause", paused.append)
    assert invoke(NOTE, sample(NOTE)) == {"noted": 0}
    assert paused == [timedelta(seconds=5)]


def test_an_opt_out_a_flag_a_wrong_number_and_a_payment_are_put_down(
    lender: Lender, noted: Noted
) -> None:
    campaign = lender.campaign()
    accounts = [lender.account(number) for number in range(1, 5)]
    refs = [listed(lender, campaign, one.customer_id, one.id) for one in accounts]
    assert noted(lender) == 0
    ids = [{"externalId": str(100000 + number)} for number in range(1, 5)]
    body: dict[str, Any] = {"channel": "call", "address": PHONE}
    opted = {"customerId": ids[0]["externalId"]}
    assert lender.call("management/opt_out_customer", ids=opted, body=body).status == 200
    flags = {"dispute": True, "reason": "a letter"}
    assert lender.call("management/update_customer", ids=ids[1], body=flags).status == 200
    wrong = {
        "customerExternalId": ids[2]["externalId"],
        "channel": "call",
        "address": PHONE,
        "at": wiring.now().isoformat(),
        "outcome": "wrong_number",
    }
    results = lender.call("management/report_results", body={"rows": [wrong]})
    assert results.status == 200, results.body
    paid = {"externalId": accounts[3].external_id}
    assert lender.call("management/settle_account", ids=paid).status == 200
    assert noted(lender) == 4
    told = [reasons(ref) for ref in refs]
    assert told == [["opted_out"], ["dispute"], ["invalid_address"], ["settled"]]
    progress = wiring.recalls().find(refs[0])
    assert progress is not None
    assert progress.due_at == pytest.approx(
        wiring.now() + timedelta(minutes=2), abs=timedelta(minutes=1)
    )


def test_everybody_of_a_batch_stands_under_one_number(lender: Lender, noted: Noted) -> None:
    ref = RunRef(lender.id, lender.campaign().id, new_id())
    people = [lender.customer(number) for number in range(1, 101)]
    one = Listing(
        run_id=ref.run_id,
        campaign_id=ref.campaign_id,
        channel=Channel.CALL,
        addresses=(PHONE,),
        until=wiring.now() + timedelta(hours=8),
    )
    wiring.contact_ledger().write(
        [ContactHistory(company_id=lender.id, person_id=its.id, listings=(one,)) for its in people]
    )
    found = wiring.people().customers(lender.id, (its.id for its in people))
    dead = [replace(its, flags=frozenset({Flag.DECEASED})) for its in found.values()]
    wiring.people().put_customers(dead)
    assert noted(lender) == 100
    assert reasons(ref) == ["deceased"] * 100
