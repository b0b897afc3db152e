"""What the service tells the rest of a company's systems, as it happens.

An event carries ids, states and counts: enough to know what to ask the API for. It never
carries a person's data or a secret. The same happening always has the same id, so whoever
hears of it twice can tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from campaigns.domain.campaign import Campaign
from campaigns.domain.delivery import Step
from campaigns.domain.enrollment import Enrollment
from campaigns.domain.errors import Unavailable
from campaigns.domain.identity import moment
from campaigns.domain.public_id import CAMPAIGN, RUN, show
from campaigns.domain.run import Run, RunStatus

_EVENTS = UUID("0d9c0c3b-5c0c-5c9e-8a0d-1f6b8f0f2b57")


class EventType(StrEnum):
    RUN_ENDED = "RunEnded"
    """A run completed, failed or was canceled, or waits for somebody."""
    FLIGHT_CHECK_FAILED = "FlightCheckFailed"
    """The server that a run is about to deliver to cannot be used as things are."""
    ENROLLMENT_ENDED = "EnrollmentEnded"
    """An account's execution of a collection campaign ended, or ended in another way after all."""
    RECALL_MISSED = "RecallMissed"
    """People who must not be contacted could not be taken off a list before its hours ended."""


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    type: EventType
    detail: Mapping[str, Any]
    """Plain JSON values."""


def run_ended(run: Run) -> Event:
    counts, held = run.counts, run.status is RunStatus.HELD
    return _event(
        EventType.RUN_ENDED,
        f"{run.id}:{run.status}:{run.restarts}",
        {
            "companyId": run.company_id,
            "campaignId": show(CAMPAIGN, run.campaign_id),
            "campaignExternalId": run.campaign_facts.get("externalId") or None,
            "runId": show(RUN, run.id),
            "status": run.status.value,
            "stage": run.stage and run.stage.value,
            "errorCode": run.error_code,
            "holdReasons": [one.code for one in run.hold_reasons] if held else [],
            "triggeredBy": run.triggered_by.value,
            "scheduledFor": run.scheduled_for and moment(run.scheduled_for),
            "startedAt": run.started_at and moment(run.started_at),
            "finishedAt": run.finished_at and moment(run.finished_at),
            "filesDelivered": len(run.deliveries),
            "counts": {
                "rowsIn": counts.rows_in,
                "exported": counts.exported,
                "sent": counts.sent,
                "suppressed": counts.suppressed,
                "deferred": counts.deferred,
                "rejected": counts.rejected,
            },
        },
    )


def flight_check_failed(campaign: Campaign, run_due_at: datetime, failed: Step) -> Event:
    return _event(
        EventType.FLIGHT_CHECK_FAILED,
        f"{campaign.id}:{moment(run_due_at)}",
        {
            "companyId": campaign.company_id,
            "campaignId": show(CAMPAIGN, campaign.id),
            "campaignExternalId": campaign.external_id,
            "runDueAt": moment(run_due_at),
            "step": failed.step,
            "message": failed.detail,
        },
    )


def enrollment_ended(one: Enrollment) -> Event:
    """Of an execution that has ended; each of its outcomes is a happening of its own."""
    last = one.history[-1]
    return _event(
        EventType.ENROLLMENT_ENDED,
        f"{one.id}:{len(one.history)}",
        {
            "companyId": one.company_id,
            "campaignId": one.campaign_id,
            "customerId": one.customer_id,
            "accountId": one.account_id,
            "executionId": one.id,
            "status": one.status.value,
            "previousStatus": last.status.value,
            "reason": last.why,
            "calls": one.calls,
            "nextCampaignId": one.chained_to,
            "enrolledAt": moment(one.enrolled_at),
            "endedAt": moment(last.until),
        },
    )


def recall_missed(run: Run, number: int, addresses: int) -> Event:
    """Of the run's recalls from file `number` on."""
    return _event(
        EventType.RECALL_MISSED,
        f"{run.id}:{number}",
        {
            "companyId": run.company_id,
            "campaignId": show(CAMPAIGN, run.campaign_id),
            "campaignExternalId": run.campaign_facts.get("externalId") or None,
            "runId": show(RUN, run.id),
            "addresses": addresses,
        },
    )


def _event(type: EventType, happening: str, detail: dict[str, Any]) -> Event:
    id = str(uuid5(_EVENTS, f"{type}:{happening}"))
    return Event(id, type, {"id": id, **detail})


class EventsUnavailable(Unavailable):
    code = "events_unavailable"

    def __init__(self, why: str) -> None:
        super().__init__(f"the event could not be published: {why}")
