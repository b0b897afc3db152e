from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.campaign import Campaign
from campaigns.domain.schedule import RunWindow, instant_on, minute_of
from campaigns.usecases.keep_schedule import wind_up
from tests.integration.conftest import Invocations
from tests.integration.events import sample_body
from tests.integration.lender import Answer, Lender, invoke, shown

PATCH = "management/update_company"
MOVE = "runs/move_schedules"


def change(lender: Lender, **fields: Any) -> Answer:
    return lender.call(PATCH, body=fields)


def test_every_field_of_the_sample_is_kept(lender: Lender, invocations: Invocations) -> None:
    answer = lender.call(PATCH)
    sent = sample_body(PATCH)
    assert answer.status == 200
    assert {name: answer.body[name] for name in sent} == sent
    assert lender.call("management/get_company").body == answer.body


def test_only_what_is_sent_changes(lender: Lender, invocations: Invocations) -> None:
    answer = change(lender, releaseByAnotherKey=True)
    assert (answer.body["releaseByAnotherKey"], answer.body["name"]) == (True, "Northwind Lending")
    assert change(lender, name="Südwind").body["releaseByAnotherKey"] is True
    assert answer.body["schedules"] == "moved"
    assert invocations.taken == []


def test_other_times_move_the_schedules_in_the_background(
    lender: Lender, invocations: Invocations
) -> None:
    answer = change(lender, runWindow={"start": "09:00", "end": "09:01"})
    assert answer.body["schedules"] == "moving"
    [(function, event, execution)] = invocations.taken
    assert function == wiring.settings().move_schedules_function
    assert execution is None
    assert event == {
        "companyId": lender.id,
        "times": "America/Chicago 09:00-09:01",
        "after": None,
    }
    assert change(lender, runWindow={"start": "09:00", "end": "09:01"}).status == 200
    assert len(invocations.taken) == 1, "the same times again move nothing"


