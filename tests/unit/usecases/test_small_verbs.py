"""The smaller verbs: exporters, finding by any id, single people, links to a run's files."""

import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from campaigns.adapters.memory import (
    MemoryCollection,
    MemoryPeople,
    MemoryRunFiles,
    MemoryRunStore,
)
from campaigns.domain import public_id
from campaigns.domain.account import AccountNotFound
from campaigns.domain.campaign import Campaign, CampaignNotFound, ChangedMeanwhile
from campaigns.domain.customer import CustomerNotFound
from campaigns.domain.errors import Invalid, NotFound
from campaigns.domain.exporter import Column, Exporter, ExporterNotFound
from campaigns.domain.row_values import RowRefused
from campaigns.domain.run import Run, RunFileNotFound
from campaigns.usecases.create_exporter import create_exporter
from campaigns.usecases.find_by_any_id import NoSuchObject, find_campaign, find_exporter, find_run
from campaigns.usecases.link_run_files import link_run_files
from campaigns.usecases.update_exporter import update_exporter
from campaigns.usecases.upsert_person import (
    find_account,
    find_customer,
    upsert_account,
    upsert_customer,
)
from tests.builders import (
    COMPANY,
    NOON,
    OTHER_COMPANY,
    a_campaign,
    a_run,
    an_exporter,
    an_id,
    columns,
)

# Exporters


@pytest.fixture
def exporters() -> MemoryCollection[Exporter]:
    return MemoryCollection(missing=ExporterNotFound)


