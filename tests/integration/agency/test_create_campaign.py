import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.agency_campaign import AgencyStatus, NameTaken
from campaigns.domain.agency_request import CampaignRequest
from campaigns.domain.channel import Channel
from campaigns.domain.company import CompanyChanges
from campaigns.domain.schedule import SchedulesUnavailable
from campaigns.domain.secret import SentSecret
from campaigns.domain.signature import signature
from campaigns.domain.template import Content, VersionRef
from campaigns.usecases.create_agency_campaign import create_agency_campaign
from campaigns.usecases.update_company import update_company
from tests.builders import a_template, a_version
from tests.integration.agency.agency import (
    CONTENT,
    CREATE,
    LATER,
    a_spring_offer,
    create,
    kept,
    said,
)
from tests.integration.events import request, sample_body
from tests.integration.lender import Lender, invoke, new_id

SECRET = "a secret of sixteen"
NOT_SAVED = "An unexpected error occurred while saving the campaign. Please try again later."


@pytest.fixture(autouse=True)
def early_march(deployed: object, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.fromisoformat("2026-03-02T12:00:00Z")
    monkeypatch.setattr(wiring, "_clock", lambda: now)


def signing(lender: Lender) -> Lender:
    update_company(
        lender.id,
        CompanyChanges(),
        agency_secret=SentSecret(SECRET),
        access=wiring.access(),
        secrets=wiring.secrets(),
        mover=wiring.schedule_mover(),
        now=wiring.now,
    )
    return lender


def clocks(lender: Lender, id: str) -> list[tuple[str, str]]:
    found = [wiring.schedules().find(*clock) for clock in kept(lender, id).clock_names]
    return [(f"{one.at:%H:%M}", one.zone) for one in found if one is not None]


# ── made ─────────────────────────────────────────────────────────────────────


def test_the_sample_is_scheduled_with_a_clock_for_each_time(lender: Lender) -> None:
    a_spring_offer(lender)
    answer = lender.call(CREATE)
    assert answer.status == 201
    id = answer.body["data"]["id"]
    assert answer.body == {
        "success": True,
        "message": "Campaign successfully created",
        "data": {"id": id},
    }
    made = kept(lender, id)
    assert (made.status, made.name) == (AgencyStatus.SCHEDULED, "Spring offer")
    assert made.parameters.body == ("{{customer.first_name}}", "10 %")
    zone = lender.company.zone
    assert clocks(lender, id) == [("10:00", zone), ("14:30", zone)]
    [scheduled] = wiring.scheduled_campaigns().of_company(lender.id)
    assert scheduled.campaign_id == id


def test_the_older_form_of_the_address_is_taken_too(lender: Lender) -> None:
    a_spring_offer(lender)
    event = request(CREATE, {}, query={"uuid": lender.id.upper()})
    event["headers"]["authorization"] = f"Bearer {lender.key_for(CREATE)}"
    event["routeKey"] = event["requestContext"]["routeKey"] = "POST /agency/createCampaign"
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/agency/createCampaign"
    del event["pathParameters"]
    assert invoke(CREATE, event)["statusCode"] == 201
    del event["queryStringParameters"]
    answer = invoke(CREATE, event)
    assert answer["statusCode"] == 404
    assert "No company found" in answer["body"]


def test_what_comes_once_has_one_clock(lender: Lender) -> None:
    a_spring_offer(lender)
    id = create(lender, schedule="2026-03-05T10:00:00+01:00").body["data"]["id"]
    assert clocks(lender, id) == [("09:00", "UTC")]


def test_a_carousel_is_kept_card_by_card(lender: Lender) -> None:
    a_spring_offer(lender, Content(body=("name",), cards=(("a",), ("a", "b"))))
    image = "https://images.example.com/a.png"
    cards = [
        {"card_image_url": image, "card_body_variables": ["1"]},
        {"card_image_url": image, "card_body_variables": ["1", "2"]},
    ]
    payload = {
        "template_name": "spring_offer",
        "group_name": " everybody ",
        "image_url": "",
        "body_variable": ["Ada"],
        "cards": cards,
    }
    made = kept(lender, create(lender, template_payload=payload).body["data"]["id"])
    assert [one.body for one in made.parameters.cards] == [("1",), ("1", "2")]
    assert made.group_name == "Everybody"
    payload["cards"] = cards[:1]
    answer = create(lender, name="Another", template_payload=payload)
    assert said(answer, 400) == "Template variables do not match: cards expects 2, got 1"


# ── refused, in the order of the contract ────────────────────────────────────


def test_the_agency_of_another_key_does_not_exist(lender: Lender, stranger: Lender) -> None:
    for id in (stranger.id, "018f4e9a-0000-7000-8000-0000000000ff"):
        answer = lender.call(CREATE, ids={"uuid": id}, body={})
        assert said(answer, 404) == "No company found with the provided uuid"


def test_two_agencies_at_once_are_one_too_many(lender: Lender, stranger: Lender) -> None:
    answer = lender.call(CREATE, query={"uuid": stranger.id})
    assert said(answer, 400) == "uuid is another one in the path than in the query"
    assert lender.call(CREATE, query={"uuid": lender.id}, body={}).status == 400


def test_what_is_no_uuid_belongs_to_no_agency(lender: Lender) -> None:
    answer = lender.call(CREATE, ids={"uuid": "v2"})
    assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")
    answer = lender.call(CREATE, ids={"uuid": "acme"})
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_key_for_other_apis_is_none_here(lender: Lender) -> None:
    answer = lender.call(CREATE, headers={"authorization": f"Bearer {lender.key}"})
    assert said(answer, 401)
    key = lender.key_for(CREATE)
    assert said(lender.call(CREATE, headers={"x-api-key": key}), 401)


def test_an_agency_with_a_secret_signs_its_requests(lender: Lender) -> None:
    signing(lender)
    a_spring_offer(lender)
    text = json.dumps(sample_body(CREATE), indent=1)
    at = int(wiring.now().timestamp())

    def asked(header: str | None) -> int:
        headers = {"x-signature": header}
        answer = lender.call(CREATE, text=text, headers=headers)
        if answer.status == 403:
            assert said(answer, 403) == "Forbidden: Invalid HMAC signature"
        return answer.status

    assert asked(None) == 403
    assert asked("t=1,v1=0") == 403
    assert asked(signature("another secret", at, text.encode())) == 403
    assert asked(signature(SECRET, at - 301, text.encode())) == 403
    assert asked(signature(SECRET, at, b"{}")) == 403
    assert asked(signature(SECRET, at + 299, text.encode())) == 201
    unsigned = lender.call(CREATE, text="{", headers={"x-signature": None})
    assert said(unsigned, 403) == "Forbidden: Invalid HMAC signature"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Name and Template payload are required for the campaign creation"),
        (
            {"name": "x", "template_payload": {"template_name": "a", "group_name": "b"}},
            "Schedule type should include only 'once' and 'recurring'.",
        ),
        (
            {
                "name": "x",
                "template_payload": {"template_name": "a", "group_name": "b"},
                "schedule_type": "recurring",
                "days": {"monday": []},
            },
            "Days and Times are required for a recurring schedule.",
        ),
    ],
)
def test_what_is_missing_is_told_in_order(
    body: dict[str, Any], message: str, lender: Lender
) -> None:
    assert said(lender.call(CREATE, body=body), 400) == message


