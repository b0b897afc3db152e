"""PATCH /v1/campaigns/{campaignId}."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.channel import Channel
from campaigns.domain.collection_campaign import CollectionStatus
from campaigns.domain.errors import DomainError
from campaigns.usecases.campaign_changes import Checks
from campaigns.usecases.keep_collection import update_collection
from tests.integration.lender import Lender
from tests.integration.management.flows import changed, created, moved


def test_only_what_is_sent_is_changed(lender: Lender) -> None:
    was = created(lender, description="A call", maxCalls=3)
    now = changed(lender, was["id"], {"maxCalls": None, "name": "Later"}).body
    assert (now["name"], now["maxCalls"], now["description"]) == ("Later", None, "A call")
    assert now["steps"] == was["steps"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": None}, "body"),
        ({"status": "ACTIVE"}, "status"),
        ({"type": "first_party"}, "type"),
        ({"steps": [{}]}, "steps.0"),
    ],
)
def test_what_does_not_fit_is_400(lender: Lender, body: dict[str, Any], field: str) -> None:
    assert changed(lender, lender.collection().id, body).fields == [field]


def test_a_step_keeps_its_secrets_unless_they_are_sent(lender: Lender) -> None:
    exporter = lender.exporter().id
    sftp = {"host": "sftp.example.com", "username": "u", "password": "correct horse battery"}
    was = created(lender, steps=[{"contactExporterId": exporter, "sftpSettings": sftp}])
    step = {"id": was["steps"][0]["id"], "contactExporterId": exporter}
    kept = wiring.collections().get(lender.id, was["id"]).steps[0].sftp
    for body in (step, {**step, "waitDays": 3, "sftpSettings": {"cdDir": "inbox"}}):
        assert changed(lender, was["id"], {"steps": [body]}).status == 200
        now = wiring.collections().get(lender.id, was["id"]).steps[0].sftp
        assert now is not None
        assert kept is not None
        assert now.password == kept.password
    moved = {**step, "sftpSettings": {"host": "elsewhere.example.com"}}
    answer = changed(lender, was["id"], {"steps": [moved]})
    assert answer.fields == ["steps.0.sftpSettings.password"]
    gone = changed(lender, was["id"], {"steps": [{**step, "sftpSettings": None}]}).body
    assert gone["steps"][0]["sftpSettings"] is None


def test_steps_of_a_campaign_that_has_begun_are_added_and_changed_only(lender: Lender) -> None:
    exporter = lender.exporter().id
    campaign = lender.collection()
    [first] = campaign.steps
    one = {"id": first.id, "contactExporterId": exporter, "waitDays": 4}
    more = changed(lender, campaign.id, {"steps": [one, {"contactExporterId": exporter}]}).body
    assert [step["waitDays"] for step in more["steps"]] == [4, 0]
    second = {"id": more["steps"][1]["id"], "contactExporterId": exporter}
    for steps in ([one], [second, one], [second], []):
        answer = changed(lender, campaign.id, {"steps": steps})
        assert (answer.status, answer.body["type"]) == (409, "urn:campaigns:steps_fixed")


@pytest.mark.parametrize("status", ["COMPLETED", "CANCELLED", "ARCHIVED"])
def test_a_campaign_that_is_over_stays_as_it_is(lender: Lender, status: str) -> None:
    campaign = lender.collection(status=CollectionStatus(status))
    assert changed(lender, campaign.id, {"name": "Later"}).status == 409


def test_a_step_of_an_active_campaign_sends_what_there_is(lender: Lender) -> None:
    draft = created(lender)
    assert moved(lender, draft["id"], "ACTIVE").status == 200
    [first] = changed(lender, draft["id"], {}).body["steps"]
    mail = lender.template(channel=Channel.EMAIL)
    exporting = {"id": first["id"], "contactExporterId": first["contactExporterId"]}
    for step in (
        {"channel": "email", "templateId": "t"},
        {"channel": "text", "templateId": mail.id},
    ):
        answer = changed(lender, draft["id"], {"steps": [exporting, step]})
        assert (answer.status, answer.fields) == (400, ["steps.1.templateId"])
    step = {"channel": "email", "templateId": mail.id}
    assert changed(lender, draft["id"], {"steps": [exporting, step]}).status == 200


def test_a_chain_must_not_lead_back(lender: Lender) -> None:
    third = lender.collection()
    second = lender.collection(next_campaign_id=third.id)
    first = lender.collection(next_campaign_id=second.id)
    for id, following in ((first.id, first.id), (third.id, first.id), (second.id, first.id)):
        answer = changed(lender, id, {"nextCampaignId": following})
        assert (answer.status, answer.body["type"]) == (409, "urn:campaigns:chain_closes_circle")
    assert changed(lender, first.id, {"nextCampaignId": third.id}).status == 200
    assert changed(lender, second.id, {"nextCampaignId": None}).status == 200
    assert changed(lender, second.id, {"nextCampaignId": first.id}).status == 200


def test_two_changes_at_once_do_not_close_a_circle(lender: Lender) -> None:
    checks = Checks(
        wiring.exporters(),
        wiring.senders(),
        wiring.secrets(),
        wiring.hosts(),
        wiring.check_private_key,
        wiring.allow_http(),
    )
    for _ in range(5):
        ring = [lender.collection().id for _ in range(4)]

        def chain(place: int, ring: list[str] = ring) -> bool:
            try:
                update_collection(
                    lender.id,
                    ring[place],
                    {"next_campaign_id": ring[(place + 1) % 4]},
                    campaigns=wiring.collections(),
                    templates=wiring.templates(),
                    checks=checks,
                    new_id=wiring.new_id,
                    now=wiring.now,
                )
            except DomainError:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(chain, range(4))) == 3
        chained = [wiring.collections().get(lender.id, id).next_campaign_id for id in ring]
        assert chained.count(None) == 1
