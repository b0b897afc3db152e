from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns import wiring
from campaigns.adapters.memory import MemoryEvents
from campaigns.domain.campaign import CampaignStatus
from campaigns.domain.events import EventsUnavailable
from campaigns.domain.public_id import CAMPAIGN, read
from campaigns.domain.schedule import instant_on
from local.sftp_server import SftpServerProcess
from tests.bus import Listener
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke, new_id

CHECK = "runs/check_flight"
MONDAY = datetime(2026, 3, 2, 12, 17, tzinfo=UTC)
NOT_CHECKED = {"checked": False}


def check(lender: Lender, campaign_id: str, at: datetime = MONDAY) -> Any:
    told = {
        "companyId": lender.id,
        "campaignId": campaign_id,
        "scheduledTime": at.isoformat().replace("+00:00", "Z"),
    }
    return invoke(CHECK, sample(CHECK) | told)


def a_campaign(lender: Lender, dialer: SftpServerProcess, **sftp: Any) -> str:
    """One that runs on Mondays; its core id."""
    usual = {
        "host": f"{dialer.host}:{dialer.port}",
        "username": dialer.user,
        "password": dialer.password,
        "cdDir": "inbox",
    }
    body = {
        "name": "Overdue",
        "externalId": "overdue",
        "schedule": "P P * * 1",
        "sftpSettings": {**usual, **sftp},
    }
    made = lender.call("borrower/create_campaign", body=body).data
    return read(CAMPAIGN, made["id"]) or ""


def test_the_sample_is_about_a_campaign_that_does_not_exist(lender: Lender) -> None:
    assert invoke(CHECK, sample(CHECK)) == NOT_CHECKED


def test_a_server_that_is_ready_is_no_event_and_finds_nothing_written(
    lender: Lender, dialer: SftpServerProcess, heard: Listener
) -> None:
    before = sorted(dialer.root.rglob("*"))
    assert check(lender, a_campaign(lender, dialer)) == {"checked": True, "failed": None}
    assert heard.is_quiet()
    assert sorted(dialer.root.rglob("*")) == before


def test_a_server_that_is_not_ready_is_told_before_the_run(
    lender: Lender, dialer: SftpServerProcess, heard: Listener, said: Callable[[], str]
) -> None:
    id = a_campaign(lender, dialer, password="mistyped-secret-1")
    assert check(lender, id) == {"checked": True, "failed": "auth"}
    event = heard.next()
    due_at = instant_on(MONDAY.date(), id, lender.company.run_window, lender.company.zone)
    assert (event["source"], event["detail-type"]) == ("campaigns", "FlightCheckFailed")
    detail = event["detail"]
    assert (detail["companyId"], detail["campaignExternalId"]) == (lender.id, "overdue")
    assert datetime.fromisoformat(detail["runDueAt"]) == due_at
    assert detail["step"] == "auth"
    assert f"refused '{dialer.user}'" in detail["message"]
    assert "mistyped" not in str(event)
    assert "mistyped" not in said()


def test_a_check_that_comes_twice_tells_the_same_event_twice(
    lender: Lender, dialer: SftpServerProcess, heard: Listener
) -> None:
    id = a_campaign(lender, dialer, cdDir="nowhere")
    check(lender, id)
    check(lender, id)
    assert heard.next()["detail"]["id"] == heard.next()["detail"]["id"]


def test_a_check_that_nobody_heard_of_is_done_again(
    lender: Lender, dialer: SftpServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = MemoryEvents()
    events.failures = [EventsUnavailable("down")]
    monkeypatch.setattr(wiring, "events", lambda: events)
    id = a_campaign(lender, dialer, cdDir="nowhere")
    with pytest.raises(EventsUnavailable):
        check(lender, id)
    check(lender, id)
    assert len(events.published) == 1


def test_a_host_key_seen_in_passing_is_not_kept(lender: Lender, dialer: SftpServerProcess) -> None:
    id = a_campaign(lender, dialer)
    check(lender, id)
    sftp = wiring.campaigns().get(lender.id, id).sftp
    assert sftp is not None
    assert sftp.expected_host_key is None


@pytest.mark.parametrize(
    "but",
    [
        {"schedule": None},
        {"schedule": "P P * * 2-5"},
        {"status": CampaignStatus.PAUSED},
        {"deleted_at": MONDAY},
        {"sftp": None},
    ],
    ids=str,
)
def test_what_will_not_run_or_not_deliver_is_not_checked(
    but: Any, lender: Lender, dialer: SftpServerProcess
) -> None:
    known = wiring.campaigns().get(lender.id, a_campaign(lender, dialer))
    fields = {"schedule": known.schedule, "sftp": known.sftp, **but}
    assert check(lender, lender.campaign(**fields).id) == NOT_CHECKED
    assert check(lender, new_id()) == NOT_CHECKED


def test_a_ring_meant_for_another_day_of_the_company_checks_nothing(
    lender: Lender, dialer: SftpServerProcess
) -> None:
    id = a_campaign(lender, dialer)
    assert check(lender, id, datetime(2026, 3, 3, 5, 59, tzinfo=UTC))["checked"]
    assert check(lender, id, datetime(2026, 3, 9, 4, 59, tzinfo=UTC)) == NOT_CHECKED
