from campaigns.domain.agency_campaign import AgencyCampaign
from campaigns.domain.campaign import Campaign
from campaigns.domain.collection_campaign import CollectionCampaign
from campaigns.domain.run import Run


def step_in_role(campaign: CollectionCampaign | AgencyCampaign, run: Run) -> Campaign:
    """The step that a run takes, or an agency's campaign, as those who restart runs know campaigns.

    Raises CampaignStopped, StepNotFound.
    """
    if isinstance(campaign, AgencyCampaign):
        return campaign.in_role()
    campaign.check_active()
    return campaign.exporting(campaign.step(run.step_id or ""))
