"""What is published arrives at whoever listens on the bus."""

import json
from typing import Any
from uuid import uuid4

import pytest

from campaigns.adapters.events import SOURCE, EventBridgeEvents
from campaigns.adapters.memory import MemoryEvents
from campaigns.domain.delivery import Step
from campaigns.domain.events import Event, EventsUnavailable, flight_check_failed, run_ended
from tests.builders import NOON, a_campaign, a_run
from tests.contract.conftest import Deployed

EVENTS = [
    run_ended(a_run()),
    flight_check_failed(a_campaign(), NOON, Step("auth", False, "refused 'dialer'", 12)),
]


@pytest.fixture
def heard(deployed: Deployed) -> Any:
    """All that a rule for everything on the bus hands to a queue."""
    name, bus = f"heard-{uuid4().hex[:8]}", deployed.settings.event_bus
    sqs, events = deployed.client("sqs"), deployed.client("events")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": [SOURCE]}))
    target = {"Id": name, "Arn": asked["QueueArn"]}
    events.put_targets(Rule=name, EventBusName=bus, Targets=[target])

    def listen() -> list[dict[str, Any]]:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    return listen


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_an_event_is_heard_with_its_type_and_detail(
    deployed: Deployed, heard: Any, event: Event
) -> None:
    EventBridgeEvents(deployed.client("events"), deployed.settings.event_bus).publish(event)
    [arrived] = heard()
    assert (arrived["source"], arrived["detail-type"]) == ("campaigns", event.type.value)
    assert arrived["detail"] == dict(event.detail)


def test_memory_keeps_what_is_published() -> None:
    events = MemoryEvents()
    for event in EVENTS:
        events.publish(event)
    assert events.published == EVENTS
    events.failures = [EventsUnavailable("down")]
    with pytest.raises(EventsUnavailable):
        events.publish(EVENTS[0])


class RefusingClient:
    """EventBridge takes the call and not the entry, as it does when it throttles."""

    def put_events(self, **_: Any) -> dict[str, Any]:
        return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}


def test_an_entry_that_is_refused_in_an_answer_of_success_is_noticed() -> None:
    refusing: Any = RefusingClient()
    with pytest.raises(EventsUnavailable, match="ThrottlingException"):
        EventBridgeEvents(refusing, "any").publish(EVENTS[0])


def test_a_bus_that_is_not_reached_is_unavailable() -> None:
    nowhere = Deployed(settings=None, endpoint="http://127.0.0.1:1")  # type: ignore[arg-type]
    with pytest.raises(EventsUnavailable, match="EndpointConnectionError"):
        EventBridgeEvents(nowhere.client("events"), "any").publish(EVENTS[0])
