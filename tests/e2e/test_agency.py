"""An agency on the embedded stack: it makes campaigns, the clock goes on, and they run."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns.domain.public_id import RUN, show
from campaigns.domain.signature import signature
from local.api_client import ApiClient
from local.clock import LocalClock
from local.emulator import Emulator
from local.provision import client
from local.stack import Stack
from tests.e2e.lending import Lending

WEDNESDAY = datetime(2026, 3, 4, 12, tzinfo=UTC)
PAYLOAD = {
    "template_name": "spring_offer",
    "group_name": "Everybody",
    "image_url": "",
    "body_variable": ["{{customer.first_name}}", "10 %"],
}


@pytest.fixture(scope="module")
def stack(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(
        tmp_path_factory.mktemp("stack"),
        clock=LocalClock(WEDNESDAY),
        endpoint=emulator.endpoint,
        name=f"e2e-{uuid.uuid4().hex[:8]}",
        hurry=True,
        lenders=False,
    ) as up:
        yield up


class Agency:
    """One company with three customers in a group, a template, and a key for the agency API."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        lending = Lending.new(stack.url, stack.endpoint or "", stack.name)
        self.id, self.operator = lending.company_id, lending.api
        for number in range(3):
            person = {
                "firstName": f"Ada {number}",
                "language": "en",
                "state": "NY",
                "timeZone": "America/New_York",
                "phoneMobile": f"+1212555012{number}",
                "phoneMobileWhatsappConsent": True,
            }
            self.operator.take("PUT", f"/v1/customers/10000{number}", person)
        group: Any = self.operator.take("POST", "/v1/groups", {"name": "Everybody"})
        everybody = {"add": [f"10000{number}" for number in range(3)]}
        self.operator.take("PATCH", f"/v1/groups/{group['id']}/members", everybody)
        template = {
            "name": "Spring offer",
            "channel": "whatsapp",
            "language": "en",
            "templateName": "spring_offer",
            "variables": [{"name": "name"}, {"name": "discount"}],
            "content": {"body": ["{{ name }}", "{{ discount }}"]},
        }
        self.operator.take("POST", "/v1/templates", template)
        asked = {"name": "agency", "prefix": "ag_", "scopes": ["agency:read", "agency:write"]}
        made: Any = self.operator.take("POST", "/v1/keys", asked)
        self.api = ApiClient(stack.url, "")
        self.key = {"Authorization": f"Bearer {made['key']}"}

    def create(self, **but: Any) -> str:
        body = {"name": "Spring offer", "template_payload": PAYLOAD, **but}
        path = f"/{self.id}/agency/createCampaign"
        answer = self.api.call("POST", path, body, headers=self.key)
        assert answer.status == 201, answer.json
        return str(answer.json["data"]["id"])

    def campaign(self, id: str) -> Any:
        path = f"/{self.id}/agency/getCampaign/{id}"
        return self.api.call("GET", path, headers=self.key).json["data"][0]

    def runs(self, id: str) -> list[Any]:
        """Newest first, once the newest of them has ended."""
        path = f"/v1/campaigns/{id}/runs"
        seen = self.operator.until(path, lambda told: bool(_ended(told["items"])), every=0.05)
        return list(seen)[-1]["items"]  # type: ignore[no-any-return]

    def sent(self, run_id: str) -> list[list[str]]:
        """The body of each message of the run that is in the outbox."""
        items = self.operator.take("GET", "/v1/outbox?limit=100")["items"]
        return sorted(one["content"]["body"] for one in items if one["runId"] == show(RUN, run_id))

    def clock_to(self, moment: str) -> None:
        assert self.stack.scheduler is not None
        self.stack.clock.advance_to(datetime.fromisoformat(moment))
        self.stack.scheduler.tick()

    def clocks(self, id: str) -> int:
        scheduler = client("scheduler", self.stack.endpoint or "")
        group = self.stack.environment["SCHEDULE_GROUP"]
        listed = scheduler.list_schedules(GroupName=group, MaxResults=100_000)["Schedules"]
        return sum(one["Name"].startswith(id) for one in listed)


def _ended(runs: list[Any]) -> bool:
    return bool(runs) and runs[0]["finishedAt"] is not None


@pytest.fixture
def agency(stack: Stack) -> Agency:
    return Agency(stack)


def test_campaigns_run_at_their_times_and_signed_requests_are_taken(agency: Agency) -> None:
    """Once and by weekly slots, over the night in which clocks are put forward."""
    once = agency.create(schedule_type="once", schedule="2026-03-05 10:00")
    weekly = agency.create(
        name="Every week",
        schedule_type="recurring",
        days={"friday": ["10:00"], "sunday": ["10:00"]},
        schedule="2026-03-06 00:00",
    )
    assert (agency.clocks(once), agency.clocks(weekly)) == (1, 1)
    told = agency.campaign(once)
    assert (told["status"], told["next_run"]) == ("SCHEDULED", "2026-03-05T15:00:00.000Z")

    agency.clock_to("2026-03-05T15:00:10Z")
    [run] = agency.runs(once)
    assert (run["status"], run["scheduledFor"]) == ("completed", "2026-03-05T15:00:00.000Z")
    told = agency.campaign(once)
    assert (told["status"], told["endDate"] is not None) == ("COMPLETED", True)
    assert agency.sent(run["id"]) == [["Ada 0", "10 %"], ["Ada 1", "10 %"], ["Ada 2", "10 %"]]
    assert agency.clocks(once) == 0, "what comes once is deleted when it has fired"
    assert agency.campaign(once)["next_run"] is None

    agency.clock_to("2026-03-06T15:00:10Z")
    assert len(agency.runs(weekly)) == 1
    # On Sunday ten o'clock comes an hour earlier by the clocks of the world.
    agency.clock_to("2026-03-08T14:00:10Z")
    assert [one["scheduledFor"] for one in agency.runs(weekly)] == [
        "2026-03-08T14:00:00.000Z",
        "2026-03-06T15:00:00.000Z",
    ]
    assert agency.campaign(weekly)["next_run"] == "2026-03-13T14:00:00.000Z"

    secret = {"agencySigningSecret": "a secret of sixteen"}
    agency.operator.take("PATCH", f"/v1/companies/{agency.id}", secret)
    path = f"/{agency.id}/agency/getCampaignData"
    assert agency.api.call("GET", path, headers=agency.key).status == 403
    at = int(agency.stack.clock.now().timestamp())
    signed = {"X-Signature": signature("a secret of sixteen", at, b""), **agency.key}
    listed = agency.api.call("GET", path, headers=signed)
    assert [one["name"] for one in listed.json["data"]] == ["Every week", "Spring offer"]
