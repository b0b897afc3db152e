"""Limits of a campaign: a run that breaks one is held before anything of it leaves.

Which of them concern a run depends on where its rows come from:

                          asked by schedule   asked by hand   rows given by hand
    zero_rows             held unless allowed  held if asked   -
    audience_change       if set               if set          -
    max_audience          if set               if set          if set
    max_without_phone     if set               if set          -
    query_change          if set               if set          -

Rows that somebody gives by hand are few, odd or none on purpose, so only the cap stays: it is
there to bound what one mistake can do. A schedule has nobody watching, and a query that
suddenly finds nobody usually means that its data did not arrive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from campaigns.domain.errors import Conflict
from campaigns.domain.run import Counts, HoldReason, Run, RunStatus

LEAST_RUNS = 3
"""Earlier runs below which their median says nothing yet."""
MOST_RUNS = 50
USUAL_RUNS = 7
_SHOWN_DIGITS = 12
_QUERY_CHANGE = "query_change"
_QUERY_NOT_APPROVED = "query_not_approved"


class Precaution(StrEnum):
    HOLD = "hold"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceChange:
    """How far the audience may be from the median of the last completed runs."""

    percent: int
    of_runs: int = USUAL_RUNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    """None of a limit means that it is not checked; of `zero_rows`, by schedule only."""

    zero_rows: Precaution | None = None
    audience_change: AudienceChange | None = None
    max_audience: int | None = None
    max_without_phone_percent: int | None = None
    query_change: Precaution | None = None

    @property
    def needs_query_text(self) -> bool:
        return self.query_change is Precaution.HOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a run's counts are judged by: how it came about, and what was before it.

    `earlier` are the audiences of earlier_runs(); `query_sha256` is None when the text of the
    query could not be read, `approved_sha256` when none was approved yet.
    """

    by_schedule: bool
    rows_given: bool
    earlier: Sequence[int] = ()
    query_sha256: str | None = None
    approved_sha256: str | None = None


def reasons_to_hold(safety: Safety, counts: Counts, among: Circumstances) -> tuple[HoldReason, ...]:
    """Every limit that is broken, each with what it is and what was found."""
    found = [_too_large(safety, counts)]
    if not among.rows_given:
        found += [
            _zero_rows(safety, counts, among),
            _audience_changed(safety, counts, among.earlier),
            _without_phone(safety, counts),
            _query_changed(safety, among),
        ]
    return tuple(reason for reason in found if reason is not None)


def tells_of_audience(earlier: Run, run: Run) -> bool:
    """Whether another run of the campaign tells what the audience of this one usually is."""
    is_alike = earlier.step_id == run.step_id and not earlier.closing
    return is_alike and earlier.status is RunStatus.COMPLETED and not earlier.overrides


def approved_by_releasing(run: Run) -> str | None:
    """The SHA-256 of the query's text that somebody approves by letting this run go on."""
    held_for = {reason.code for reason in run.hold_reasons}
    return run.query_sha256 if held_for & {_QUERY_CHANGE, _QUERY_NOT_APPROVED} else None


def _zero_rows(safety: Safety, counts: Counts, among: Circumstances) -> HoldReason | None:
    unset = Precaution.HOLD if among.by_schedule else Precaution.ALLOW
    if counts.rows_in or (safety.zero_rows or unset) is Precaution.ALLOW:
        return None
    return HoldReason("zero_rows", "the query returned no rows, at least 1 is expected")


def _audience_changed(safety: Safety, counts: Counts, earlier: Sequence[int]) -> HoldReason | None:
    limit = safety.audience_change
    if limit is None or len(earlier) < LEAST_RUNS:
        return None
    last = sorted(earlier[: limit.of_runs])
    # Twice the median and twice the difference are whole: a run right on the limit is not held.
    usual = last[(len(last) - 1) // 2] + last[len(last) // 2]
    difference = 2 * counts.audience - usual
    if abs(difference) * 100 <= limit.percent * usual:
        return None
    way = "above" if difference > 0 else "below"
    share = f"{_percent(abs(difference), usual)} % {way}" if usual else way
    return HoldReason(
        "audience_change",
        f"the audience of {counts.audience} is {share} the median of the last {len(last)}"
        f" completed runs, {_tenths(usual * 5)}; the limit is {limit.percent} %",
    )


def _too_large(safety: Safety, counts: Counts) -> HoldReason | None:
    limit = safety.max_audience
    if limit is None or counts.audience <= limit:
        return None
    return HoldReason("max_audience", f"the audience is {counts.audience}; the limit is {limit}")


def _without_phone(safety: Safety, counts: Counts) -> HoldReason | None:
    limit, found = safety.max_without_phone_percent, counts.found
    if limit is None or not found or counts.without_phone * 100 <= limit * found:
        return None
    return HoldReason(
        "max_without_phone",
        f"{counts.without_phone} of {found} people have no usable phone,"
        f" {_percent(counts.without_phone, found)} %; the limit is {limit} %",
    )


def _query_changed(safety: Safety, among: Circumstances) -> HoldReason | None:
    if not safety.needs_query_text:
        return None
    now, approved = among.query_sha256, among.approved_sha256
    if now is None:
        return HoldReason(
            "query_unreadable",
            "the text of the query could not be read, so nobody knows whether it is the approved"
            " one; redashApiKey has to be the key of a user who may see the query",
        )
    if approved is None:
        return HoldReason(
            _QUERY_NOT_APPROVED,
            f"no text of the query was approved yet; its SHA-256 is {now[:_SHOWN_DIGITS]}…",
        )
    if now == approved:
        return None
    return HoldReason(
        _QUERY_CHANGE,
        f"the text of the query has changed: its SHA-256 is {now[:_SHOWN_DIGITS]}…, that of the"
        f" approved text {approved[:_SHOWN_DIGITS]}…",
    )


def _percent(part: int, whole: int) -> str:
    """Rounded up to a digit, so that what is above a limit never looks as if it were on it."""
    return _tenths(-(-part * 1000 // whole))


def _tenths(number: int) -> str:
    whole, tenth = divmod(number, 10)
    return f"{whole}.{tenth}" if tenth else str(whole)


class HeldBySafety(Conflict):
    code = "held_by_safety"
    holds = True

    def __init__(self, reasons: Sequence[HoldReason]) -> None:
        told = "; ".join(reason.message for reason in reasons)
        super().__init__(f"held by the campaign's safety limits, nothing was delivered: {told}")
        self.reasons = tuple(reasons)
