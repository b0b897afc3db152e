"""What an agency has before it makes campaigns, and how it asks for them."""

from dataclasses import replace
from typing import Any

from campaigns import wiring
from campaigns.domain.agency_campaign import AgencyCampaign
from campaigns.domain.agency_schedule import AgencySchedule
from campaigns.domain.channel import Channel
from campaigns.domain.template import Content, Template
from tests.builders import an_agency_campaign
from tests.integration.events import sample_body
from tests.integration.lender import Answer, Lender

CREATE = "agency/create_campaign"
CONTENT = Content(header=("season",), body=("name", "discount"))
LATER = "2099-03-05 10:00"


def a_spring_offer(lender: Lender, content: Content = CONTENT, **but: Any) -> Template:
    """The template of the sample, and the group that it goes to."""
    lender.group(name="Everybody")
    named = {"channel": Channel.WHATSAPP, "subject": None, "template_name": "spring_offer"}
    return lender.template(content, **{**named, **but})


def create(lender: Lender, **but: Any) -> Answer:
    """The sample, to come once and long from now unless it is said otherwise."""
    once = {"schedule_type": "once", "schedule": LATER}
    return lender.call(CREATE, body={**sample_body(CREATE), **once, **but})


def said(answer: Answer, status: int) -> str:
    assert answer.status == status, answer.body
    assert answer.body.keys() == {"success", "message"}
    assert answer.body["success"] is False
    return str(answer.body["message"])


def kept(lender: Lender, id: str) -> AgencyCampaign:
    return wiring.agency_campaigns().get(lender.id, id)


def a_campaign_of(lender: Lender, name: str, timing: str = LATER, **but: Any) -> AgencyCampaign:
    made = an_agency_campaign(AgencySchedule.once(timing), company_id=lender.id)
    return wiring.agency_campaigns().add(replace(made, name=name, **but))
