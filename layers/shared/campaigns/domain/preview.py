"""What a run of a campaign would do if it began now, as far as there was time to find out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from campaigns.domain.campaign import Campaign, CampaignStatus
from campaigns.domain.errors import Unavailable
from campaigns.domain.exporter import EmptyFile, Exporter
from campaigns.domain.run import Counts, HoldReason


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewFile:
    """A contact file, or a part of one, of the rows that were looked at."""

    name: str
    delivered_as: str | None
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the contact file comes to for all rows, in how many parts.

    Exact when all were looked at, else reckoned from those that were.
    """

    rows: int
    bytes: int
    files: int
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    complete: bool
    """Whether every row of the query was looked at."""
    query_complete: bool
    """Whether every row of the query was fetched."""
    columns: tuple[str, ...]
    """Of the query."""
    rows_found: int
    rows_looked_at: int
    kept: int
    """Rows that were left when those without a person and the duplicates were gone."""
    screen_reasons: Mapping[str, int]
    counts: Counts
    header: str | None = None
    lines: tuple[str, ...] = ()
    """The first of the contact file, as they stand in it."""
    files: tuple[PreviewFile, ...] = ()
    expected: Expected | None = None
    """None when it is not even known how many rows there are."""
    directory: str | None = None
    deliveries: tuple[str, ...] = ()
    """The names of all files that would be delivered there, in this order."""
    holds: tuple[HoldReason, ...] | None = ()
    """The safety limits that would hold the run; None when too little is known."""
    warnings: tuple[str, ...] = ()
    log: tuple[str, ...] = field(default=())


def reckoned(counts: Counts, share: float) -> Counts:
    """What counts of a share of the rows come to for all of them."""
    numbers = {
        name: round(getattr(counts, name) / share)
        for name in ("rows_in", "exported", "suppressed", "deferred", "rejected", "without_phone")
    }
    reasons = {reason: round(count / share) for reason, count in counts.reasons.items()}
    return replace(counts, reasons=reasons, **numbers)


def warnings_of(
    campaign: Campaign,
    exporter: Exporter | None,
    counts: Counts,
    *,
    complete: bool,
    query_complete: bool,
) -> tuple[str, ...]:
    """What whoever is about to activate the campaign should know."""
    told: list[str] = []
    if not query_complete:
        told.append(
            "the query returned more than a preview fetches, so neither the whole file nor"
            " the safety limits were reckoned"
        )
    elif not complete:
        told.append(
            "there was no time to look at every row, so what is expected, and what the safety"
            " limits would say, is reckoned from those that were looked at"
        )
    if campaign.status is not CampaignStatus.ACTIVE:
        told.append(f"the campaign is {campaign.status}; only an active campaign runs")
    if exporter is None:
        told.append("the campaign has no contact exporter, so a run makes no contact file")
    elif counts.lines == 0 and complete:
        told.append(f"the contact file is empty: {_EMPTY[exporter.empty_file]}")
    if campaign.sftp is None:
        told.append("the campaign has no sftpSettings, so a run delivers nothing")
    elif campaign.sftp.host_key is None and campaign.sftp.learned_host_key is None:
        told.append(
            "the host key of the server is not pinned; the first delivery keeps what it sees"
        )
    return tuple(told)


_EMPTY = {
    EmptyFile.SEND: "it would be made and delivered all the same",
    EmptyFile.SKIP: "none would be made",
    EmptyFile.FAIL: "the run would fail",
}


class PreviewTookTooLong(Unavailable):
    code = "preview_took_too_long"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"the query did not answer within the {seconds} seconds that a preview can wait, and"
            " was canceled. A run waits for it longer; a preview of given rows takes"
            " queryResultsOverride"
        )
