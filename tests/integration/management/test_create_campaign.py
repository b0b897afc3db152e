"""POST /v1/campaigns."""

from typing import Any
from uuid import uuid4

import pytest

from campaigns import wiring
from campaigns.domain.secret import secret_context
from tests.integration.lender import Lender
from tests.integration.management.flows import CREATE, changed, created, sample_steps, wanted


def test_a_campaign_begins_as_a_draft(lender: Lender) -> None:
    exporter, after = lender.exporter(), lender.collection()
    steps = sample_steps()
    for step in steps:
        step["contactExporterId"] = exporter.id
    body = created(
        lender,
        steps=steps,
        description="A call",
        externalId="early",
        schedule="P P * * 1-5",
        nextCampaignId=after.id,
        maxCalls=5,
        expiresAfterDays=60,
        startsOn="2026-04-01",
    )
    assert (body["status"], body["kind"], body["type"]) == ("DRAFT", "collection", "early_stage")
    assert (body["nextCampaignId"], body["startsOn"]) == (after.id, "2026-04-01")
    first, second = body["steps"]
    assert (first["waitDays"], first["contactExporterId"]) == (1, exporter.id)
    assert first["sftpSettings"]["password"] == "********0001"
    assert (second["sftpSettings"], second["condition"]["minBalance"]) == (None, "50.00")
    kept = wiring.collections().get(lender.id, body["id"])
    sftp = kept.steps[0].sftp
    assert sftp is not None
    assert sftp.password is not None
    context = secret_context(lender.id, first["id"], "sftpSettings.password")
    assert wiring.secrets().open(sftp.password, context) == "sample-password-0001"


@pytest.mark.parametrize(
    ("but", "field"),
    [
        ({"kind": "borrower"}, "kind"),
        ({"type": "late"}, "type"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"colour": "red"}, "colour"),
        ({"schedule": "0 5 * * *"}, "schedule"),
        ({"maxCalls": 0}, "maxCalls"),
        ({"expiresAfterDays": 0}, "expiresAfterDays"),
        ({"startsOn": 20260401}, "startsOn"),
        ({"externalId": "a/b"}, "externalId"),
        ({"nextCampaignId": "x"}, "nextCampaignId"),
        ({"nextCampaignId": str(uuid4())}, "nextCampaignId"),
        ({"steps": [{}]}, "steps.0"),
        ({"steps": [{"waitDays": -1}]}, "steps.0.waitDays"),
        ({"steps": [{"colour": "red"}]}, "steps.0.colour"),
        ({"steps": [{"channel": "pigeon", "templateId": "t"}]}, "steps.0.channel"),
        ({"steps": [{"channel": "text"}]}, "steps.0.templateId"),
        ({"steps": [{"contactExporterId": str(uuid4())}]}, "steps.0.contactExporterId"),
        ({"steps": [{"id": str(uuid4())}]}, "steps.0.id"),
        (
            {"steps": [{"sftpSettings": {"host": "sftp.example.com", "username": "u"}}]},
            "steps.0.sftpSettings.password",
        ),
        ({"steps": [{"sftpSettings": {"colour": "red"}}]}, "steps.0.sftpSettings.colour"),
        ({"steps": [{"safety": {"maxAudience": 0}}]}, "steps.0.safety.maxAudience"),
        ({"steps": [{"safety": {"zeroRows": "hold"}}]}, "steps.0.safety.zeroRows"),
        (
            {"steps": [{"safety": {"audienceChange": {"percent": "9"}}}]},
            "steps.0.safety.audienceChange.percent",
        ),
        ({"steps": [{"condition": {"minBalance": "x"}}]}, "steps.0.condition.minBalance"),
        ({"steps": [{"condition": {"maxDaysPastDue": -1}}]}, "steps.0.condition.maxDaysPastDue"),
    ],
)
def test_what_does_not_fit_is_400_naming_it(
    lender: Lender, but: dict[str, Any], field: str
) -> None:
    assert lender.call(CREATE, body=wanted(lender, **but)).fields == [field]


def test_a_step_with_a_message_may_be_drafted(lender: Lender) -> None:
    body = created(lender, steps=[{"waitDays": 2, "channel": "text", "templateId": "hello"}])
    assert (body["steps"][0]["channel"], body["steps"][0]["templateId"]) == ("text", "hello")


def test_an_external_id_is_taken_once(lender: Lender) -> None:
    created(lender, externalId="early")
    again = lender.call(CREATE, body=wanted(lender, externalId="early"))
    assert (again.status, again.body["type"]) == (409, "urn:campaigns:external_id_taken")


def test_a_successor_of_another_company_does_not_exist(lender: Lender, stranger: Lender) -> None:
    theirs = stranger.collection()
    answer = lender.call(CREATE, body=wanted(lender, nextCampaignId=theirs.id))
    assert answer.fields == ["nextCampaignId"]


def test_a_step_has_limits_of_its_own(lender: Lender) -> None:
    limits = {"audienceChange": {"percent": 50, "ofRuns": 5}, "maxAudience": 900}
    [step] = wanted(lender)["steps"]
    draft = created(lender, steps=[{**step, "safety": limits}, step])
    unset = {"audienceChange": None, "maxAudience": None, "maxWithoutPhonePercent": None}
    first, second = draft["steps"]
    assert (first["safety"], second["safety"]) == (unset | limits, unset)
    # A step is sent whole, so limits that are not sent are lifted.
    steps = [{"id": first["id"], **step}, {"id": second["id"], **step}]
    assert [
        one["safety"] for one in changed(lender, draft["id"], {"steps": steps}).body["steps"]
    ] == [unset, unset]
