"""Ids: which can be foreseen, which sort by time, and how the borrower API shows them."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.domain import identity, public_id
from campaigns.domain.identity import NotAUuid, moment
from tests.builders import COMPANY, NOON, OTHER_COMPANY, an_id

KINDS = [
    public_id.CAMPAIGN,
    public_id.RUN,
    public_id.EXPORTER,
    public_id.SENDER,
    public_id.BORROWER,
    public_id.FILE,
]
UUIDS = st.uuids().map(str)


@given(st.datetimes(timezones=st.just(UTC)), st.binary(min_size=10, max_size=10))
def test_a_new_id_is_a_uuid_of_version_7(at: datetime, entropy: bytes) -> None:
    made = UUID(identity.time_ordered(at, entropy))
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_later_ids_sort_behind_earlier_ones_whatever_their_entropy() -> None:
    earlier = identity.time_ordered(NOON, b"\xff" * 10)
    later = identity.time_ordered(NOON + timedelta(milliseconds=1), b"\x00" * 10)
    assert earlier < later


@given(st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_two_ids_of_one_moment_differ_by_their_entropy(one: bytes, other: bytes) -> None:
    # 74 of the 80 bits count.
    same = int.from_bytes(one) & (1 << 74) - 1 == int.from_bytes(other) & (1 << 74) - 1
    ids = identity.time_ordered(NOON, one), identity.time_ordered(NOON, other)
    assert same or ids[0] != ids[1]


def test_an_external_id_names_the_same_thing_again_and_nothing_else() -> None:
    one = identity.of_external(COMPANY, "customer", "7")
    assert one == identity.of_external(COMPANY, "customer", "7")
    others = {
        identity.of_external(OTHER_COMPANY, "customer", "7"),
        identity.of_external(COMPANY, "account", "7"),
        identity.of_external(COMPANY, "customer", "07"),
    }
    assert len(others | {one}) == 4


def test_a_scheduled_run_is_known_by_campaign_and_local_date() -> None:
    campaign = an_id()
    one = identity.of_scheduled_run(campaign, "2026-03-02")
    assert one == identity.of_scheduled_run(campaign, "2026-03-02")
    others = {
        identity.of_scheduled_run(campaign, "2026-03-03"),
        identity.of_scheduled_run(an_id(), "2026-03-02"),
        identity.of_requested_run(campaign, "2026-03-02", date(2026, 3, 2)),
        identity.of_requested_run(campaign, "2026-03-02", date(2026, 3, 3)),
    }
    assert len(others | {one}) == 5


def test_a_uuid_is_read_in_any_spelling_and_kept_in_one() -> None:
    text = "018F4E9A-0000-7000-8000-00000000C0DE"
    assert identity.as_uuid(text) == identity.as_uuid(text.lower()) == COMPANY
    with pytest.raises(NotAUuid) as refused:
        identity.as_uuid("18", field="companyId")
    assert refused.value.field == "companyId"


def test_a_moment_is_told_in_utc_with_milliseconds() -> None:
    nairobi = timezone(timedelta(hours=3))
    assert moment(datetime(2026, 3, 2, 15, tzinfo=nairobi)) == "2026-03-02T12:00:00.000Z"
    assert moment(NOON + timedelta(microseconds=1999)) == "2026-03-02T12:00:00.001Z"


@given(st.sampled_from(KINDS), UUIDS)
@example("CM", "00000000-0000-0000-0000-000000000000")
@example("CM", "ffffffff-ffff-ffff-ffff-ffffffffffff")
def test_a_shown_id_leads_back_to_its_uuid(kind: str, id: str) -> None:
    shown = public_id.show(kind, id)
    assert public_id.read(kind, shown) == id
    assert public_id.read(kind, shown.lower()) == id
    assert public_id.read(kind, id) == public_id.read(kind, id.upper()) == id


@given(UUIDS, UUIDS)
def test_two_uuids_are_never_shown_alike(one: str, other: str) -> None:
    shown = public_id.show("CM", one), public_id.show("CM", other)
    assert (shown[0] == shown[1]) == (one == other)


@given(UUIDS)
def test_a_shown_id_has_the_public_form(id: str) -> None:
    shown = public_id.show("RN", id)
    kind, first, second = shown.split("-")
    assert (kind, len(first), len(second)) == ("RN", 13, 13)
    assert set(first + second) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    shown = "CM-0000000000000-0000000000110"
    assert public_id.read("CM", "CM-OOOOOOOOOOOOO-ooooooooooILO") == public_id.read("CM", shown)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CM",
        "CM-1",
        "ext-spring",
        "CM-0000000000000-000000000000U",
        "CM-0000000000000-00000000000000",
        "CM-ZZZZZZZZZZZZZ-ZZZZZZZZZZZZZ",
        "00000000000000000000000000000001",
        "{0000000-0000-0000-0000-00000000000}",
        "CM-0000000000000-0000000000000\n",
    ],
)
def test_what_is_no_id_is_read_as_none(text: str) -> None:
    assert public_id.read("CM", text) is None


def test_an_id_of_another_kind_is_read_as_none() -> None:
    assert public_id.read("CM", public_id.show("RN", an_id())) is None
