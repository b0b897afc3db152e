"""What is published arrives at whoever listens on the bus."""

from typing import Any

import pytest

from campaigns.adapters.events import EventBridgeEvents
from campaigns.adapters.memory import MemoryEvents
from campaigns.domain.delivery import Step
from campaigns.domain.enrollment import EnrollmentStatus
from campaigns.domain.events import (
    Event,
    EventsUnavailable,
    enrollment_ended,
    flight_check_failed,
    run_ended,
)
from tests.builders import NOON, a_campaign, a_run, an_enrollment, an_id
from tests.bus import Listener
from tests.contract.conftest import Deployed

EVENTS = [
    run_ended(a_run()),
    flight_check_failed(a_campaign(), NOON, Step("auth", False, "refused 'dialer'", 12)),
    enrollment_ended(an_enrollment().ended(EnrollmentStatus.FAILED, "reported", at=NOON)),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_an_event_is_heard_with_its_type_and_detail(deployed: Deployed, event: Event) -> None:
    bus = deployed.settings.event_bus
    heard = Listener(deployed.endpoint, bus)
    EventBridgeEvents(deployed.client("events"), bus).publish(event)
    arrived = heard.next()
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


def test_many_at_once_all_arrive(deployed: Deployed) -> None:
    bus = deployed.settings.event_bus
    heard = Listener(deployed.endpoint, bus)
    many = [run_ended(a_run(id=an_id())) for _ in range(23)]
    EventBridgeEvents(deployed.client("events"), bus).publish(*many)
    assert {heard.next()["detail"]["id"] for _ in many} == {one.id for one in many}
    assert heard.is_quiet()


class RefusingClient:
    """EventBridge takes the call and not an entry, as it does when it throttles."""

    def put_events(self, **_: Any) -> dict[str, Any]:
        entries = [{"EventId": "1"}, {"ErrorCode": "ThrottlingException"}]
        return {"FailedEntryCount": 1, "Entries": entries}


def test_an_entry_that_is_refused_in_an_answer_of_success_is_noticed() -> None:
    refusing: Any = RefusingClient()
    with pytest.raises(EventsUnavailable, match="ThrottlingException"):
        EventBridgeEvents(refusing, "any").publish(*EVENTS[:2])


def test_a_bus_that_is_not_reached_is_unavailable() -> None:
    nowhere = Deployed(settings=None, endpoint="http://127.0.0.1:1")  # type: ignore[arg-type]
    with pytest.raises(EventsUnavailable, match="EndpointConnectionError"):
        EventBridgeEvents(nowhere.client("events"), "any").publish(EVENTS[0])
