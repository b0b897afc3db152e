from datetime import timedelta

from campaigns.domain.api_key import digest_of
from tests.builders import NOON, a_client

HOUR = timedelta(hours=1)
FIRST, SECOND, THIRD = (digest_of(f"fs_{number}") for number in range(3))


def test_a_client_knows_its_secret_and_no_other() -> None:
    client = a_client("fs_0")
    assert client.knows(FIRST, NOON)
    assert not any(client.knows(one, NOON) for one in (SECOND, "", "fs_0"))


def test_a_rotated_secret_ends_at_once_unless_an_overlap_is_asked_for() -> None:
    client = a_client("fs_0").rotated(SECOND, at=NOON, overlap=timedelta(0))
    assert (client.knows(FIRST, NOON), client.knows(SECOND, NOON)) == (False, True)
    assert not client.knows("", NOON)


def test_during_the_overlap_both_secrets_are_good() -> None:
    client = a_client("fs_0").rotated(SECOND, at=NOON, overlap=HOUR)
    just_before, after = NOON + HOUR - timedelta(microseconds=1), NOON + HOUR
    assert client.knows(FIRST, just_before)
    assert not client.knows(FIRST, after)
    assert client.knows(SECOND, just_before)
    assert client.knows(SECOND, after)


def test_a_second_rotation_ends_the_first_secret() -> None:
    client = a_client("fs_0").rotated(SECOND, at=NOON, overlap=HOUR)
    client = client.rotated(THIRD, at=NOON, overlap=HOUR)
    assert [client.knows(one, NOON) for one in (FIRST, SECOND, THIRD)] == [False, True, True]


def test_a_revoked_client_knows_nothing() -> None:
    client = a_client("fs_0").rotated(SECOND, at=NOON, overlap=HOUR).revoked(NOON)
    assert not any(client.knows(one, NOON) for one in (FIRST, SECOND))
