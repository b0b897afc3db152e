"""POST /companies/{companyId}/campaigns/{campaignId}/sftp/test: try a campaign's SFTP server."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Item, endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.sftp import ProbeOut
from campaigns.usecases.find_by_any_id import find_campaign
from campaigns.usecases.probe_destination import probe_campaign


@endpoint(
    "POST /companies/{companyId}/campaigns/{campaignId}/sftp/test",
    scope="campaigns:write",
    wiring=wiring,
)
def handler(campaign_id: Id, caller: Caller) -> Item[ProbeOut]:
    tried = probe_campaign(
        find_campaign(caller.company_id, campaign_id, campaigns=wiring.campaigns()),
        campaigns=wiring.campaigns(),
        secrets=wiring.secrets(),
        open_channel=wiring.open_channel,
    )
    return Item(data=ProbeOut.of(tried.probe, learned=tried.learned))
