"""A dialer's own file, read by a map of its columns and codes."""

from typing import Any

import pytest

from campaigns.domain.result_fields import ResultOutcome
from campaigns.domain.results_map import BadResultsMap, ResultsMap
from campaigns.domain.row_values import RowRefused

VICIDIAL = ResultsMap(
    columns={
        "id": "uniqueid",
        "customerExternalId": "vendor_lead_code",
        "at": "call_date",
        "outcome": "status",
        "address": "phone_number_dialed",
    },
    values={"channel": "call"},
    outcomes={"NA": ResultOutcome.NO_ANSWER, "DNC": ResultOutcome.OPT_OUT},
    time_zone="America/New_York",
    time_format="%Y-%m-%d %H:%M:%S",
)
LINE = {
    "uniqueid": "1709391845.12",
    "vendor_lead_code": "100001",
    "call_date": "2026-03-02 10:04:05",
    "status": "na",
    "phone_number_dialed": "5125550123",
    "user": "6666",
}


def test_columns_and_codes_are_read() -> None:
    VICIDIAL.check()
    assert VICIDIAL.read(LINE) == {
        "id": "1709391845.12",
        "customerExternalId": "100001",
        "channel": "call",
        "at": "2026-03-02T10:04:05-05:00",
        "outcome": "no_answer",
        "address": "5125550123",
    }
    assert "user" not in VICIDIAL.required


def test_without_columns_a_file_speaks_for_itself() -> None:
    plain = {"outcome": "busy", "at": "2026-03-02T10:04:05Z"}
    assert ResultsMap().read(plain) == plain
    assert ResultsMap(values={"channel": "call"}).read(plain) == {**plain, "channel": "call"}


def test_a_value_stands_in_for_a_blank() -> None:
    how = ResultsMap(values={"channel": "call"})
    assert how.read({"channel": ""})["channel"] == "call"
    assert how.read({"channel": "text"})["channel"] == "text"


def test_a_code_that_is_not_known_is_refused_or_what_others_are() -> None:
    with pytest.raises(RowRefused, match="'XFER' is no code"):
        VICIDIAL.read({**LINE, "status": "XFER"})
    others = ResultsMap(outcomes={"A": ResultOutcome.BUSY}, other_outcomes=ResultOutcome.ATTEMPTED)
    assert others.read({"outcome": "XFER"})["outcome"] == "attempted"
    assert others.read({"outcome": "a"})["outcome"] == "busy"


@pytest.mark.parametrize(
    ("form", "text", "read"),
    [
        ("%m/%d/%Y %I:%M %p", "03/02/2026 05:43 PM", "2026-03-02T17:43:00-05:00"),
        ("%d %b %y %H:%M", "02 Mar 26 17:43", "2026-03-02T17:43:00-05:00"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-03-02T17:43:00+0100", "2026-03-02T17:43:00+01:00"),
        (None, "2026-07-02 17:43", "2026-07-02T17:43:00-04:00"),
        (None, "2026-03-02T17:43:00Z", "2026-03-02T17:43:00+00:00"),
    ],
)
def test_times_are_read_as_the_file_has_them(form: str | None, text: str, read: str) -> None:
    how = ResultsMap(time_zone="America/New_York", time_format=form)
    how.check()
    assert how.read({"at": text})["at"] == read


@pytest.mark.parametrize("text", ["17:43", "2026-13-02 17:43:00", "soon"])
def test_what_is_no_such_time_is_refused(text: str) -> None:
    with pytest.raises(RowRefused) as refused:
        VICIDIAL.read({**LINE, "call_date": text})
    assert refused.value.field == "at"
    assert VICIDIAL.named("at") == "call_date"
    assert VICIDIAL.named("channel") == "channel"


@pytest.mark.parametrize(
    ("field", "but"),
    [
        ("columns.when", {"columns": {"when": "call_date"}}),
        ("values.color", {"values": {"color": "green"}}),
        ("values.at", {"columns": {"at": "call_date"}, "values": {"at": "now"}}),
        ("timeZone", {"time_zone": "America/Gotham"}),
        ("timeZone", {"time_format": "%Y-%m-%d %H:%M"}),
        ("timeFormat", {"time_format": "%Y-%m-%d", "time_zone": "UTC"}),
        ("timeFormat", {"time_format": "%Q", "time_zone": "UTC"}),
        ("timeFormat", {"time_format": "%Y-%m-%d %H:%M:%S %Z", "time_zone": "UTC"}),
        ("timeZone", {"time_format": "%Y-%m-%d %H:%M %%z"}),
        (
            "outcomes.dnc",
            {"outcomes": {"DNC": ResultOutcome.OPT_OUT, "dnc": ResultOutcome.ATTEMPTED}},
        ),
        ("timeFormat", {"time_format": "yyyy-MM-dd", "time_zone": "UTC"}),
    ],
)
def test_a_map_that_cannot_be_right_is_refused(field: str, but: Any) -> None:
    with pytest.raises(BadResultsMap) as refused:
        ResultsMap(**but).check()
    assert refused.value.field == field
