"""What is put down for the lists of runs arrives where their lists are. All companies are seen,
so each test looks at what became of its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.campaign import Campaign
from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import ContactHistory, Listing
from campaigns.domain.identity import moment
from campaigns.domain.public_id import CAMPAIGN, RUN, read, show
from campaigns.domain.recall import Recall, RecallProgress
from campaigns.domain.run import Run, RunRef
from local.sftp_server import SftpServerProcess
from tests.bus import Listener
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke

TELL = "runs/tell_recalls"
PHONE = "+15125550123"


@pytest.fixture(autouse=True)
def nothing_of_others_is_due(lender: Lender) -> Iterator[None]:
    yield
    far = wiring.now() + timedelta(days=30)
    for ref in list(wiring.recalls().due(far)):
        if (left := wiring.recalls().find(ref)) is not None:
            wiring.recalls().move(left.ended())


def tell(
    monkeypatch: pytest.MonkeyPatch, later: timedelta = timedelta(minutes=3)
) -> dict[str, int]:
    at = wiring.now() + later
    monkeypatch.setattr(wiring, "_clock", lambda: at)
    counts: dict[str, int] = invoke(TELL, sample(TELL))
    return counts


def delivered_run(lender: Lender, dialer: SftpServerProcess, **sftp: Any) -> Run:
    """A run whose list has left for the dialer."""
    usual = {
        "host": f"{dialer.host}:{dialer.port}",
        "username": dialer.user,
        "password": dialer.password,
        "cdDir": "inbox",
    }
    body = {"name": "Overdue", "externalId": "early", "sftpSettings": {**usual, **sftp}}
    made = lender.call("borrower/create_campaign", body=body).data
    campaign: Campaign = wiring.campaigns().get(lender.id, read(CAMPAIGN, made["id"]) or "")
    facts = {"id": made["id"], "name": "Overdue", "externalId": "early"}
    facts |= {"nameTemplate": "{externalId}.csv", "zone": "UTC"}
    contacts = {"kind": "contacts", "file": "early.csv"}
    run = lender.opened(campaign, campaign_facts=facts, deliveries=(contacts,))
    return lender.ended(run)


def put_down(run: Run, *person_ids: str) -> None:
    at, until = wiring.now(), wiring.now() + timedelta(hours=8)
    one = Listing(
        run_id=run.id,
        campaign_id=run.campaign_id,
        channel=Channel.CALL,
        addresses=(PHONE,),
        until=until,
    )
    wiring.contact_ledger().write(
        [
            ContactHistory(company_id=run.company_id, person_id=id, listings=(one,))
            for id in person_ids
        ]
    )
    found = [
        Recall(
            person_id=id,
            channel=Channel.CALL,
            address=PHONE,
            reason="dispute",
            at=at,
            until=until,
            file=1,
        )
        for id in person_ids
    ]
    progress = RecallProgress(ref=run.ref, until=until).taking(until, at=at)
    wiring.recalls().put_down(progress, found)


def seen(lender: Lender, run: Run) -> Any:
    ids = {"campaignId": show(CAMPAIGN, run.campaign_id), "runId": show(RUN, run.id)}
    return lender.call("borrower/get_run", ids=ids).body


def test_the_sample_finds_nothing_to_tell(lender: Lender) -> None:
    assert invoke(TELL, sample(TELL)) == {}


def test_a_suppression_file_arrives_beside_the_list_and_everybody_is_told(
    lender: Lender, dialer: SftpServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, person = delivered_run(lender, dialer), lender.customer()
    put_down(run, person.id)
    assert tell(monkeypatch, timedelta(minutes=1)) == {}
    assert tell(monkeypatch) == {"told": 1}
    [noted] = wiring.recalls().of_file(run.ref, 1)
    lines = (dialer.root / "inbox" / "early_recall_01.csv").read_text().splitlines()
    assert lines == [
        "phone,reason,effective_at,source_run",
        f"{PHONE},dispute,{moment(noted.at)},{show(RUN, run.id)}",
    ]
    told = seen(lender, run)
    assert told["availableFiles"] == ["log.txt", "recall_01.csv"]
    assert [one["kind"] for one in told["deliveries"]] == ["contacts", "recall"]
    ids = {"customerId": person.external_id}
    page = lender.call("management/list_timeline", ids=ids).body
    assert page["items"][0]["kind"] == "recalled"
    [history] = wiring.contact_ledger().histories(lender.id, [person.id]).values()
    assert history.listings == ()
    assert tell(monkeypatch, timedelta(hours=1)) == {}
    assert len(list((dialer.root / "inbox").iterdir())) == 1


def test_what_cannot_be_told_in_time_raises_its_voice(
    lender: Lender, dialer: SftpServerProcess, heard: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = delivered_run(lender, dialer, cdDir="nowhere")
    put_down(run, lender.customer().id)
    assert tell(monkeypatch) == {"failed": 1}
    assert heard.is_quiet()
    assert tell(monkeypatch, timedelta(hours=9)) == {"missed": 1}
    event = heard.next()
    assert (event["detail-type"], event["detail"]["addresses"]) == ("RecallMissed", 1)
    assert event["detail"]["runId"] == show(RUN, run.id)
    with wiring.files().read(run.ref, "log.txt") as log:
        said = log.read().decode()
    assert "recall_01.csv did not arrive: " in said
    assert "1 addresses were not taken off the list in time" in said
    assert PHONE not in said


def test_a_campaign_that_wants_none_gets_none(
    lender: Lender, dialer: SftpServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = delivered_run(lender, dialer, recall=False)
    put_down(run, lender.customer().id)
    assert tell(monkeypatch) == {"dropped": 1}
    assert list((dialer.root / "inbox").iterdir()) == []
    ids = {"campaignId": show(CAMPAIGN, run.campaign_id)}
    assert lender.call("borrower/get_campaign", ids=ids).data["sftpSettings"]["recall"] is False
    back = {"sftpSettings": {"recall": None}}
    made = lender.call("borrower/update_campaign", ids=ids, body=back).data
    assert made["sftpSettings"]["recall"] is True


def test_of_a_step_the_destination_of_the_step_is_told(
    lender: Lender, dialer: SftpServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = delivered_run(lender, dialer)
    sftp = wiring.campaigns().get(lender.id, run.campaign_id).sftp
    collection = lender.collection()
    step = replace(collection.steps[0], id=run.campaign_id, sftp=sftp)
    collection = wiring.collections().move(replace(collection, steps=(step,)))
    mine = lender.ended(
        lender.opened(
            wiring.campaigns().get(lender.id, run.campaign_id),
            campaign_id=collection.id,
            step_id=step.id,
            campaign_facts=run.campaign_facts,
            deliveries=run.deliveries,
        )
    )
    assert mine.ref == RunRef(lender.id, collection.id, mine.id)
    put_down(mine, lender.customer().id)
    assert tell(monkeypatch) == {"told": 1}
    assert (dialer.root / "inbox" / "early_recall_01.csv").is_file()
