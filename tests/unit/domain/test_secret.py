import pytest

from campaigns.domain.secret import Sealed, hint_of, is_mask, secret_context


@pytest.mark.parametrize(
    ("plain", "masked"),
    [
        ("short", "********"),
        ("exactly12chr", "********"),
        ("thirteen-char", "********char"),
    ],
)
def test_a_mask_shows_the_end_of_long_secrets_only(plain: str, masked: str) -> None:
    sealed = Sealed("opaque", hint_of(plain))
    assert sealed.masked == masked
    assert is_mask(sealed.masked)


@pytest.mark.parametrize(
    "text", ["", "*******", "secret", "********x", "********12345", " ********"]
)
def test_a_real_secret_is_not_taken_for_a_mask(text: str) -> None:
    assert not is_mask(text)


def test_a_sealed_secret_does_not_show_itself_in_logs() -> None:
    assert "opaque" not in repr(Sealed("opaque", "word"))


def test_a_context_names_company_object_and_field() -> None:
    assert secret_context("c", "o", "f") == {"company": "c", "object": "o", "field": "f"}
