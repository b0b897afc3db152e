from datetime import timedelta

import pytest

from campaigns.domain.company import SCOPES, UnknownScope, check_scopes, digest_of
from tests.builders import NOON, a_key


def test_a_key_is_good_until_it_expires_or_is_revoked() -> None:
    assert a_key().is_good(NOON)
    expiring = a_key(expires_at=NOON)
    assert expiring.is_good(NOON - timedelta(seconds=1))
    assert not expiring.is_good(NOON)
    assert not a_key(revoked_at=NOON).is_good(NOON - timedelta(days=1))


@pytest.mark.parametrize(
    ("scopes", "scope", "allowed"),
    [
        ({"runs:read"}, "runs:read", True),
        ({"runs:read"}, "runs:write", False),
        ({"runs:*"}, "runs:write", True),
        ({"runs:*"}, "campaigns:read", False),
        ({"manage:*"}, "manage:people", True),
        ({"manage:people"}, "manage:*", False),
        (set(), "manage:*", True),
    ],
)
def test_a_key_allows_its_scopes_their_families_and_everything_when_it_has_none(
    scopes: set[str], scope: str, allowed: bool
) -> None:
    assert a_key(scopes=frozenset(scopes)).allows(scope) is allowed


def test_unknown_scopes_are_refused_by_name() -> None:
    check_scopes(SCOPES)
    with pytest.raises(UnknownScope, match="runs:delete") as refused:
        check_scopes(frozenset({"runs:read", "runs:delete"}))
    assert refused.value.field == "scopes"


def test_a_key_is_known_by_the_sha_256_of_it() -> None:
    assert digest_of("abc").startswith("ba7816bf")
    assert len(digest_of("")) == 64
