"""The promises of a collection, kept for each kind, in memory and on DynamoDB."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.adapters.dynamodb.collection import DynamoCollection
from campaigns.adapters.memory import MemoryCollection
from campaigns.domain.campaign import (
    Campaign,
    CampaignNotFound,
    CampaignStatus,
    ChangedMeanwhile,
    ExternalIdTaken,
)
from campaigns.domain.exporter import (
    Criteria,
    Exporter,
    ExporterNotFound,
    FileFormat,
    Quote,
    Rows,
)
from campaigns.domain.page import Slice
from campaigns.domain.safety import AudienceChange, Precaution, Safety
from campaigns.domain.sender import Sender, SenderNotFound
from campaigns.ports import Collection
from tests.builders import NOON, a_campaign, a_sender, an_exporter, an_id, some_sftp
from tests.contract.conftest import Deployed

Things = Collection[Any]
Make = Callable[..., Any]
MISSING = {"campaign": CampaignNotFound, "exporter": ExporterNotFound, "sender": SenderNotFound}
BUILDERS: dict[str, Make] = {
    "campaign": a_campaign,
    "exporter": an_exporter,
    "sender": a_sender,
}


@pytest.fixture(params=["campaign", "exporter", "sender"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["memory", "dynamodb"])
def things(request: pytest.FixtureRequest, kind: str) -> Things:
    missing = MISSING[kind]
    if request.param == "memory":
        return MemoryCollection(missing=missing)
    deployed: Deployed = request.getfixturevalue("deployed")
    return _on_dynamodb(deployed, request.getfixturevalue("dynamodb"), kind)


def _on_dynamodb(deployed: Deployed, client: Any, kind: str) -> Things:
    if kind == "campaign":
        table = deployed.settings.campaigns_table
        return DynamoCollection(
            client, table, kind="CAMPAIGN", of=Campaign, missing=CampaignNotFound
        )
    table = deployed.settings.workers_table
    if kind == "sender":
        return DynamoCollection(client, table, kind="SENDER", of=Sender, missing=SenderNotFound)
    return DynamoCollection(client, table, kind="EXPORTER", of=Exporter, missing=ExporterNotFound)


@pytest.fixture
def make(kind: str, company_id: str) -> Make:
    """One more thing of the kind, of the test's own company."""
    build = BUILDERS[kind]
    return lambda **but: build(**{"company_id": company_id, **but})


@pytest.fixture
def not_found(kind: str) -> type[Exception]:
    return MISSING[kind]


def test_it_comes_back_as_it_went_in(things: Things, make: Make) -> None:
    one = make(external_id="spring")
    assert things.add(one) == one
    assert things.get(one.company_id, one.id) == one
    assert things.find_external(one.company_id, "spring") == one


def test_every_field_of_a_campaign_comes_back(deployed: Deployed, dynamodb: Any) -> None:
    campaigns = _on_dynamodb(deployed, dynamodb, "campaign")
    full = a_campaign(
        name="Füll ✓",
        status=CampaignStatus.PAUSED,
        external_id=an_id(),
        query_parameters={"days": 3, "states": ["TX", None], "nested": {"a": 1.5, "b": True}},
        query_key=some_sftp().password,
        schedule="P P * * 1-5",
        exporter_id=an_id(),
        sftp=some_sftp(
            learned_host_key="ssh-ed25519 AAAA", name_template="{campaign}", split="timeZone"
        ),
        safety=Safety(
            zero_rows=Precaution.ALLOW,
            audience_change=AudienceChange(percent=20, of_runs=5),
            max_audience=10**9,
            max_without_phone_percent=0,
            query_change=Precaution.HOLD,
        ),
        approved_query_sha256="ab" * 32,
        deleted_at=None,
        updated_at=NOON + timedelta(microseconds=1),
    )
    campaigns.add(full)
    assert campaigns.get(full.company_id, full.id) == full


