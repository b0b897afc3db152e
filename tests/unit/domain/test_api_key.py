from datetime import timedelta

import pytest

from campaigns.domain.api_key import (
    SCOPES,
    AlreadyRotated,
    KeyEnded,
    KeyNotFound,
    ScopeNotHeld,
    UnknownScope,
    check_scopes,
    digest_of,
    key_id_of,
)
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
        (set(), "manage:*", False),
    ],
)
def test_a_key_allows_its_scopes_and_their_families(
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


def test_a_key_without_scopes_may_do_everything_only_where_the_api_says_so() -> None:
    bare = a_key(scopes=frozenset())
    assert bare.allows("accounts:write", all_if_none=True)
    assert not bare.allows("accounts:write")
    assert not a_key().allows("accounts:write", all_if_none=True)


@pytest.mark.parametrize(
    ("held", "asked", "granted"),
    [
        ({"manage:*"}, {"runs:release", "manage:keys"}, True),
        ({"manage:*"}, set(), True),
        ({"manage:keys", "runs:*"}, {"runs:release"}, True),
        ({"manage:keys", "runs:read"}, {"runs:release"}, False),
        ({"manage:keys"}, {"manage:*"}, False),
        ({"manage:keys"}, set(), False),
        (set(), {"runs:read"}, False),
    ],
)
def test_nobody_hands_out_more_than_they_hold(
    held: set[str], asked: set[str], granted: bool
) -> None:
    key = a_key(scopes=frozenset(held))
    if granted:
        key.check_may_grant(frozenset(asked))
    else:
        with pytest.raises(ScopeNotHeld):
            key.check_may_grant(frozenset(asked))


def test_a_rotated_key_stays_good_for_the_overlap_and_never_longer_than_before() -> None:
    day = timedelta(days=1)
    assert a_key().rotated("next", at=NOON, overlap=day).expires_at == NOON + day
    ending = a_key(expires_at=NOON + timedelta(hours=1))
    rotated = ending.rotated("next", at=NOON, overlap=day)
    assert (rotated.expires_at, rotated.replaced_by) == (ending.expires_at, "next")
    assert not a_key().rotated("next", at=NOON, overlap=timedelta(0)).is_good(NOON)


def test_a_key_is_rotated_once_and_only_while_it_is_good() -> None:
    rotated = a_key().rotated("next", at=NOON, overlap=timedelta(days=1))
    with pytest.raises(AlreadyRotated):
        rotated.rotated("another", at=NOON, overlap=timedelta(days=1))
    for ended in (a_key(revoked_at=NOON), a_key(expires_at=NOON)):
        with pytest.raises(KeyEnded):
            ended.rotated("next", at=NOON, overlap=timedelta(days=1))


def test_revoking_twice_keeps_the_first_moment() -> None:
    revoked = a_key().revoked(NOON)
    assert revoked.revoked(NOON + timedelta(days=1)) == revoked


@pytest.mark.parametrize("text", ["", "x", "k" * 5000, "018f4e9a-0000-7000-8000"])
def test_what_cannot_be_an_id_names_no_key(text: str) -> None:
    with pytest.raises(KeyNotFound):
        key_id_of(text)