@pytest.mark.parametrize(
    ("but", "message"),
    [
        ({"schedule": "2026-03-02 06:00"}, "schedule must be in the future."),
        ({"schedule": "2026-03-02T12:00:00Z"}, "schedule must be in the future."),
        ({"schedule": "soon"}, "schedule must look like 2026-03-05 10:00"),
        (
            {"template_payload": {"template_name": "autumn", "group_name": "Everybody"}},
            "Template 'autumn' does not exist.",
        ),
        (
            {"template_payload": {"template_name": "spring_offer", "group_name": "Nobody"}},
            "Group 'Nobody' does not exist.",
        ),
        (
            {"template_payload": {"template_name": "spring_offer", "group_name": "Everybody"}},
            "Template variables do not match: header_variable expects 1, got 0",
        ),
    ],
)
def test_what_does_not_fit_is_told(but: dict[str, Any], message: str, lender: Lender) -> None:
    a_spring_offer(lender)
    assert said(create(lender, **but), 400).startswith(message)
    assert list(wiring.scheduled_campaigns().of_company(lender.id)) == []


def test_a_template_that_is_not_in_force_by_then_is_refused(lender: Lender) -> None:
    lender.group(name="Everybody")
    named = {"channel": Channel.WHATSAPP, "subject": None, "template_name": "spring_offer"}
    made = a_template(company_id=lender.id, id=new_id(), **named)
    made = replace(made, versions=(VersionRef(1, date(2026, 3, 6)),))
    wiring.templates().introduce(made, a_version(made, content=CONTENT))
    early = create(lender, schedule="2026-03-05 23:59")
    assert said(early, 400) == "Template 'spring_offer' is not in force on 2026-03-05."
    assert create(lender, schedule="2026-03-06 00:00").status == 201


