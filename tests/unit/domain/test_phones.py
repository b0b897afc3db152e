import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.exporter import PhoneFormat
from campaigns.domain.phones import normal_phone, spell_phone


@pytest.mark.parametrize(
    "text",
    ["+15125550123", "(512) 555-0123", "512.555.0123", "1 512 555 0123", " 5125550123 "],
)
def test_a_number_is_kept_as_e164_however_it_is_written(text: str) -> None:
    assert normal_phone(text) == "+15125550123"


def test_a_number_of_another_country_keeps_its_code() -> None:
    assert normal_phone("+44 20 7946 0000") == "+442079460000"
    assert normal_phone("020 7946 0000", "GB") == "+442079460000"


@pytest.mark.parametrize("text", ["", "none", "123", "555-0123", "+1", "0" * 20, "+999123456789"])
def test_what_is_no_valid_number_is_none(text: str) -> None:
    assert normal_phone(text) is None


@given(st.text(), st.sampled_from(PhoneFormat))
def test_spelling_never_fails_whatever_is_kept_as_a_number(text: str, form: PhoneFormat) -> None:
    """An invalid number is kept raw, and an exporter may ask for it by its status."""
    spell_phone(text, form)
    spell_phone(f"+{text}", form)


@pytest.mark.parametrize("form", PhoneFormat)
def test_nothing_is_spelled_as_nothing(form: PhoneFormat) -> None:
    assert spell_phone("", form) == ""


@pytest.mark.parametrize("text", ["+442079460000", "+1512555", "5125550123", "555-CALL"])
def test_what_has_no_ten_national_digits_is_left_blank(text: str) -> None:
    assert spell_phone(text, PhoneFormat.NATIONAL10) == ""