def test_an_exporter_is_kept(exporters: MemoryCollection[Exporter]) -> None:
    fields = {"name": "List", "columns": columns("person.id"), "external_id": "list"}
    made = create_exporter(COMPANY, fields, exporters=exporters, new_id=an_id, now=lambda: NOON)
    assert exporters.get(COMPANY, made.id) == made
    changed = update_exporter(made, {"name": "Other"}, exporters=exporters, now=lambda: NOON)
    assert (changed.name, changed.columns) == ("Other", made.columns)
    with pytest.raises(ChangedMeanwhile):
        update_exporter(made, {"name": "Third"}, exporters=exporters, now=lambda: NOON)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"columns": ()}, "columnSettings"),
        ({"columns": (*columns("person.id"), Column(output_name="x"))}, "columnSettings.1"),
        ({"columns": (Column(output_name="x", field="person.id", const=""),)}, "columnSettings.0"),
        ({"columns": columns("person.id", "person.ssn")}, "columnSettings.1.field"),
        (
            {"columns": (Column(output_name="x", const="1", mask=True),)},
            "columnSettings.0.mask",
        ),
        ({"columns": columns("person.id"), "external_id": "ext-a"}, "externalId"),
    ],
)
def test_a_refused_exporter_names_its_field(
    exporters: MemoryCollection[Exporter], fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        create_exporter(COMPANY, fields, exporters=exporters, new_id=an_id, now=lambda: NOON)
    assert refused.value.field == field


# Finding


def test_a_thing_is_found_by_its_shown_id_its_uuid_and_its_external_id(
    exporters: MemoryCollection[Exporter],
) -> None:
    campaigns: MemoryCollection[Campaign] = MemoryCollection(missing=CampaignNotFound)
    campaign = campaigns.add(a_campaign(external_id="spring"))
    exporter = exporters.add(an_exporter(external_id="spring"))
    for text in (public_id.show("CM", campaign.id), campaign.id, "ext-spring"):
        assert find_campaign(COMPANY, text, campaigns=campaigns) == campaign
    for text in (public_id.show("CE", exporter.id), exporter.id, "ext-spring"):
        assert find_exporter(COMPANY, text, exporters=exporters) == exporter


@pytest.mark.parametrize("text", ["", "7", "spring", "ext-", "ext-autumn", "CM-1", an_id(77)])
def test_what_does_not_exist_is_told_in_the_words_it_was_asked_for(text: str) -> None:
    campaigns: MemoryCollection[Campaign] = MemoryCollection(missing=CampaignNotFound)
    campaign = campaigns.add(a_campaign(external_id="spring"))
    with pytest.raises(NoSuchObject, match=f"campaign {text} does not exist"):
        find_campaign(COMPANY, text, campaigns=campaigns)
    for elsewhere in (public_id.show("CE", campaign.id), "ext-spring", campaign.id):
        company = COMPANY if elsewhere.startswith("CE") else OTHER_COMPANY
        with pytest.raises(NoSuchObject):
            find_campaign(company, elsewhere, campaigns=campaigns)


def test_a_run_is_found_at_its_own_campaign() -> None:
    runs, campaign = MemoryRunStore(), a_campaign()
    run = runs.open(a_run(campaign_id=campaign.id))
    for text in (public_id.show("RN", run.id), run.id):
        assert find_run(campaign, text, runs=runs) == run
        with pytest.raises(NoSuchObject):
            find_run(a_campaign(), text, runs=runs)
    with pytest.raises(NoSuchObject):
        find_run(campaign, "ext-run", runs=runs)


# Single people


def test_a_person_is_set_field_by_field() -> None:
    people = MemoryPeople()
    upsert_customer(
        COMPANY,
        "7",
        {"firstName": "Ada", "phoneMobile": "5125550123"},
        people=people,
        now=lambda: NOON,
    )
    made = upsert_customer(COMPANY, "7", {"lastName": "Osei"}, people=people, now=lambda: NOON)
    assert (made.first_name, made.last_name, len(made.contacts)) == ("Ada", "Osei", 1)
    assert find_customer(COMPANY, "7", people=people) == made
    debt = upsert_account(COMPANY, "9", {"customerExternalId": "7"}, people=people)
    assert debt.customer_id == made.id
    assert find_account(COMPANY, "9", people=people) == debt
    with pytest.raises(RowRefused):
        upsert_customer(COMPANY, "7", {"timeZone": "Mars"}, people=people, now=lambda: NOON)


def test_people_who_do_not_exist_are_not_found() -> None:
    with pytest.raises(CustomerNotFound):
        find_customer(COMPANY, "7", people=MemoryPeople())
    with pytest.raises(AccountNotFound):
        find_account(COMPANY, "7", people=MemoryPeople())


# Files of a run


@pytest.fixture
def files() -> MemoryRunFiles:
    return MemoryRunFiles()


@pytest.fixture
def run(files: MemoryRunFiles) -> Run:
    run = a_run()
    for name in ("log.txt", "contacts_output.csv", "work/parts"):
        with files.write(run.ref, name) as file:
            file.write(name.encode() * 1000)
        run = run.holding(file.facts)
    return run


def test_one_file_is_linked_for_five_minutes(files: MemoryRunFiles, run: Run) -> None:
    link = link_run_files(run, "log.txt", files=files)
    assert link == f"memory:{run.id}/log.txt?seconds=300"


@pytest.mark.parametrize("name", ["receipt.json", "work/parts", "../other", ""])
def test_a_file_that_the_run_does_not_have_is_not_found(
    files: MemoryRunFiles, run: Run, name: str
) -> None:
    with pytest.raises(RunFileNotFound):
        link_run_files(run, name, files=files)


def packed(files: MemoryRunFiles, run: Run, link: str) -> dict[str, bytes]:
    name = link.partition("/")[2].partition("?")[0]
    with files.read(run.ref, name) as stream, zipfile.ZipFile(io.BytesIO(stream.read())) as pack:
        assert pack.testzip() is None
        return {one: pack.read(one) for one in pack.namelist()}


def test_all_files_come_in_one_zip(files: MemoryRunFiles, run: Run) -> None:
    link = link_run_files(run, None, files=files)
    assert packed(files, run, link) == {
        name: name.encode() * 1000 for name in ("contacts_output.csv", "log.txt")
    }


def test_a_run_without_files_is_an_empty_zip(files: MemoryRunFiles) -> None:
    run = a_run()
    assert packed(files, run, link_run_files(run, None, files=files)) == {}


def test_a_zip_is_made_once_for_each_version_of_the_run(files: MemoryRunFiles, run: Run) -> None:
    link = link_run_files(run, None, files=files)
    kept = dict(files.kept)
    assert link_run_files(run, None, files=files) == link
    assert files.kept == kept
    assert link_run_files(replace(run, version=9), None, files=files) != link


def test_a_zip_that_breaks_off_never_appears(files: MemoryRunFiles, run: Run) -> None:
    files.remove(run.ref, ["log.txt"])
    with pytest.raises(NotFound):
        link_run_files(run, None, files=files)
    assert not any(name.endswith(".zip") for _, name in files.kept)
