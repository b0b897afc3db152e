"""Found by its shown id, by its UUID, or by `ext-` and its external id."""

from typing import Protocol, TypeVar

from campaigns.domain.agency_campaign import AgencyCampaign
from campaigns.domain.campaign import Campaign
from campaigns.domain.collection_campaign import CollectionCampaign
from campaigns.domain.errors import NotFound
from campaigns.domain.exporter import Exporter
from campaigns.domain.public_id import CAMPAIGN, EXPORTER, RUN, SENDER, read
from campaigns.domain.run import Run
from campaigns.domain.sender import Sender
from campaigns.ports import (
    AgencyCampaignStore,
    CampaignStore,
    Collection,
    CollectionCampaignStore,
    ExporterStore,
    RunStore,
    SenderStore,
)

T = TypeVar("T")
EXTERNAL = "ext-"
LONGEST_EXTERNAL = 50


class HasRuns(Protocol):
    """A campaign of any kind."""

    @property
    def id(self) -> str: ...
    @property
    def company_id(self) -> str: ...


class NoSuchObject(NotFound):
    """In the words of the text that was asked for."""

    code = "no_such_object"

    def __init__(self, what: str, text: str) -> None:
        super().__init__(f"{what} {text} does not exist")


def find_campaign(company_id: str, text: str, *, campaigns: CampaignStore) -> Campaign:
    """Raises NoSuchObject."""
    return _find(company_id, CAMPAIGN, text, campaigns, "campaign")


def find_campaign_of_runs(company_id: str, text: str, *, campaigns: CampaignStore) -> Campaign:
    """Also one that was deleted: what its runs did can still be asked. Raises NoSuchObject."""
    id = read(CAMPAIGN, text)
    kept = None if id is None else campaigns.find(company_id, id)
    return kept or find_campaign(company_id, text, campaigns=campaigns)


def find_collection(
    company_id: str, text: str, *, campaigns: CollectionCampaignStore
) -> CollectionCampaign:
    """Raises NoSuchObject."""
    return _find(company_id, CAMPAIGN, text, campaigns, "campaign")


def find_steered(
    company_id: str,
    text: str,
    *,
    collections: CollectionCampaignStore,
    agency: AgencyCampaignStore,
) -> CollectionCampaign | AgencyCampaign:
    """A campaign that is steered from outside: a collection campaign, or one of an agency.

    Raises NoSuchObject.
    """
    try:
        return find_collection(company_id, text, campaigns=collections)
    except NoSuchObject:
        # The name of an agency's campaign is no external id.
        if text.startswith(EXTERNAL):
            raise
        return _find(company_id, CAMPAIGN, text, agency, "campaign")


def find_exporter(company_id: str, text: str, *, exporters: ExporterStore) -> Exporter:
    """Raises NoSuchObject."""
    return _find(company_id, EXPORTER, text, exporters, "contact exporter")


def find_sender(company_id: str, text: str, *, senders: SenderStore) -> Sender:
    """Raises NoSuchObject."""
    return _find(company_id, SENDER, text, senders, "bulk sender")


def find_run(campaign: HasRuns, text: str, *, runs: RunStore) -> Run:
    """Raises NoSuchObject."""
    id = read(RUN, text)
    try:
        if id is not None:
            return runs.get(campaign.company_id, campaign.id, id)
    except NotFound:
        pass
    raise NoSuchObject("run", text)


def find_run_of_any_campaign(
    company_id: str,
    campaign: str,
    run: str,
    *,
    campaigns: CampaignStore,
    collections: CollectionCampaignStore,
    agency: AgencyCampaignStore,
    runs: RunStore,
) -> Run:
    """Of a borrower campaign, also a deleted one, a collection campaign, or one of an agency.

    Raises NoSuchObject.
    """
    found: HasRuns
    try:
        found = find_campaign_of_runs(company_id, campaign, campaigns=campaigns)
    except NoSuchObject:
        found = find_steered(company_id, campaign, collections=collections, agency=agency)
    return find_run(found, run, runs=runs)


def find_named(company_id: str, text: str, among: Collection[T]) -> T | None:
    """By `ext-` and an external id. What cannot be one is not even asked for."""
    name = text.removeprefix(EXTERNAL)
    return among.find_external(company_id, name) if 0 < len(name) <= LONGEST_EXTERNAL else None


def _find(company_id: str, kind: str, text: str, among: Collection[T], what: str) -> T:
    found: T | None = None
    try:
        if text.startswith(EXTERNAL):
            found = find_named(company_id, text, among)
        elif (id := read(kind, text)) is not None:
            found = among.get(company_id, id)
    except NotFound:
        pass
    if found is None:
        raise NoSuchObject(what, text)
    return found
