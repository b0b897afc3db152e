from campaigns.domain.campaign import Campaign
from campaigns.domain.collection_campaign import CollectionCampaign
from campaigns.domain.run import Run


def step_in_role(campaign: CollectionCampaign, run: Run) -> Campaign:
    """The step that a run takes, as those who restart runs know campaigns.

    Raises CampaignStopped, StepNotFound.
    """
    campaign.check_active()
    return campaign.exporting(campaign.step(run.step_id or ""))