def test_every_field_of_an_exporter_comes_back(deployed: Deployed, dynamodb: Any) -> None:
    exporters = _on_dynamodb(deployed, dynamodb, "exporter")
    full = an_exporter(
        "person.id",
        criteria=Criteria(label=frozenset({"mobile", "home"}), status=frozenset({"active"})),
        rows=Rows.WIDE,
        max_phones=3,
        phone_order=("home",),
        format=FileFormat(delimiter="|", quote=Quote.ALL, header=False, eol="\n", null_text="-"),
    )
    exporters.add(full)
    assert exporters.get(full.company_id, full.id) == full


def test_what_was_never_added_is_not_found(
    things: Things, make: Make, not_found: type[Exception]
) -> None:
    with pytest.raises(not_found):
        things.get(make().company_id, an_id())
    assert things.find_external(make().company_id, "spring") is None


def test_another_company_does_not_see_it(
    things: Things, make: Make, not_found: type[Exception]
) -> None:
    one, other = things.add(make(external_id="spring")), make(company_id=an_id())
    with pytest.raises(not_found):
        things.get(other.company_id, one.id)
    assert things.find_external(other.company_id, "spring") is None
    assert things.list(other.company_id, Slice()).items == ()


def test_a_move_is_kept_under_the_next_version(things: Things, make: Make) -> None:
    one = things.add(make())
    moved = things.move(replace(one, name="Other words"))
    assert moved == replace(one, name="Other words", version=one.version + 1)
    assert things.get(one.company_id, one.id) == moved


def test_a_move_from_an_old_version_is_refused_and_changes_nothing(
    things: Things, make: Make
) -> None:
    one = things.add(make())
    moved = things.move(replace(one, name="First"))
    with pytest.raises(ChangedMeanwhile):
        things.move(replace(one, name="Second", external_id="second"))
    assert things.get(one.company_id, one.id) == moved
    assert things.find_external(one.company_id, "second") is None


def test_what_is_not_there_does_not_move(things: Things, make: Make) -> None:
    with pytest.raises(ChangedMeanwhile):
        things.move(make())


def test_an_external_id_belongs_to_one_thing(things: Things, make: Make) -> None:
    first, second = things.add(make(external_id="spring")), make(external_id="spring")
    with pytest.raises(ExternalIdTaken):
        things.add(second)
    assert things.find_external(first.company_id, "spring") == first
    assert things.list(first.company_id, Slice()).total == 1


def test_another_company_may_use_the_same_external_id(things: Things, make: Make) -> None:
    things.add(make(external_id="spring"))
    other = make(external_id="spring", company_id=an_id())
    assert things.add(other) == other


def test_taking_a_taken_external_id_by_a_move_is_refused(things: Things, make: Make) -> None:
    first, second = things.add(make(external_id="spring")), things.add(make(external_id="autumn"))
    with pytest.raises(ExternalIdTaken):
        things.move(replace(second, external_id="spring"))
    assert things.find_external(first.company_id, "spring") == first
    assert things.find_external(first.company_id, "autumn") == second


def test_a_move_frees_the_external_id_it_gives_up(things: Things, make: Make) -> None:
    one = things.add(make(external_id="spring"))
    renamed = things.move(replace(one, external_id="summer"))
    assert things.find_external(one.company_id, "spring") is None
    assert things.find_external(one.company_id, "summer") == renamed
    cleared = things.move(replace(renamed, external_id=None))
    assert things.find_external(one.company_id, "summer") is None
    assert things.add(make(external_id="summer")).external_id == "summer"
    assert things.get(one.company_id, one.id) == cleared


def test_a_move_keeps_its_own_external_id(things: Things, make: Make) -> None:
    one = things.add(make(external_id="spring"))
    moved = things.move(replace(one, name="Other words"))
    assert things.find_external(one.company_id, "spring") == moved


def test_a_deleted_thing_is_found_no_more_and_its_external_id_is_free(
    things: Things, make: Make, not_found: type[Exception]
) -> None:
    one = things.add(make(external_id="spring"))
    things.move(one.deleted(NOON))
    with pytest.raises(not_found):
        things.get(one.company_id, one.id)
    assert things.find_external(one.company_id, "spring") is None
    heir = things.add(make(external_id="spring"))
    assert things.find_external(one.company_id, "spring") == heir


