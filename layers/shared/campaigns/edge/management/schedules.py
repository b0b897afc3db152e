"""The question when a schedule comes due, as it is asked and answered."""

import re
from datetime import date, datetime
from typing import Annotated, Self

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BeforeValidator, Field

from campaigns.domain.explanation import ScheduleExplained, ScheduleQuestion, TimeOf
from campaigns.domain.schedule import Explained
from campaigns.edge.management.companies import TimeOfDay
from campaigns.edge.wire import Moment, Wire

_INSTANT = re.compile(
    r"(19[7-9]\d|[2-8]\d{3})-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII
)


def _only_instants(value: object) -> object:
    """A number is no instant, and one without its offset could be anywhere."""
    if isinstance(value, datetime) or (isinstance(value, str) and _INSTANT.fullmatch(value)):
        return value
    raise ValueError("must be an instant like 2026-03-01T00:00:00Z, of 1970 to 8999")


class ExplainQuery(Wire):
    schedule: Annotated[str, Field(max_length=1000)] | None = None
    days: Annotated[str, Field(max_length=200)] | None = None
    at: TimeOfDay | None = None
    campaign_id: Annotated[str, Field(max_length=100)] | None = None
    since: Annotated[datetime, BeforeValidator(_only_instants)] | None = Field(None, alias="from")
    count: Annotated[int, Field(ge=1, le=50)] = 10

    def question(self, now: datetime) -> ScheduleQuestion:
        return ScheduleQuestion(
            schedule=self.schedule,
            days=self.days,
            at=self.at,
            campaign=self.campaign_id,
            after=self.since or now,
            count=self.count,
        )


ExplainAsk = Annotated[ExplainQuery, Query()]

_NOTES = {
    TimeOf.CAMPAIGN: "The minute is this campaign's own.",
    TimeOf.WINDOW: "Shown at the first minute of the run window; each campaign has a minute of"
    " its own inside it, which campaignId tells.",
    TimeOf.ASKED: "The time of day is the one that was asked for.",
}


class ComingOut(Wire):
    local_date: date
    local_time: TimeOfDay
    at: Moment
    reason: str

    @classmethod
    def of(cls, one: Explained) -> Self:
        return cls(
            local_date=one.local_date, local_time=one.local_time, at=one.at, reason=one.reason
        )


class ExplanationOut(Wire):
    timezone: str
    schedule: str
    time_of: TimeOf
    note: str
    items: list[ComingOut]

    @classmethod
    def of(cls, explained: ScheduleExplained) -> Self:
        return cls(
            timezone=explained.zone,
            schedule=explained.schedule,
            time_of=explained.time_of,
            note=_NOTES[explained.time_of],
            items=[ComingOut.of(one) for one in explained.coming],
        )
