from campaigns import wiring
from campaigns.domain.events import run_ended
from tests.builders import a_run
from tests.bus import Listener
from tests.integration.conftest import Deployment
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke, new_id
from tests.integration.management.webhooks import an_event, deliveries, made, not_done, queued

ADDRESS = "management/address_events"


def test_the_sample_is_about_a_company_without_webhooks(deployed: Deployment) -> None:
    assert invoke(ADDRESS, sample(ADDRESS)) == {"batchItemFailures": []}


def test_an_event_on_the_bus_becomes_a_delivery_to_each_webhook_that_wants_it(
    lender: Lender, stranger: Lender, deployed: Deployment, heard: Listener
) -> None:
    wanting = [made(lender), made(lender, types=["RunEnded"])]
    others = [made(lender, types=["FlightCheckFailed"]), made(stranger)]
    run = a_run(id=new_id(), company_id=lender.id)
    wiring.events().publish(run_ended(run))
    assert not_done(ADDRESS, heard.next()) == []
    assert {one["webhook_id"] for one in queued(deployed, lender)} == {w["id"] for w in wanting}
    for webhook in wanting:
        [delivery] = deliveries(lender, webhook)
        assert (delivery["eventType"], delivery["status"]) == ("RunEnded", "pending")
        assert delivery["eventId"] == run_ended(run).id
    assert deliveries(lender, others[0]) == deliveries(stranger, others[1]) == []


def test_an_event_heard_twice_is_one_delivery(lender: Lender, deployed: Deployment) -> None:
    webhook, event = made(lender), an_event(lender)
    assert not_done(ADDRESS, event, {**event, "time": "2026-03-02T12:00:05Z"}) == []
    assert len(deliveries(lender, webhook)) == 1
    first, again = queued(deployed, lender)
    assert first == again


def test_one_that_cannot_be_read_does_not_keep_the_others(
    lender: Lender, deployed: Deployment
) -> None:
    webhook = made(lender)
    assert not_done(ADDRESS, an_event(lender), {"detail": {}}, an_event(lender)) == [1]
    assert len(deliveries(lender, webhook)) == 2
    queued(deployed, lender)
