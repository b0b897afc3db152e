"""What a client may set of a collection campaign, checked before anything is written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from campaigns.domain.campaign import CampaignNotFound
from campaigns.domain.collection_campaign import (
    DAILY,
    ChainClosesCircle,
    CollectionCampaign,
    Condition,
    Step,
)
from campaigns.domain.errors import Invalid
from campaigns.domain.schedule import PeachyCrontab
from campaigns.domain.template import TemplateNotFound
from campaigns.ports import CollectionCampaignStore, NewId, TemplateStore
from campaigns.usecases.campaign_changes import (
    Checks,
    FieldRefused,
    check_external_id,
)
from campaigns.usecases.campaign_changes import changed as changed_campaign

_PLAIN = ("name", "description", "max_calls", "expires_after_days", "starts_on")
_LONGEST_CHAIN = 1000


def changed(
    campaign: CollectionCampaign,
    changes: Mapping[str, Any],
    *,
    checks: Checks,
    new_id: NewId,
) -> CollectionCampaign:
    """With these fields set; `None` clears. The successor is not looked at. Raises Invalid."""
    plain = {name: changes[name] for name in _PLAIN if name in changes}
    campaign = replace(campaign, **plain)
    if "external_id" in changes:
        campaign = replace(campaign, external_id=check_external_id(changes["external_id"]))
    if "schedule" in changes:
        text = changes["schedule"]
        schedule = DAILY if text is None else PeachyCrontab.parse(text).text
        campaign = replace(campaign, schedule=schedule)
    if "steps" in changes:
        known = {step.id: step for step in campaign.steps}
        steps = [
            _step(campaign, place, one, known, checks, new_id)
            for place, one in enumerate(changes["steps"] or ())
        ]
        campaign = campaign.with_steps(steps)
    return campaign


def _step(
    campaign: CollectionCampaign,
    place: int,
    sent: Mapping[str, Any],
    known: Mapping[str, Step],
    checks: Checks,
    new_id: NewId,
) -> Step:
    """A step as it was sent, whole; of its destination, what is not sent stays as it was."""
    id = sent.get("id")
    if id is not None and id not in known:
        raise FieldRefused("names no step of this campaign", field=f"steps.{place}.id")
    was = Step(id=new_id()) if id is None else known[id]
    step = Step(
        id=was.id,
        wait_days=sent.get("wait_days") or 0,
        condition=Condition(**(sent.get("condition") or {})),
        channel=sent.get("channel"),
        template_id=sent.get("template_id"),
        sftp=was.sftp,
    )
    exporting = campaign.exporting(step)
    fields = {name: sent.get(name) for name in ("contact_exporter_id", "safety")}
    if "sftp_settings" in sent:
        fields["sftp_settings"] = sent["sftp_settings"]
    with _of_step(place):
        exporting = changed_campaign(exporting, fields, checks)
    return replace(
        step,
        exporter_id=exporting.exporter_id,
        sftp=exporting.sftp,
        safety=exporting.safety,
    )


@contextmanager
def _of_step(place: int) -> Iterator[None]:
    """Whatever is refused, is refused of this step."""
    try:
        yield
    except Invalid as refusal:
        raise FieldRefused(str(refusal), field=f"steps.{place}.{refusal.field}") from None


def check_templates(campaign: CollectionCampaign, *, templates: TemplateStore) -> None:
    """What its steps send exists, each for the channel of its step. Raises FieldRefused.

    Of a draft nothing is asked; what is in force is asked when a step runs, which may be later.
    """
    for place, step in enumerate(campaign.steps):
        if step.channel is None:
            continue
        try:
            template = templates.get(campaign.company_id, step.template_id or "")
        except TemplateNotFound as missing:
            raise FieldRefused(str(missing), field=f"steps.{place}.templateId") from None
        if template.channel is not step.channel:
            said = f"is for {template.channel}, and the step's channel is {step.channel}"
            raise FieldRefused(said, field=f"steps.{place}.templateId")


def check_successor(campaign: CollectionCampaign, *, campaigns: CollectionCampaignStore) -> None:
    """It exists, and no chain leads from it back. Raises FieldRefused, ChainClosesCircle."""
    following = campaign.next_campaign_id
    if following is None:
        return
    if following == campaign.id:
        raise ChainClosesCircle(following)
    try:
        one = campaigns.get(campaign.company_id, following)
    except CampaignNotFound as missing:
        raise FieldRefused(str(missing), field="nextCampaignId") from None
    for _ in range(_LONGEST_CHAIN):
        if one.next_campaign_id is None:
            return
        if one.next_campaign_id == campaign.id:
            raise ChainClosesCircle(following)
        one = campaigns.get(campaign.company_id, one.next_campaign_id)
    raise FieldRefused(f"leads to more than {_LONGEST_CHAIN} others", field="nextCampaignId")
