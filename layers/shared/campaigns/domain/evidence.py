"""The evidence of a run: everything that shows what it did and why, in one ZIP.

What is in it, and how it is checked without this service, is told by decision 0027.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from campaigns.domain.errors import Conflict
from campaigns.domain.exporter import Exporter
from campaigns.domain.identity import moment
from campaigns.domain.public_id import CAMPAIGN, RUN, show
from campaigns.domain.run import PEOPLE_INDEX, Run, RunStatus, work_file

FORMAT = "campaign-evidence/1"
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
QUERY = "query.sql"
CONTACT_LINES = "contact_lines.csv"
LOG_LINES = "log.jsonl"
RULES = "rules.json"
AUDIT = "audit.json"

PATIENCE = timedelta(minutes=16)
"""Longer than any function works: what was begun before that has died."""
_AFTER_A_FAILURE = timedelta(minutes=1)


class PackingState(StrEnum):
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """How far the evidence of a run is. Sizes and hashes are known when it is ready."""

    state: PackingState
    at: datetime
    bytes: int = 0
    sha256: str = ""
    manifest_sha256: str = ""
    why: str = ""

    def is_to_be_begun(self, now: datetime) -> bool:
        """Whether what was begun came to nothing, and is to be tried again."""
        if self.state is PackingState.READY:
            return False
        wait = PATIENCE if self.state is PackingState.BUILDING else _AFTER_A_FAILURE
        return now - self.at > wait

    def as_dict(self) -> dict[str, Any]:
        return {
            "state": self.state.value,
            "at": self.at.isoformat(),
            "bytes": self.bytes,
            "sha256": self.sha256,
            "manifestSha256": self.manifest_sha256,
            "why": self.why,
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return cls(
            state=PackingState(told["state"]),
            at=datetime.fromisoformat(told["at"]),
            bytes=told["bytes"],
            sha256=told["sha256"],
            manifest_sha256=told["manifestSha256"],
            why=told["why"],
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the ZIP. `recorded` is the hash that the run has kept of it, if it has one."""

    name: str
    bytes: int
    sha256: str
    recorded: str | None = None


@dataclass(slots=True)
class Contents:
    """What has been put in so far."""

    members: list[Member] = field(default_factory=list)

    @property
    def sums(self) -> str:
        """As `sha256sum --check` reads them."""
        return "".join(f"{one.sha256}  {one.name}\n" for one in self.members)


class RunStillAtWork(Conflict):
    code = "run_still_at_work"

    def __init__(self, status: RunStatus) -> None:
        super().__init__(f"the run is {status}: there is evidence of one that is over, or held")


def zip_name(run: Run) -> str:
    """Of this state of the run; one that was changed since has another."""
    return work_file(f"evidence-{show(RUN, run.id)}-v{run.version}.zip")


def packing_name(run: Run) -> str:
    return work_file(f"evidence-v{run.version}.json")


def manifest_of(run: Run, contents: Contents) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "run": _run(run),
        "campaign": {
            "id": run.campaign_id,
            "shownId": show(CAMPAIGN, run.campaign_id),
            **{name: run.campaign_facts.get(name) for name in ("name", "externalId")},
        },
        "decided": any(file.name == PEOPLE_INDEX for file in run.files),
        "counts": {
            "rowsIn": run.counts.rows_in,
            "exported": run.counts.exported,
            "sent": run.counts.sent,
            "suppressed": run.counts.suppressed,
            "deferred": run.counts.deferred,
            "rejected": run.counts.rejected,
            "lines": run.counts.lines,
            "reasons": dict(run.counts.reasons),
        },
        "querySha256": run.query_sha256,
        "exporter": None if run.exporter is None else _exporter(run.exporter),
        "approvals": {
            "requestedByKey": run.requested_by,
            "heldFor": [{"code": one.code, "message": one.message} for one in run.hold_reasons],
            "releasedByKey": run.released_by,
        },
        "deliveries": [dict(one) for one in run.deliveries],
        "log": {
            "heading": run.log_heading,
            "lines": len(run.log),
            "sha256": run.log_sha256,
        },
        "members": [
            {
                "name": one.name,
                "bytes": one.bytes,
                "sha256": one.sha256,
                "recordedSha256": one.recorded,
            }
            for one in contents.members
        ],
    }


def _run(run: Run) -> dict[str, Any]:
    def at(when: datetime | None) -> str | None:
        return None if when is None else moment(when)

    return {
        "id": run.id,
        "shownId": show(RUN, run.id),
        "companyId": run.company_id,
        "stepId": run.step_id,
        "status": run.status.value,
        "triggeredBy": run.triggered_by.value,
        "outside": run.outside,
        "rowsWereGiven": run.overrides,
        "scheduledFor": at(run.scheduled_for),
        "createdAt": at(run.created_at),
        "startedAt": at(run.started_at),
        "finishedAt": at(run.finished_at),
        "restarts": run.restarts,
        "version": run.version,
        "errorCode": run.error_code,
        "errorMessage": run.error_message,
    }


def _exporter(exporter: Exporter) -> dict[str, Any]:
    """As the run began with it: what is needed to read its file."""
    shape = exporter.format
    return {
        "id": exporter.id,
        "name": exporter.name,
        "version": exporter.version,
        "rows": exporter.rows.value,
        "lists": exporter.lists.value,
        "columns": [
            {"outputName": one.output_name, "field": one.field, "const": one.const}
            for one in exporter.columns
        ],
        "format": {
            "delimiter": shape.delimiter,
            "quote": shape.quote.value,
            "header": shape.header,
            "encoding": shape.encoding.value,
            "eol": shape.eol,
            "maxRowsPerFile": shape.max_rows_per_file,
        },
    }
