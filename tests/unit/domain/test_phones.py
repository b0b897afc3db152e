import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.exporter import PhoneFormat
from campaigns.domain.phones import (
    UnknownCountry,
    calling_code,
    code_of_country,
    normal_phone,
    spell_phone,
    split_phone,
)


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


@pytest.mark.parametrize(
    ("number", "code", "national"),
    [
        ("+15125550123", "1", "5125550123"),
        ("+442079460000", "44", "2079460000"),
        ("+390612345678", "39", "0612345678"),
        ("+352621123456", "352", "621123456"),
        ("+79161234567", "7", "9161234567"),
        ("", "", ""),
        ("5125550123", "", ""),
        ("+", "", ""),
        ("+0123", "", ""),
        ("+²34", "", ""),
        ("call me", "", ""),
    ],
)
def test_a_number_is_split_behind_its_country_code(number: str, code: str, national: str) -> None:
    assert split_phone(number) == (code, national)
    if code:
        assert calling_code(number) == code


@given(st.text())
def test_splitting_never_fails(text: str) -> None:
    assert "".join(split_phone(f"+{text}")) in (text, "")


@pytest.mark.parametrize(
    ("region", "code"), [("US", "1"), ("CA", "1"), ("JM", "1"), ("DE", "49"), ("LU", "352")]
)
def test_a_country_has_a_code(region: str, code: str) -> None:
    assert code_of_country(region) == code


@pytest.mark.parametrize("region", ["XX", "", "us", "USA", "001"])
def test_what_is_no_country_is_refused(region: str) -> None:
    with pytest.raises(UnknownCountry) as refused:
        code_of_country(region)
    assert refused.value.field == "phone.defaultCountry"


def test_national_digits_are_those_of_one_numbering_plan() -> None:
    german = PhoneFormat.NATIONAL10, "49"
    assert spell_phone("+49301234567", *german) == "301234567"
    assert spell_phone("+15125550123", *german) == ""
    assert spell_phone("+15125550123", PhoneFormat.DIGITS, "49") == "15125550123"
    assert spell_phone("+15125550123", PhoneFormat.E164, "49") == "+15125550123"