def test_the_next_run_is_foretold_by_the_new_times_at_once(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign(schedule="P P * * *")
    change(lender, timezone="Asia/Tokyo", runWindow={"start": "09:00", "end": "09:01"})
    seen = lender.call("borrower/get_campaign", ids={"campaignId": shown(campaign)}).data
    at = datetime.fromisoformat(seen["nextRunAt"])
    assert (at.astimezone(UTC).hour, at.minute, seen["timezone"]) == (0, 0, "Asia/Tokyo")


def test_schedules_follow_when_the_background_has_done_its_work(
    lender: Lender, invocations: Invocations
) -> None:
    scheduled = [lender.campaign(schedule="P P * * *") for _ in range(3)]
    for campaign in scheduled:
        wind_up(campaign, access=wiring.access(), schedules=wiring.schedules())
    change(lender, timezone="Asia/Tokyo")
    [(_, event, _)] = invocations.taken
    assert invoke(MOVE, event) == {"moved": True}
    assert [zone_of(campaign) for campaign in scheduled] == ["Asia/Tokyo"] * 3
    assert lender.call("management/get_company").body["schedules"] == "moved"


def zone_of(campaign: Campaign) -> str | None:
    found = wiring.schedules().find(campaign.company_id, campaign.id)
    return None if found is None else found.zone


def test_a_move_that_cannot_be_begun_is_not_forgotten(
    lender: Lender, invocations: Invocations
) -> None:
    invocations.missing = True
    answer = change(lender, timezone="Asia/Tokyo")
    assert (answer.status, answer.body["schedules"]) == (200, "moving")
    assert not wiring.access().company(lender.id).schedules_have_moved


def test_changes_at_the_same_moment_do_not_lose_one_another(
    lender: Lender, invocations: Invocations
) -> None:
    def rename(number: int) -> int:
        fields: list[dict[str, Any]] = [
            {"name": "Südwind"},
            {"timezone": "Asia/Tokyo"},
            {"releaseByAnotherKey": True},
        ]
        return change(lender, **fields[number]).status

    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(rename, range(3))) == {200}
    company = wiring.access().company(lender.id)
    assert (company.name, company.zone, company.release_by_another_key, company.version) == (
        "Südwind",
        "Asia/Tokyo",
        True,
        3,
    )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "posix/UTC"}, "timezone"),
        ({"timezone": None}, "timezone"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"releaseByAnotherKey": "perhaps"}, "releaseByAnotherKey"),
        ({"releaseByAnotherKey": "yes"}, "releaseByAnotherKey"),
        ({"runWindow": {"start": "06:00"}}, "runWindow.end"),
        ({"runWindow": {"start": "6:00", "end": "08:00"}}, "runWindow.start"),
        ({"runWindow": {"start": 21600, "end": "08:00"}}, "runWindow.start"),
        ({"runWindow": {"start": "06:00:30", "end": "08:00"}}, "runWindow.start"),
        ({"runWindow": {"start": "08:00", "end": "06:00"}}, "runWindow"),
        ({"runWindow": {"start": "03:00", "end": "06:00"}}, "runWindow"),
        ({"runWindow": {"start": "06:00", "end": "08:00", "zone": "UTC"}}, "runWindow.zone"),
        ({"zone": "Asia/Tokyo"}, "zone"),
        ({"id": "another"}, "id"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_its_field(
    fields: Any, field: str, lender: Lender, invocations: Invocations
) -> None:
    answer = change(lender, **fields)
    assert answer.fields == [field]
    assert answer.headers["content-type"] == "application/problem+json"
    assert wiring.access().company(lender.id) == lender.company


def test_another_company_is_not_changed(lender: Lender, stranger: Lender) -> None:
    answer = lender.call(PATCH, ids={"companyId": stranger.id})
    assert answer.status == 404
    assert wiring.access().company(stranger.id) == stranger.company


def test_the_minute_of_a_campaign_lies_in_the_new_window(
    lender: Lender, invocations: Invocations
) -> None:
    campaign = lender.campaign(schedule="P P * * *")
    change(lender, runWindow={"start": "20:00", "end": "22:00"})
    [(_, event, _)] = invocations.taken
    invoke(MOVE, event)
    found = wiring.schedules().find(lender.id, campaign.id)
    assert found is not None
    assert found.at == minute_of(campaign.id, RunWindow(time(20), time(22)))
    day = datetime(2026, 3, 2, tzinfo=UTC).date()
    at = instant_on(day, campaign.id, RunWindow(time(20), time(22)), "America/Chicago")
    assert at.astimezone(UTC).hour in (2, 3)


BRAND = {
    "name": "Northwind",
    "phone": "+1 800 555 0100",
    "hours": "Mo-Fr 8-18",
    "portalUrl": "https://portal.example.com/",
    "postalAddress": "1 Main St, Springfield, MO 65801",
    "optOutText": {"en": "Reply STOP.", "es": "Responda ALTO."},
    "language": "es-US",
    "currency": "SEK",
    "testRecipients": ["qa@example.com", "+15125550123"],
}


def test_a_brand_is_kept_and_only_what_is_sent_of_it_changes(lender: Lender) -> None:
    assert change(lender, brand=BRAND).body["brand"] == BRAND
    renamed = change(lender, brand={"name": "Südwind"}).body
    assert renamed["brand"] == {**BRAND, "name": "Südwind"}
    assert change(lender, name="Other").body["brand"] == renamed["brand"]
    cleared = change(lender, brand=dict.fromkeys(BRAND)).body["brand"]
    assert (cleared["name"], cleared["optOutText"], cleared["currency"]) == ("", {}, "USD")
    assert lender.call("management/get_company").body["brand"] == cleared


def test_rules_of_the_right_to_cure_are_set_state_by_state(lender: Lender) -> None:
    rules = {"IA": {"days": 20, "toCosigners": False}, "MO": {"days": 25, "toCosigners": True}}
    assert change(lender, rightToCure=rules).body["rightToCure"] == rules
    only = {"IA": {"days": 30, "toCosigners": False}}
    assert change(lender, rightToCure=only).body["rightToCure"] == only
    assert change(lender, rightToCure={}).body["rightToCure"] == {}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"brand": None}, "brand"),
        ({"brand": {"shoeSize": 44}}, "brand.shoeSize"),
        ({"brand": {"language": "xx"}}, "brand.language"),
        ({"brand": {"currency": "XXX"}}, "brand.currency"),
        ({"brand": {"portalUrl": "http://x.example.com"}}, "brand.portalUrl"),
        ({"brand": {"optOutText": {"xx": "STOP"}}}, "brand.optOutText.xx"),
        ({"brand": {"testRecipients": ["nobody"]}}, "brand.testRecipients.0"),
        ({"brand": {"testRecipients": ["a@b.co"] * 21}}, "brand.testRecipients"),
        ({"rightToCure": None}, "rightToCure"),
        ({"rightToCure": {"IA": {}}}, "rightToCure.IA.days"),
        ({"rightToCure": {"IA": {"days": 0}}}, "rightToCure.IA.days"),
        ({"rightToCure": {"IA": {"days": "20"}}}, "rightToCure.IA.days"),
        ({"rightToCure": {"IA": {"days": 20, "x": 1}}}, "rightToCure.IA.x"),
    ],
    ids=str,
)
def test_a_brand_or_rule_that_cannot_be_is_400_and_named(
    fields: Any, field: str, lender: Lender
) -> None:
    assert change(lender, **fields).fields == [field]


