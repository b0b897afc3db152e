import pytest

from campaigns.domain.language import (
    LANGUAGES,
    UnknownLanguage,
    best_of,
    check_language,
    locale_for,
    read_language,
)


@pytest.mark.parametrize("tag", [*LANGUAGES, "en-US", "es-419", "zh-Hans", "zh-Hant-TW"])
def test_a_language_we_can_write_is_taken(tag: str) -> None:
    assert check_language(tag, field="language") == tag


@pytest.mark.parametrize(
    "tag", ["", "EN", "en_US", "en-us", "english", "tlh", "en-US-x", "e", "xx"]
)
def test_any_other_is_refused(tag: str) -> None:
    with pytest.raises(UnknownLanguage) as refused:
        check_language(tag, field="language")
    assert refused.value.field == "language"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en", "en"),
        (" EN ", "en"),
        ("es_us", "es-US"),
        ("ES-US", "es-US"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("", None),
        ("English", None),
        ("xx", None),
        ("-", None),
    ],
)
def test_a_records_language_is_read_as_it_comes(text: str, tag: str | None) -> None:
    assert read_language(text) == tag


@pytest.mark.parametrize(
    ("available", "wanted", "found"),
    [
        (["en", "es"], ["es-US", "en"], "es"),
        (["en", "es-MX"], ["es-US", "en"], "es-MX"),
        (["en", "es-US", "es"], ["es-US"], "es-US"),
        (["en"], ["es", None, "en-GB"], "en"),
        (["en"], ["es"], None),
        ([], ["en"], None),
        (["en"], [None], None),
    ],
)
def test_the_first_wish_that_can_be_met_is(
    available: list[str], wanted: list[str | None], found: str | None
) -> None:
    assert best_of(available, *wanted) == found


@pytest.mark.parametrize(
    ("person", "template", "company", "locale"),
    [
        ("es-US", "es", "en-US", "es-US"),
        ("es", "es", "en-US", "es-US"),
        (None, "es", "en-US", "es-US"),
        ("de-AT", "en", "sv-SE", "en-SE"),
        ("en", "en-GB", "en-US", "en-GB"),
        (None, "sv-SE", "en-US", "sv-SE"),
        (None, "sv", "sv", "sv"),
        ("zh-Hans", "zh", "en-US", "zh-Hans-US"),
    ],
)
def test_amounts_are_spelled_as_the_person_is_used_to(
    person: str | None, template: str, company: str, locale: str
) -> None:
    assert locale_for(person, template, company) == locale
