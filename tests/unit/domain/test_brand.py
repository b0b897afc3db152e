from typing import Any

import pytest

from campaigns.domain.brand import Brand, BrandRefused
from campaigns.domain.errors import Invalid

FULL: dict[str, Any] = {
    "name": "Northwind",
    "portal_url": "https://portal.example.com/",
    "opt_out_text": {"en": "Reply STOP.", "es-US": "Responda ALTO."},
    "language": "es-US",
    "currency": "SEK",
    "test_recipients": ("qa@example.com", "+15125550123"),
}


def test_only_what_is_given_changes_and_none_takes_back() -> None:
    brand = Brand().changed(FULL)
    assert brand.changed({"name": "Südwind"}) == Brand(**{**FULL, "name": "Südwind"})
    assert brand.changed(dict.fromkeys(FULL)) == Brand()


@pytest.mark.parametrize(
    ("language", "text"),
    [("en-US", "Reply STOP."), ("es", "Responda ALTO."), ("sv", ""), ("es-MX", "Responda ALTO.")],
)
def test_how_to_opt_out_is_never_told_in_another_language(language: str, text: str) -> None:
    assert Brand().changed(FULL).opt_out_in(language) == text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"language": "xx"}, "brand.language"),
        ({"currency": "XXX"}, "brand.currency"),
        ({"currency": "usd"}, "brand.currency"),
        ({"portal_url": "http://portal.example.com"}, "brand.portalUrl"),
        ({"portal_url": "javascript:x"}, "brand.portalUrl"),
        ({"opt_out_text": {"xx": "y"}}, "brand.optOutText.xx"),
        ({"opt_out_text": {"en": " "}}, "brand.optOutText.en"),
        ({"test_recipients": ("a@b.co", "nobody")}, "brand.testRecipients.1"),
        ({"test_recipients": ("a@b.co\nBcc: c@d.co",)}, "brand.testRecipients.0"),
        ({"test_recipients": ("512-555-0123",)}, "brand.testRecipients.0"),
    ],
)
def test_what_cannot_be_is_refused_and_named(changes: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Brand().changed(changes)
    assert refused.value.field == field


def test_a_refusal_is_about_the_brand() -> None:
    with pytest.raises(BrandRefused):
        Brand().changed({"currency": "XXX"})
