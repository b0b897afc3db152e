"""Collection campaigns through the management API: what the tests of its endpoints share."""

from collections.abc import Mapping
from typing import Any

from tests.integration.events import sample_body
from tests.integration.lender import Answer, Lender

CREATE = "management/create_campaign"


def wanted(lender: Lender, **but: Any) -> dict[str, Any]:
    """A body that `create_campaign` takes."""
    return {
        "kind": "collection",
        "type": "early_stage",
        "name": "Early stage",
        "steps": [{"contactExporterId": lender.exporter().id}],
        **but,
    }


def created(lender: Lender, **but: Any) -> Any:
    answer = lender.call(CREATE, body=wanted(lender, **but))
    assert answer.status == 200, answer.body
    return answer.body


def changed(lender: Lender, campaign_id: str, body: Mapping[str, Any]) -> Answer:
    return lender.call("management/update_campaign", ids={"campaignId": campaign_id}, body=body)


def moved(lender: Lender, campaign_id: str, status: str) -> Answer:
    ids = {"campaignId": campaign_id}
    return lender.call("management/move_campaign", ids=ids, body={"status": status})


def sample_steps() -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = sample_body(CREATE)["steps"]
    return steps