def test_moving_a_deleted_thing_again_leaves_its_heir_alone(things: Things, make: Make) -> None:
    one = things.add(make(external_id="spring"))
    gone = things.move(one.deleted(NOON))
    heir = things.add(make(external_id="spring"))
    things.move(replace(gone, name="Still gone"))
    assert things.find_external(one.company_id, "spring") == heir
    assert things.list(one.company_id, Slice()).total == 1


def test_a_deleted_thing_is_listed_only_when_asked_for(things: Things, make: Make) -> None:
    kept, gone = things.add(make()), things.add(make())
    gone = things.move(gone.deleted(NOON))
    page = things.list(kept.company_id, Slice())
    assert (page.items, page.total) == ((kept,), 1)
    page = things.list(kept.company_id, Slice(include_deleted=True))
    assert (page.items, page.total) == ((gone, kept), 2)


def test_the_list_of_nobody_is_an_empty_page(things: Things, company_id: str) -> None:
    page = things.list(company_id, Slice())
    assert (page.items, page.total, page.has_next, page.has_previous) == ((), 0, False, False)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    deleted=st.lists(st.booleans(), max_size=9),
    limit=st.integers(1, 4),
    with_deleted=st.booleans(),
)
def test_pages_agree_with_a_list_that_is_simply_cut(
    things: Things, make: Make, deleted: list[bool], limit: int, with_deleted: bool
) -> None:
    company = an_id()
    kept = [things.add(make(company_id=company)) for _ in deleted]
    everything = [
        things.move(one.deleted(NOON)) if is_deleted else one
        for one, is_deleted in zip(kept, deleted, strict=True)
    ][::-1]
    model = [one for one in everything if with_deleted or not one.deleted_at]

    def check(ask: Slice, start: int, end: int) -> None:
        page = things.list(company, ask)
        start, end = max(start, 0), min(end, len(model))
        assert page.items == tuple(model[start:end])
        assert page.total == len(model)
        assert page.has_next == (start < end < len(model))
        assert page.has_previous == (0 < start < end)

    check(Slice(limit, include_deleted=with_deleted), 0, limit)
    for cursor in everything:
        newer = [one for one in model if one.id > cursor.id]
        older = [one for one in model if one.id < cursor.id]
        after = Slice(limit, starting_after=cursor.id, include_deleted=with_deleted)
        place = len(model) - len(older)
        check(after, place, place + limit)
        before = replace(after, ending_before=cursor.id)
        check(before, len(newer) - limit, len(newer))


def test_of_many_adds_at_once_one_gets_the_external_id(
    deployed: Deployed, dynamodb: Any, kind: str, make: Make
) -> None:
    things = _on_dynamodb(deployed, dynamodb, kind)
    rivals = [make(external_id="spring") for _ in range(16)]

    def added(one: Any) -> bool:
        try:
            return bool(things.add(one))
        except ExternalIdTaken:
            return False

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(added, rivals))
    [winner] = [one for one, won in zip(rivals, outcomes, strict=True) if won]
    assert things.find_external(winner.company_id, "spring") == winner
    page = things.list(winner.company_id, Slice())
    assert (page.items, page.total) == ((winner,), 1)


def test_of_many_moves_at_once_one_is_kept(
    deployed: Deployed, dynamodb: Any, kind: str, make: Make
) -> None:
    things = _on_dynamodb(deployed, dynamodb, kind)
    one = things.add(make())

    def moved(number: int) -> str | None:
        try:
            return str(things.move(replace(one, name=f"Number {number}")).name)
        except ChangedMeanwhile:
            return None

    with ThreadPoolExecutor(8) as pool:
        [name] = filter(None, pool.map(moved, range(8)))
    kept = things.get(one.company_id, one.id)
    assert (kept.name, kept.version) == (name, one.version + 1)


def test_many_different_adds_at_once_are_all_counted(
    deployed: Deployed, dynamodb: Any, kind: str, make: Make
) -> None:
    things = _on_dynamodb(deployed, dynamodb, kind)
    many = [make() for _ in range(24)]
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(things.add, many))
    page = things.list(many[0].company_id, Slice(limit=100))
    assert page.total == 24
    assert list(page.items) == sorted(many, key=lambda one: str(one.id), reverse=True)
