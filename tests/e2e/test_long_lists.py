"""A list that is too long for one function is resolved in parts, and nobody can tell."""

import csv
import io
from typing import Any

import pytest

from campaigns.domain.run import RunRef
from campaigns.pipeline.resolve import resolve
from local.stack import QUERY_KEY, Stack
from tests.e2e.lending import BORROWERS, Lending, adds_up, to_sftp

COLUMNS = {"person.externalId": "id", "contact.phone": "phone", "query.place": "place"}


@pytest.fixture
def listing(lending: Lending, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Lending:
    lending.load_people(stack.lender_database, tmp_path_factory.mktemp("people"))
    return lending


def campaign_of(listing: Lending, stack: Stack, rows: int) -> str:
    assert stack.queries is not None
    assert stack.sftp is not None
    return listing.campaign(
        redashQueryUrl=stack.queries.query_url("long", rows=str(rows)),
        redashApiKey=QUERY_KEY,
        contactExporterId=listing.exporter(COLUMNS),
        **to_sftp(stack.sftp),
    )


def test_a_list_of_more_rows_than_a_part_takes_keeps_its_order(
    listing: Lending, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.pipeline.screen._LEAST_CHUNK", 2_000)
    campaign = campaign_of(listing, stack, 2_100)
    run = listing.run(campaign)
    assert (run["status"], run["counts"]["rowsIn"]) == ("completed", 2_100)
    assert adds_up(run)
    assert "export: putting 2 parts together" in listing.log(run)
    contacts = listing.file(run, "contacts_output.csv")
    places = [int(row["place"]) for row in csv.DictReader(io.StringIO(contacts.decode()))]
    assert places == sorted(set(places))
    assert len(places) == run["counts"]["lines"] > 2_100 // BORROWERS * 100
    [receipt] = (one for one in run["deliveries"] if one["kind"] == "contacts")
    assert (stack.data / "sftp" / "inbox" / receipt["file"]).read_bytes() == contacts


def test_the_files_are_the_same_in_however_many_parts_they_were_made(
    listing: Lending, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = campaign_of(listing, stack, 4_100)
    one = listing.run(campaign)
    monkeypatch.setattr("campaigns.pipeline.screen._LEAST_CHUNK", 2_000)
    three = listing.run(campaign)
    assert "export: putting 1 parts together" in listing.log(one)
    assert "export: putting 3 parts together" in listing.log(three)
    assert three["counts"] == one["counts"]
    for name in ("contacts_output.csv", "decisions.csv", "rejects.csv"):
        assert listing.file(three, name) == listing.file(one, name)


def test_a_part_that_fails_at_first_is_tried_again(
    listing: Lending, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stumbled: list[int] = []

    def stumble(ref: RunRef, chunk: dict[str, int], **tools: Any) -> Any:
        if chunk["index"] == 1 and not stumbled:
            stumbled.append(1)
            raise OSError("out of sockets")
        return resolve(ref, chunk, **tools)

    monkeypatch.setattr("campaigns.pipeline.screen._LEAST_CHUNK", 2_000)
    monkeypatch.setattr("functions.runs.resolve_chunk.resolve", stumble)
    run = listing.run(campaign_of(listing, stack, 2_100))
    assert (run["status"], stumbled) == ("completed", [1])
    assert adds_up(run)


def test_a_part_that_always_fails_ends_the_run_before_anything_is_delivered(
    listing: Lending, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise OSError("/secret/path is full")

    monkeypatch.setattr("campaigns.pipeline.screen._LEAST_CHUNK", 2_000)
    monkeypatch.setattr("functions.runs.resolve_chunk.resolve", stumble)
    run = listing.run(campaign_of(listing, stack, 2_100))
    assert (run["status"], run["deliveries"]) == ("failed", [])
    assert "a part of the list" in run["errorMessage"]
    assert "secret" not in str(run) + " ".join(listing.log(run))
    assert "contacts_output.csv" not in run["availableFiles"]