def test_the_contact_policy_is_changed_member_by_member(lender: Lender) -> None:
    policy = {
        "profile": "first-party",
        "hours": {"start": "09:00", "end": "20:00"},
        "callsIn7Days": 3,
        "stateCaps": {"TX": {"contacts": 1, "days": 2}},
    }
    shown = lender.call(PATCH, body={"contactPolicy": policy}).body["contactPolicy"]
    assert (shown["profile"], shown["hours"]) == ("first-party", policy["hours"])
    assert (shown["callsIn7Days"], shown["pauseDays"]) == (3, 7)
    assert sorted(shown["stateCaps"]) == ["MA", "TX", "WA"]
    assert shown["chosen"] == ["hours", "callsIn7Days", "stateCaps"]
    assert shown["ruleVersion"] == "2026-01/first-party+1"
    body = {"contactPolicy": {"callsIn7Days": None, "stateCaps": {"TX": None}}}
    back = lender.call(PATCH, body=body).body["contactPolicy"]
    assert (back["callsIn7Days"], back["chosen"]) == (7, ["hours"])
    off = {"contactPolicy": {"callFrequency": False}}
    assert lender.call(PATCH, body=off).body["contactPolicy"]["callsIn7Days"] is None


def test_what_is_not_said_of_a_states_cap_stays_as_it_is_in_effect(lender: Lender) -> None:
    def caps(**states: Any) -> Any:
        body = {"contactPolicy": {"stateCaps": states}}
        return lender.call(PATCH, body=body).body["contactPolicy"]["stateCaps"]

    every = ["call", "email", "mail", "text", "voice", "whatsapp"]
    assert caps(WA={"contacts": 5})["WA"] == {"contacts": 5, "days": 7, "channels": every}
    assert caps(WA={"contacts": 5, "days": 3})["WA"]["days"] == 3
    assert caps(WA={"contacts": 4})["WA"] == {"contacts": 4, "days": 3, "channels": every}
    assert caps(TX={"contacts": 1})["TX"]["channels"] == ["call", "text", "voice", "whatsapp"]
    assert caps(WA=None)["WA"] == {"contacts": 3, "days": 7, "channels": every}


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        ({"profile": None}, "contactPolicy.profile"),
        ({"profile": "nobody"}, "contactPolicy.profile"),
        ({"hours": {"start": "21:00", "end": "08:00"}}, "contactPolicy.hours"),
        ({"hours": {"start": "8", "end": "21:00"}}, "contactPolicy.hours.start"),
        ({"callsIn7Days": -1}, "contactPolicy.callsIn7Days"),
        ({"callsIn7Days": True}, "contactPolicy.callsIn7Days"),
        ({"callsIn7Days": 3, "callFrequency": False}, "contactPolicy.callsIn7Days"),
        ({"pauseDays": 3, "callFrequency": False}, "contactPolicy.pauseDays"),
        ({"stateCaps": {"WA": {"contacts": True}}}, "contactPolicy.stateCaps.WA.contacts"),
        ({"exportsADay": 0}, "contactPolicy.exportsADay"),
        ({"consentChannels": ["fax"]}, "contactPolicy.consentChannels.0"),
        ({"stateCaps": {"XX": {"contacts": 1}}}, "contactPolicy.stateCaps"),
        ({"stateCaps": {"TX": {"contacts": 1, "days": 32}}}, "contactPolicy.stateCaps.TX.days"),
        ({"quietHours": {}}, "contactPolicy.quietHours"),
    ],
)
def test_a_contact_policy_that_does_not_fit_is_400_naming_the_field(
    lender: Lender, policy: Any, field: str
) -> None:
    assert lender.call(PATCH, body={"contactPolicy": policy}).fields == [field]


def test_the_secret_of_the_agency_api_is_kept_sealed_and_shown_masked(lender: Lender) -> None:
    def patch(value: str | None) -> Answer:
        return lender.call(PATCH, body={"agencySigningSecret": value})

    assert patch("a secret of sixteen").body["agencySigningSecret"] == "********teen"
    kept = wiring.access().company(lender.id)
    assert kept.agency_secret is not None
    assert "secret of" not in str(kept)
    opened = wiring.secrets().open(kept.agency_secret, kept.agency_secret_context)
    assert opened == "a secret of sixteen"
    assert patch("********teen").body["agencySigningSecret"] == "********teen"
    assert wiring.access().company(lender.id).agency_secret == kept.agency_secret
    assert patch("********else").fields == ["agencySigningSecret"]
    assert patch("too short").fields == ["agencySigningSecret"]
    assert patch(None).body["agencySigningSecret"] is None
    assert wiring.access().company(lender.id).agency_secret is None
    assert patch("********teen").fields == ["agencySigningSecret"]