@pytest.mark.parametrize("again", ["Spring offer", " spring OFFER ", "\u017fpring offer"])
def test_a_name_is_taken_however_it_is_capitalised(again: str, lender: Lender) -> None:
    a_spring_offer(lender)
    assert create(lender).status == 201
    assert said(create(lender, name=again), 409) == "Name already exists"
    assert create(lender, name="Spring  offer").status == 201


def test_two_agencies_may_use_the_same_name(lender: Lender, stranger: Lender) -> None:
    for one in (lender, stranger):
        a_spring_offer(one)
        assert create(one).status == 201


def test_of_many_at_once_one_is_made_and_the_others_leave_nothing(lender: Lender) -> None:
    a_spring_offer(lender)
    body = {**sample_body(CREATE), "schedule_type": "once", "schedule": LATER}
    asked = CampaignRequest.read(
        *(body[name] for name in ("name", "template_payload", "schedule_type", "days", "schedule"))
    )
    ids: list[str] = []

    def noted_id() -> str:
        ids.append(new_id())
        return ids[-1]

    def make(_: int) -> int:
        try:
            create_agency_campaign(
                lender.id,
                asked,
                access=wiring.access(),
                campaigns=wiring.agency_campaigns(),
                templates=wiring.templates(),
                groups=wiring.groups(),
                schedules=wiring.schedules(),
                new_id=noted_id,
                now=wiring.now,
            )
        except NameTaken:
            return 409
        return 201

    with ThreadPoolExecutor(8) as many:
        answers = sorted(many.map(make, range(8)))
    assert answers == [201] + [409] * 7
    [made] = wiring.agency_campaigns().every(lender.id)
    wound = [id for id in ids if wiring.schedules().find(lender.id, id, slot="once") is not None]
    assert wound == [made.id]


def test_a_scheduler_that_is_down_is_a_fault_of_ours(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_spring_offer(lender)

    class Down:
        def put(self, _: object) -> None:
            raise SchedulesUnavailable("InternalServerException")

    monkeypatch.setattr(wiring, "schedules", Down)
    assert said(create(lender), 500) == NOT_SAVED
    assert list(wiring.agency_campaigns().every(lender.id)) == []


@pytest.mark.parametrize("text", ["{", "[]", '"name"', "17", '{"name": "\\ud800"}'])
def test_a_body_that_cannot_be_read_is_400(text: str, lender: Lender) -> None:
    assert said(lender.call(CREATE, text=text), 400)


def test_a_repeated_request_makes_one_campaign(lender: Lender) -> None:
    a_spring_offer(lender)
    first, again = (lender.call(CREATE, headers={"idempotency-key": "once"}) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    assert again.headers["idempotency-replayed"] == "true"
