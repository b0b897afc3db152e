"""Whatever ends an enrollment, the stream of the table says so and the bus hears of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from campaigns import wiring
from campaigns.adapters.memory import MemoryEvents
from campaigns.domain.enrollment import Enrollment
from campaigns.domain.events import EventsUnavailable, enrollment_ended
from local.provision import client
from local.streams import Listening, StreamPump, patterns_of
from local.template import Template
from tests.bus import Listener
from tests.integration.conftest import Deployment, Invocations
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke

ANNOUNCE = "runs/announce_ends"
Changes = Callable[[Lender], list[dict[str, Any]]]


@pytest.fixture
def changes(deployed: Deployment, tmp_path: Path) -> Changes:
    """What the stream hands over of a company since it was asked last, as the template filters."""
    endpoint, table = (
        deployed.environment[name] for name in ("AWS_ENDPOINT_URL", "ENROLLMENTS_TABLE")
    )
    [function] = (one for one in Template().functions() if one.name == "RunsAnnounceEnds")
    patterns = patterns_of(function.properties["Events"]["Ended"]["Properties"])
    arn = client("dynamodb", endpoint).describe_table(TableName=table)["Table"]["LatestStreamArn"]
    listening = Listening(arn, "announce", patterns)

    def of(lender: Lender) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        pump = StreamPump(
            client("dynamodbstreams", endpoint),
            [listening],
            lambda _, event: found.extend(event["Records"]),
            marks=tmp_path,
        )
        pump.pump(listening)
        return [one for one in found if one["dynamodb"]["Keys"]["pk"]["S"].startswith(lender.id)]

    return of


def announced(records: list[dict[str, Any]]) -> int:
    told: int = invoke(ANNOUNCE, {"Records": records})["told"]
    return told


def reported(lender: Lender, one: Enrollment, status: str) -> None:
    body = {"customerId": one.customer_id, "campaignId": one.campaign_id, "status": status}
    assert lender.call("customers/update_campaign_status", body=body).status == 200


def kept(one: Enrollment) -> Enrollment:
    found = wiring.enrollments().find(one.ref)
    assert found is not None
    return found


def test_the_sample_tells_of_one_end(deployed: Deployment, heard: Listener) -> None:
    assert invoke(ANNOUNCE, sample(ANNOUNCE)) == {"told": 1}
    event = heard.next()
    assert (event["source"], event["detail-type"]) == ("campaigns", "EnrollmentEnded")
    assert (event["detail"]["status"], event["detail"]["reason"]) == ("completed", "reported")


def test_only_an_end_is_told_and_each_outcome_once(
    lender: Lender, changes: Changes, heard: Listener
) -> None:
    one = lender.enrolled(lender.account(), lender.collection())
    assert changes(lender) == []
    reported(lender, one, "failed")
    first = changes(lender)
    assert (len(first), announced(first), announced(first)) == (1, 1, 1)
    told = [heard.next()["detail"] for _ in range(2)]
    assert told[0] == told[1] == dict(enrollment_ended(kept(one)).detail)
    reported(lender, one, "failed")
    assert changes(lender) == []
    reported(lender, one, "completed")
    assert announced(changes(lender)) == 1
    late = heard.next()["detail"]
    assert (late["previousStatus"], late["status"]) == ("failed", "completed")
    assert late["id"] != told[0]["id"]
    assert heard.is_quiet()


def test_an_end_by_settling_is_told(lender: Lender, changes: Changes, heard: Listener) -> None:
    invoice = lender.account()
    one = lender.enrolled(invoice, lender.collection())
    ids = {"externalId": invoice.external_id}
    assert lender.call("management/settle_account", ids=ids).status == 200
    assert announced(changes(lender)) == 1
    told = heard.next()["detail"]
    assert (told["executionId"], told["reason"]) == (one.id, "settled")


def test_an_enrollment_that_took_the_place_of_one_of_a_campaign_that_is_over_ends_that(
    lender: Lender, changes: Changes, heard: Listener, invocations: Invocations
) -> None:
    invoice, over, other = lender.account(), lender.collection(), lender.collection()
    one = lender.enrolled(invoice, over)
    lender.call(
        "management/move_campaign", ids={"campaignId": over.id}, body={"status": "CANCELLED"}
    )
    lender.call(
        "collections/assign_account",
        ids={"account_id": invoice.id},
        body={"campaign_id": other.id},
    )
    assert announced(changes(lender)) == 1
    told = heard.next()["detail"]
    assert (told["executionId"], told["status"]) == (one.id, "cancelled")


def test_what_could_not_be_told_comes_again(
    lender: Lender, changes: Changes, heard: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = lender.enrolled(lender.account(), lender.collection())
    reported(lender, one, "completed")
    records = changes(lender)
    down = MemoryEvents()
    down.failures = [EventsUnavailable("down")]
    with monkeypatch.context() as patched:
        patched.setattr(wiring, "events", lambda: down)
        with pytest.raises(EventsUnavailable):
            announced(records)
    assert heard.is_quiet()
    assert announced(records) == 1
    assert heard.next()["detail"]["executionId"] == one.id
