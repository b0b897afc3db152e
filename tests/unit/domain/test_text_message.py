import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.text_message import GSM_7, UCS_2, Segments, segments_of


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("", Segments(GSM_7, 0, 1)),
        ("a" * 160, Segments(GSM_7, 160, 1)),
        ("a" * 161, Segments(GSM_7, 161, 2)),
        ("a" * 306, Segments(GSM_7, 306, 2)),
        ("a" * 307, Segments(GSM_7, 307, 3)),
        ("é" * 160, Segments(GSM_7, 160, 1)),
        ("€" * 80, Segments(GSM_7, 160, 1)),
        ("€" * 81, Segments(GSM_7, 162, 2)),
        ("a" * 152 + "€" + "a" * 151, Segments(GSM_7, 305, 2)),
        ("a" * 152 + "€" + "a" * 152, Segments(GSM_7, 306, 3)),
        ("“" + "a" * 69, Segments(UCS_2, 70, 1, "“")),
        ("“" + "a" * 70, Segments(UCS_2, 71, 2, "“")),
        ("ł" * 134, Segments(UCS_2, 134, 2, "ł")),
        ("ł" * 135, Segments(UCS_2, 135, 3, "ł")),
        ("😀" * 35, Segments(UCS_2, 70, 1, "😀")),
        ("😀" * 36, Segments(UCS_2, 72, 2, "😀")),
        ("a" * 66 + "😀" + "a" * 66, Segments(UCS_2, 134, 3, "😀")),
        ("1\xa0234,50 kr\u2019", Segments(UCS_2, 12, 1, "\xa0\u2019")),
    ],
)
def test_segments_are_counted_as_carriers_do(text: str, counted: Segments) -> None:
    assert segments_of(text) == counted


@given(st.text("aé€ł😀\n", max_size=700))
def test_no_segment_holds_more_than_it_can_and_none_is_wasted(text: str) -> None:
    found = segments_of(text)
    single, each = (160, 153) if found.encoding == GSM_7 else (70, 67)
    assert found.places <= (single if found.segments == 1 else each * found.segments)
    # What takes two places is never cut apart, so one place of a segment may stay empty.
    assert found.segments == 1 or found.places > (each - 1) * (found.segments - 1)
