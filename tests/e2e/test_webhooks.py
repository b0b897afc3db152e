"""A company's own programs are told by webhook, as those programs see it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from local.api_client import last
from local.stack import Stack
from tests.e2e.lending import Lending
from tests.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def webhook(lending: Lending, receiver: Receiver, **fields: Any) -> Any:
    return lending.api.take("POST", "/v1/webhooks", {"url": receiver.url, **fields})


def a_run(lending: Lending) -> Any:
    """It has a row of nobody, so it ends at once and well."""
    campaign = lending.campaign(contactExporterId=lending.exporter())
    return lending.run(campaign, [{"borrowerId": "nobody"}])


def delivered(lending: Lending, hook: Any) -> Any:
    """The only delivery to the webhook, once it has arrived."""
    path = f"/v1/webhooks/{hook['id']}/deliveries"

    def has_arrived(seen: Any) -> bool:
        return [one["status"] for one in seen["items"]] == ["delivered"]

    [delivery] = last(lending.api.until(path, has_arrived, every=0.08))["items"]
    return delivery


def test_a_run_that_ends_is_told_once_and_the_signature_verifies(
    lending: Lending, receiver: Receiver
) -> None:
    hook = webhook(lending, receiver)
    run = a_run(lending)
    delivered(lending, hook)
    [received] = receiver.received
    assert received.is_signed_with(hook["secret"])
    told = received.json
    assert (told["type"], received.headers["x-event-type"]) == ("RunEnded", "RunEnded")
    assert told["id"] == received.headers["x-event-id"]
    assert told["data"]["runId"] == run["id"]
    assert told["data"]["status"] == run["status"]
    assert told["data"]["companyId"] == lending.company_id


def test_a_receiver_that_was_down_is_told_once_it_is_up_and_again_when_asked(
    lending: Lending, receiver: Receiver, stack: Stack
) -> None:
    hook = webhook(lending, receiver, types=["RunEnded"])
    receiver.answers = [503, 503]
    a_run(lending)

    def is_over(seen: Any) -> bool:
        for one in seen["items"]:
            if one["status"] != "pending":
                return True
            stack.clock.advance_to(datetime.fromisoformat(one["nextAttemptAt"]))
        return False

    path = f"/v1/webhooks/{hook['id']}/deliveries"
    [arrived] = last(lending.api.until(path, is_over, every=0.08))["items"]
    assert (arrived["status"], arrived["attempts"]) == ("delivered", 3)
    assert len(receiver.received) == 3
    assert len({one.headers["x-event-id"] for one in receiver.received}) == 1
    lending.api.take("POST", f"{path}/{arrived['id']}/replay")
    first, *_, replayed = receiver.wait_for(4)
    assert replayed.body == first.body
    assert replayed.is_signed_with(hook["secret"])
    assert replayed.signed_at > first.signed_at
    again = delivered(lending, hook)
    assert (again["attempts"], again["replays"]) == (1, 1)


def test_a_company_is_not_told_of_another(
    lending: Lending, receiver: Receiver, stack: Stack
) -> None:
    other = Lending.new(stack.url, stack.endpoint or "", stack.name)
    hook = webhook(lending, receiver)
    with Receiver() as others:
        theirs = webhook(other, others)
        run = a_run(other)
        delivered(other, theirs)
        assert others.received[0].json["data"]["runId"] == run["id"]
    mine = a_run(lending)
    delivered(lending, hook)
    [received] = receiver.received
    assert received.json["data"]["runId"] == mine["id"]
