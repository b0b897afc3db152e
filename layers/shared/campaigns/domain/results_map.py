"""How a dialer's file says what a result does: which column means what, which code is what."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from time import strptime
from typing import Any

from campaigns.domain.errors import Invalid
from campaigns.domain.result_fields import RESULT_FIELDS, ResultOutcome
from campaigns.domain.row_values import RowRefused, text_in
from campaigns.domain.schedule import UnknownTimeZone, zone_of

_DIRECTIVE = re.compile(r"%.")


class BadResultsMap(Invalid):
    code = "bad_results_map"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsMap:
    """`columns` names the file's column of a field; those that no field names are left out.

    `values` are the same for every row. `outcomes` reads a disposition code, in any letter
    case; a code that it does not have is refused, unless `other_outcomes` says what it means.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, ResultOutcome] = field(default_factory=dict)
    other_outcomes: ResultOutcome | None = None
    time_zone: str | None = None
    """Of times that name no offset."""
    time_format: str | None = None
    """As strptime reads it; else ISO 8601."""

    def check(self) -> None:
        """Raises BadResultsMap."""
        for part, names in (("columns", self.columns), ("values", self.values)):
            for name in names:
                if name not in RESULT_FIELDS:
                    raise BadResultsMap("is no field of a result", field=f"{part}.{name}")
        if both := sorted(self.columns.keys() & self.values.keys()):
            raise BadResultsMap("has a column, too", field=f"values.{both[0]}")
        spelled: dict[str, str] = {}
        for code in self.outcomes:
            if (other := spelled.setdefault(code.casefold(), code)) != code:
                raise BadResultsMap(f"is the same code as {other}", field=f"outcomes.{code}")
        if self.time_zone is not None:
            try:
                zone_of(self.time_zone)
            except UnknownTimeZone as unknown:
                raise BadResultsMap(str(unknown), field="timeZone") from None
        if self.time_format is not None and not _reads_back(self.time_format):
            message = "must name year, month, day, hour and minute, like %m/%d/%Y %H:%M"
            raise BadResultsMap(message, field="timeFormat")
        told = _DIRECTIVE.findall(self.time_format or "")
        if "%Z" in told:
            message = "must not have %Z, the name of a zone: %z reads an offset, timeZone names one"
            raise BadResultsMap(message, field="timeFormat")
        if self.time_format is not None and "%z" not in told and not self.time_zone:
            raise BadResultsMap("is needed where timeFormat has no %z", field="timeZone")

    @property
    def required(self) -> frozenset[str]:
        """The columns that the file must have."""
        return frozenset(self.columns.values())

    def read(self, theirs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The row as a result has it. Raises RowRefused, which names the file's column."""
        row: dict[str, Any] = dict(theirs)
        if self.columns:
            row = {name: theirs.get(column) for name, column in self.columns.items()}
        row |= {name: value for name, value in self.values.items() if not row.get(name)}
        if self.outcomes or self.other_outcomes:
            row["outcome"] = self._outcome(row.get("outcome"))
        if self.time_zone is not None or self.time_format is not None:
            row["at"] = self._moment(row.get("at"))
        return row

    def named(self, name: str) -> str:
        """The file's word for a field."""
        return self.columns.get(name, name)

    def _outcome(self, code: Any) -> str:
        text = text_in("outcome", code)
        known = {one.casefold(): outcome for one, outcome in self.outcomes.items()}
        found = known.get(text.casefold(), self.other_outcomes)
        if found is None:
            said = f"{text!r} is no code that outcomes has" if text else "is required"
            raise RowRefused(said, field="outcome")
        return found

    def _moment(self, value: Any) -> str:
        text = text_in("at", value)
        if not text:
            return text
        try:
            at = _read(text, self.time_format, self.time_zone)
        except (ValueError, OverflowError):
            like = self.time_format or "ISO 8601"
            raise RowRefused(f"is no time as {like} has it", field="at") from None
        return text if at is None else at.isoformat()


def _read(text: str, form: str | None, zone: str | None) -> datetime | None:
    """None for a time that says nothing of its offset, where there is no zone either."""
    if form is None:
        at = datetime.fromisoformat(text)
        offset = at.tzinfo
    else:
        parts = strptime(text, form)
        seconds = parts.tm_gmtoff
        offset = None if seconds is None else timezone(timedelta(seconds=seconds))
        at = datetime(*parts[:5], second=min(parts.tm_sec, 59), tzinfo=offset)
    if offset is None and zone is not None:
        offset = zone_of(zone)
    return None if offset is None else at.replace(tzinfo=offset)


def _reads_back(form: str) -> bool:
    """Whether a time comes out of the form as it went in, to the minute."""
    sample = datetime(2026, 11, 22, 17, 43, tzinfo=UTC)
    try:
        return strptime(sample.strftime(form), form)[:5] == sample.timetuple()[:5]
    except ValueError:
        return False
