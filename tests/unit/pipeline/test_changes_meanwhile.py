"""Somebody edits the campaign or its exporter while a run is under way."""

from dataclasses import replace

from campaigns.domain.exporter import Column
from campaigns.domain.run import RunStatus
from tests.builders import a_customer, an_exporter
from tests.unit.pipeline.world import World


def a_world() -> World:
    return World(
        [{"borrowerId": 1}],
        exporter=an_exporter("person.externalId", "contact.phone"),
        people=[a_customer("1")],
    )


def test_a_file_has_the_columns_that_its_exporter_had_when_the_run_began() -> None:
    world = a_world()

    def edit() -> None:
        columns = (Column(output_name="other", field="person.lastName"),)
        now = world.exporters.get(world.exporter.company_id, world.exporter.id)
        world.exporters.move(replace(now, columns=columns))

    world.queries.at_poll = edit
    run = world.execute()
    assert run.status is RunStatus.COMPLETED
    header, line = world.content("contacts_output.csv").decode().splitlines()
    assert header == "person.externalId,contact.phone"
    assert line == "1,+15125550123"


def test_a_result_is_not_fetched_from_another_place_than_it_was_asked_at() -> None:
    world = a_world()

    def edit() -> None:
        moved = replace(world.campaign, query_url="https://other.example.com/queries/42")
        world.campaigns.move(moved)

    world.queries.at_poll = edit
    run = world.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "query_changed")
    assert [verb for verb, _ in world.queries.asked] == ["submit", "poll"]
