"""The promises of agencies' campaigns and of what agencies report, in memory and on DynamoDB."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time

import pytest

from campaigns.adapters.dynamodb.collection import DynamoCollection
from campaigns.adapters.dynamodb.reported_sends import DynamoReportedSends
from campaigns.adapters.dynamodb.scheduled import DynamoScheduledCampaigns, stands_in_index
from campaigns.adapters.memory import MemoryCollection
from campaigns.adapters.memory_messages import MemoryReportedSends
from campaigns.domain.agency_campaign import AgencyCampaign, AgencyCampaignNotFound, AgencyStatus
from campaigns.domain.agency_schedule import AgencySchedule
from campaigns.domain.campaign import CampaignKind, ExternalIdTaken
from campaigns.domain.reported_send import ReportedSend, SendCounts
from campaigns.domain.sending import CardParameters, Parameters
from campaigns.ports import AgencyCampaignStore, ReportedSendStore
from tests.builders import NOON, an_agency_campaign, an_id
from tests.contract.conftest import Deployed

WEEKLY = AgencySchedule.weekly("2026-03-05 10:00", {"monday": [time(10)], "sunday": [time(9, 30)]})


@pytest.fixture
def on_dynamodb(deployed: Deployed, request: pytest.FixtureRequest) -> AgencyCampaignStore:
    return DynamoCollection(
        request.getfixturevalue("dynamodb"),
        deployed.settings.campaigns_table,
        kind="AGENCY",
        of=AgencyCampaign,
        missing=AgencyCampaignNotFound,
        index=stands_in_index,
    )


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> AgencyCampaignStore:
    if request.param == "memory":
        return MemoryCollection[AgencyCampaign](missing=AgencyCampaignNotFound)
    found: AgencyCampaignStore = request.getfixturevalue("on_dynamodb")
    return found


@pytest.fixture(params=["memory", "dynamodb"])
def sends(request: pytest.FixtureRequest) -> ReportedSendStore:
    if request.param == "memory":
        return MemoryReportedSends()
    deployed: Deployed = request.getfixturevalue("deployed")
    table = deployed.settings.workers_table
    return DynamoReportedSends(request.getfixturevalue("dynamodb"), table)


@pytest.mark.parametrize("timing", [WEEKLY, AgencySchedule.once("2026-03-05T10:00Z")])
def test_every_field_comes_back(
    store: AgencyCampaignStore, company_id: str, timing: AgencySchedule
) -> None:
    parameters = Parameters(
        image_url="https://images.example.com/a.png",
        header=("Spring",),
        body=("{{customer.first_name}}", "10 %"),
        cards=(CardParameters(image_url="https://images.example.com/b.png", body=("1",)),),
    )
    whole = an_agency_campaign(
        timing, company_id=company_id, parameters=parameters, started_at=NOON, ended_at=NOON
    )
    store.add(whole)
    assert store.get(company_id, whole.id) == whole
    assert list(store.every(company_id)) == [whole]


def test_a_name_is_taken_however_it_is_capitalised(
    store: AgencyCampaignStore, company_id: str
) -> None:
    store.add(an_agency_campaign(company_id=company_id, name="Straße"))
    with pytest.raises(ExternalIdTaken):
        store.add(an_agency_campaign(company_id=company_id, name=" STRASSE "))
    store.add(an_agency_campaign(company_id=company_id, name="Strasse 2"))


def test_of_many_of_one_name_one_is_kept(on_dynamodb: AgencyCampaignStore, company_id: str) -> None:
    def add(_: int) -> bool:
        try:
            on_dynamodb.add(an_agency_campaign(company_id=company_id))
        except ExternalIdTaken:
            return False
        return True

    with ThreadPoolExecutor(8) as many:
        assert sum(many.map(add, range(8))) == 1
    assert len(list(on_dynamodb.every(company_id))) == 1


def test_what_is_to_run_is_found_by_its_schedule(
    on_dynamodb: AgencyCampaignStore,
    deployed: Deployed,
    request: pytest.FixtureRequest,
    company_id: str,
) -> None:
    table = deployed.settings.campaigns_table
    scheduled = DynamoScheduledCampaigns(request.getfixturevalue("dynamodb"), table)
    made = on_dynamodb.add(an_agency_campaign(WEEKLY, company_id=company_id))
    [found] = scheduled.of_company(company_id)
    assert (found.campaign_id, found.kind, found.since) == (made.id, CampaignKind.AGENCY, NOON)
    assert found.timing == WEEKLY
    on_dynamodb.move(made.moved(AgencyStatus.PAUSED, at=NOON, zone="UTC"))
    assert list(scheduled.of_company(company_id)) == []


def test_what_was_reported_counts_once(sends: ReportedSendStore, company_id: str) -> None:
    template, other = an_id(), an_id()

    def told(wam_id: str | None, of: str = template) -> bool:
        phone = "+15125550123"
        made = ReportedSend.of(company_id, of, phone, wam_id, new_id=an_id(), at=NOON)
        return sends.add(replace(made))

    assert sends.counts(company_id, template) == SendCounts()
    assert [told("a"), told("a"), told("b"), told(None), told(None)] == [True, False] + [True] * 3
    assert told("c", other)
    assert sends.counts(company_id, template) == SendCounts(sent=2, failed=2)
    assert sends.counts(company_id, other) == SendCounts(sent=1)
