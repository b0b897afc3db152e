"""POST /companies/{companyId}/campaigns/{campaignId}/preview: what a campaign would do now."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.borrower import Item, endpoint
from campaigns.edge.borrower.params import Id
from campaigns.edge.borrower.schemas.preview import PreviewIn, PreviewOut
from campaigns.pipeline.preview import SECONDS, preview
from campaigns.pipeline.tools import Tools
from campaigns.pipeline.writing import Writing
from campaigns.usecases.find_by_any_id import find_campaign

ROUTE = "POST /companies/{companyId}/campaigns/{campaignId}/preview"


@endpoint(ROUTE, scope="runs:preview", wiring=wiring, remembered=False)
def handler(campaign_id: Id, caller: Caller, body: PreviewIn | None = None) -> Item[PreviewOut]:
    time, access = wiring.time_budget(SECONDS), wiring.access()
    campaign = find_campaign(caller.company_id, campaign_id, campaigns=wiring.campaigns())
    override = None if body is None else body.query_results_override
    known = (wiring.senders(), wiring.templates(), wiring.renderer(), wiring.notices())
    with wiring.scratch() as scratch:
        tools = Tools(
            access=access,
            campaigns=wiring.campaigns(),
            exporters=wiring.exporters(),
            runs=scratch.runs,
            people=wiring.people(),
            ledger=wiring.contact_ledger(),
            files=scratch.files,
            secrets=wiring.secrets(),
            queries=wiring.queries_within(time),
            open_channel=scratch.open_channel,
            events=scratch,
            allow_http=wiring.allow_http(),
            now=wiring.now,
            writing=Writing(access, *known),
        )
        seen = preview(campaign, override, tools, time, history=wiring.runs())
        return Item(data=PreviewOut.of(seen))
