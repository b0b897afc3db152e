from datetime import datetime

from campaigns.domain.delivery import Probe
from campaigns.domain.destination import destination_of
from campaigns.domain.errors import NotFound
from campaigns.domain.events import flight_check_failed
from campaigns.domain.schedule import PeachyCrontab, Purpose, instant_on, local_date_of
from campaigns.ports import Access, CampaignStore, Events, OpenChannel, Secrets

CHECK_SECONDS = 40.0


def check_flight(
    company_id: str,
    campaign_id: str,
    scheduled_for: datetime,
    *,
    access: Access,
    campaigns: CampaignStore,
    secrets: Secrets,
    open_channel: OpenChannel,
    events: Events,
) -> Probe | None:
    """Whether the server can be used that the run of this local date will deliver to.

    Nothing is written there: a receiver may take in whatever appears. A failure is told as an
    event. None when nothing will run. Raises EventsUnavailable.
    """
    try:
        company = access.company(company_id)
        campaign = campaigns.get(company_id, campaign_id)
    except NotFound:
        return None
    if campaign.schedule is None or Purpose.FLIGHT_CHECK not in campaign.rings_for:
        return None
    day = local_date_of(scheduled_for, company.zone)
    if not PeachyCrontab.parse(campaign.schedule).matches(day):
        return None
    channel = open_channel(destination_of(campaign, secrets.open))
    probe = channel.probe(writing=False, within=CHECK_SECONDS)
    if probe.failed is not None:
        due_at = instant_on(day, campaign.id, company.run_window, company.zone)
        events.publish(flight_check_failed(campaign, due_at, probe.failed))
    return probe
