import re
from datetime import datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest

from campaigns import wiring
from campaigns.domain.public_id import CAMPAIGN, EXPORTER, read
from campaigns.domain.schedule import local_date_of
from campaigns.domain.secret import secret_context
from tests.integration.delivery.keys import FORMS, key_pair
from tests.integration.events import sample_body
from tests.integration.lender import Answer, Lender, new_id, shown

CREATE = "borrower/create_campaign"
QUERY = "https://redash.example.com/queries/42"
SFTP = {"host": "sftp.example.com", "username": "dialer", "password": "a-password-of-ours"}
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIaFaMcGRMYL3bRJLyWXEDTnqCTbDTlgK4XDHHmkvWkP"


def create(lender: Lender, **fields: Any) -> Answer:
    return lender.call(CREATE, body=fields)


def test_the_sample_campaign_is_created(lender: Lender) -> None:
    body = sample_body(CREATE)
    lender.exporter(id=read(EXPORTER, body["contactExporterId"]))
    answer = lender.call(CREATE)
    made = answer.data
    assert answer.body == {"status": 0, "message": "OK", "data": made}
    assert made == {
        "id": made["id"],
        "createdAt": made["createdAt"],
        "updatedAt": made["createdAt"],
        "deletedAt": None,
        "externalId": "overdue-1-30",
        "name": "Overdue 1-30 days",
        "status": "active",
        "redashQueryUrl": QUERY,
        "redashApiKey": "********0001",
        "queryParameters": {},
        "schedule": "P P * * 1-5",
        "nextRunAt": made["nextRunAt"],
        "timezone": "America/Chicago",
        "contactExporterId": body["contactExporterId"],
        "bulkSenderId": None,
        "sftpSettings": {
            "host": "sftp.example.com",
            "username": "campaigns",
            "password": "********0001",
            "cdDir": "inbox",
            "privateKey": None,
            "passphrase": None,
            "hostKey": None,
            "publish": "rename",
            "overwrite": "replace",
            "createDirs": False,
            "nameTemplate": None,
            "trigger": "none",
            "recall": True,
            "split": None,
        },
        "safety": {
            "zeroRows": None,
            "audienceChange": None,
            "maxAudience": None,
            "maxWithoutPhonePercent": None,
            "queryChange": None,
        },
        "approvedQuerySha256": None,
    }
    assert re.fullmatch(r"CM-[0-9A-HJKMNP-TV-Z]{13}-[0-9A-HJKMNP-TV-Z]{13}", made["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["createdAt"])
    assert lender.call("borrower/get_campaign", ids={"campaignId": made["id"]}).data == made


def test_nothing_is_required(lender: Lender) -> None:
    made = create(lender).data
    assert (made["name"], made["status"], made["timezone"]) == ("", "active", "America/Chicago")
    assert all(
        made[name] is None
        for name in ("redashQueryUrl", "schedule", "nextRunAt", "sftpSettings", "externalId")
    )


def test_fields_that_we_do_not_know_are_ignored(lender: Lender) -> None:
    made = create(lender, name="Spring", color="green", id="CM-1", sftpSettings={**SFTP, "x": 1})
    assert made.data["name"] == "Spring"
    assert "color" not in made.data


def test_its_alarm_clock_rings_in_the_run_window_of_the_company(lender: Lender) -> None:
    made = create(lender, schedule="p P 1-15/2 jan-DEC sun").data
    assert made["schedule"] == "P P 1-15/2 jan-DEC sun"
    entry = wiring.schedules().find(lender.id, read(CAMPAIGN, made["id"]) or "")
    assert entry is not None
    assert entry.zone == "America/Chicago"
    assert lender.company.run_window.start <= entry.at < lender.company.run_window.end
    local = datetime.fromisoformat(made["nextRunAt"]).astimezone(ZoneInfo("America/Chicago"))
    assert (local.time(), local.isoweekday()) == (entry.at, 7)
    assert local.date() >= local_date_of(wiring.now(), "America/Chicago")


@pytest.mark.parametrize("status", ["draft", "paused", "archived"])
def test_only_an_active_campaign_gets_an_alarm_clock(status: str, lender: Lender) -> None:
    made = create(lender, schedule="P P * * *", status=status).data
    assert (made["status"], made["nextRunAt"]) == (status, None)
    assert wiring.schedules().find(lender.id, read(CAMPAIGN, made["id"]) or "") is None


@pytest.mark.parametrize("passphrase", ["", "horse-battery"])
@pytest.mark.parametrize(
    ("kind", "form"),
    [*product(["ecdsa-256", "rsa"], FORMS), ("ed25519", "OpenSSH"), ("ed25519", "PKCS8")],
)
def test_a_private_key_is_taken_in_every_form(
    lender: Lender, kind: str, form: str, passphrase: str
) -> None:
    pair = key_pair(kind, passphrase, form)
    told = {"privateKey": pair.private, "passphrase": passphrase or None}
    answer = create(lender, sftpSettings={"host": "sftp.example.com", "username": "d", **told})
    assert answer.status == 200


def test_secrets_are_sealed_for_their_place_and_never_shown(lender: Lender) -> None:
    key = key_pair("ed25519", "p").private
    secrets = {"password": "a-password-of-ours", "privateKey": key, "passphrase": "p"}
    answer = create(
        lender,
        redashApiKey="twelve-chars",
        sftpSettings={"host": "sftp.example.com", "username": "dialer", **secrets},
    )
    assert answer.data["redashApiKey"] == "********"
    sftp = answer.data["sftpSettings"]
    assert sftp["password"] == "********ours"
    assert (sftp["privateKey"], sftp["passphrase"]) == ("********---\n", "********")
    kept = wiring.campaigns().get(lender.id, read(CAMPAIGN, answer.data["id"]) or "")
    assert "twelve-chars" not in repr(kept)
    assert kept.query_key is not None
    context = secret_context(lender.id, kept.id, "redashApiKey")
    assert wiring.secrets().open(kept.query_key, context) == "twelve-chars"


def test_parameters_in_the_query_url_become_query_parameters(lender: Lender) -> None:
    made = create(
        lender,
        redashQueryUrl=f"{QUERY}/source?p_days=30&p_state=TX&api_key=secret#12",
        queryParameters={"days": 10, "window": {"start": "a", "end": "b"}, "in": ["x", 1.5, None]},
    ).data
    assert made["redashQueryUrl"] == QUERY
    assert made["queryParameters"] == {
        "days": "30",
        "state": "TX",
        "window": {"start": "a", "end": "b"},
        "in": ["x", 1.5, None],
    }


@pytest.mark.parametrize(
    "url",
    [
        "http://redash.example.com:5000/queries/7",
        "https://redash.example.com/acme/queries/7",
        "https://[2606:4700::1111]:8443/queries/7",
        "http://127.0.0.1:5000/queries/7",
    ],
)
def test_a_query_url_is_kept_as_it_is(url: str, lender: Lender) -> None:
    assert create(lender, redashQueryUrl=url).data["redashQueryUrl"] == url


@pytest.mark.parametrize("spelled", ["shown", "uuid", "external"])
def test_an_exporter_is_named_in_any_of_three_ways(spelled: str, lender: Lender) -> None:
    exporter = lender.exporter(external_id="dialer")
    name = {"shown": shown(exporter), "uuid": exporter.id, "external": "ext-dialer"}[spelled]
    assert create(lender, contactExporterId=name).data["contactExporterId"] == shown(exporter)


REFUSED: list[tuple[dict[str, Any], str]] = [
    *(
        ({"redashQueryUrl": url}, "redashQueryUrl")
        for url in (
            "",
            "queries/42",
            "ftp://redash.example.com/queries/42",
            "https://redash.example.com/queries/",
            "https://redash.example.com/queries/abc",
            "https://redash.example.com/dashboards/42",
            "https://redash.example.com/api/queries/42",
            "https://user:word@redash.example.com/queries/42",
            "https://redash.example.com:0/queries/42",
            "https://redash.example.com:99999/queries/42",
            "https:///queries/42",
            "https://redash.example.com/queries/42 ",
            "https://redash\\example.com/queries/42",
            f"https://redash.example.com/{'x' * 2000}/queries/42",
            "https://169.254.169.254/queries/42",
            "https://10.0.0.8/queries/42",
            "https://192.168.1.1/queries/42",
            "https://[::1]/queries/42",
            "https://2852039166/queries/42",
            "https://127.0.0.2/queries/42",
            17,
            ["https://redash.example.com/queries/42"],
        )
    ),
    *(
        ({"schedule": text}, "schedule")
        for text in (
            "",
            "@daily",
            "0 6 * * *",
            "P P P * *",
            "P P * *",
            "P P * * * *",
            "P P 30 2 *",
            "P P 31 4,6,9,11 *",
            "P P 5-1 * *",
            "P P */0 * *",
            "P P 3/2 * *",
            "P P L * *",
            "P P ? * 1",
            "P P * 13 *",
            "P P * * 8",
            "P P * * 1#2",
            "P P " + "1," * 100 + "1 * *",
            5,
        )
    ),
    ({"externalId": "ext-spring"}, "externalId"),
    ({"externalId": ""}, "externalId"),
    ({"externalId": "x" * 51}, "externalId"),
    ({"externalId": 5}, "externalId"),
    ({"name": "x" * 201}, "name"),
    ({"status": "running"}, "status"),
    ({"status": "ACTIVE"}, "status"),
    ({"redashApiKey": ""}, "redashApiKey"),
    ({"redashApiKey": "********"}, "redashApiKey"),
    ({"redashApiKey": "********abcd"}, "redashApiKey"),
    ({"redashApiKey": "x" * 4097}, "redashApiKey"),
    ({"queryParameters": [1]}, "queryParameters"),
    ({"queryParameters": {"a": {"b": {"c": 1}}}}, "queryParameters.a"),
    ({"queryParameters": {"a": [[1]]}}, "queryParameters.a"),
    ({"queryParameters": {"a": 10**30}}, "queryParameters.a"),
    ({"queryParameters": {"a": float("nan")}}, "body"),
    ({"queryParameters": {"a": "\ud800"}}, "queryParameters.a"),
    ({"bulkSenderId": "BS-0000000000000-0000000000000"}, "bulkSenderId"),
    ({"contactExporterId": "CE-0000000000000-0000000000000"}, "contactExporterId"),
    ({"contactExporterId": "CM-0000000000000-0000000000000"}, "contactExporterId"),
    ({"contactExporterId": "dialer"}, "contactExporterId"),
    ({"contactExporterId": "ext-"}, "contactExporterId"),
    ({"contactExporterId": "ext-nobody"}, "contactExporterId"),
    ({"contactExporterId": 3}, "contactExporterId"),
]
REFUSED_SFTP: list[tuple[dict[str, Any], str]] = [
    *(
        ({"host": host}, "host")
        for host in (
            "",
            None,
            "sftp://sftp.example.com",
            "campaigns@sftp.example.com",
            "sftp.example.com/inbox",
            "sftp.example.com:0",
            "sftp.example.com:65536",
            "sftp.example.com:ssh",
            "2001:db8::1",
            "[sftp.example.com]",
            "[::1]:22",
            "10.1.2.3",
            "169.254.169.254:22",
            "127.0.0.2:22",
            "x" * 301,
        )
    ),
    ({"username": ""}, "username"),
    ({"username": None}, "username"),
    ({"username": "x" * 201}, "username"),
    ({"password": None}, "password"),
    ({"password": ""}, "password"),
    ({"password": "********"}, "password"),
    ({"password": 5}, "password"),
    ({"privateKey": "********abcd"}, "privateKey"),
    ({"privateKey": "junk"}, "privateKey"),
    ({"privateKey": "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA"}, "privateKey"),
    ({"privateKey": key_pair("rsa").private[:-80]}, "privateKey"),
    ({"privateKey": key_pair("ed25519").public}, "privateKey"),
    ({"privateKey": key_pair("ed25519", "p").private}, "privateKey"),
    ({"privateKey": key_pair("ed25519", "p").private, "passphrase": "q"}, "privateKey"),
    ({"passphrase": "********"}, "passphrase"),
    ({"cdDir": "in\0box"}, "cdDir"),
    ({"cdDir": "in\nbox"}, "cdDir"),
    ({"cdDir": "x" * 1001}, "cdDir"),
    ({"hostKey": ""}, "hostKey"),
    ({"hostKey": "SHA256:abcdef"}, "hostKey"),
    ({"hostKey": HOST_KEY[:-8]}, "hostKey"),
    ({"publish": "copy"}, "publish"),
    ({"overwrite": "maybe"}, "overwrite"),
    ({"createDirs": "perhaps"}, "createDirs"),
    ({"nameTemplate": ""}, "nameTemplate"),
    ({"nameTemplate": "{nobody}.csv"}, "nameTemplate"),
    ({"nameTemplate": "in/{campaign}.csv"}, "nameTemplate"),
    ({"nameTemplate": "{runId}.done", "trigger": "done"}, "nameTemplate"),
    ({"nameTemplate": "{runId}.json", "trigger": "manifest"}, "nameTemplate"),
    ({"trigger": "always"}, "trigger"),
    ({"split": "state"}, "split"),
    ({"split": "timeZone", "nameTemplate": "x" * 180 + "{runId}{kind}"}, "nameTemplate"),
]


@pytest.mark.parametrize(("fields", "field"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_field_that_cannot_be_is_400_and_named(fields: Any, field: str, lender: Lender) -> None:
    answer = create(lender, **fields)
    assert answer.fields == [field]
    assert answer.body == {
        "status": 400,
        "message": answer.body["message"],
        "data": None,
        "errors": [{"field": field, "message": answer.body["errors"][0]["message"]}],
    }
    assert lender.call("borrower/list_campaigns").body["total"] == 0


@pytest.mark.parametrize(("settings", "field"), REFUSED_SFTP, ids=lambda value: str(value)[:40])
def test_an_sftp_setting_that_cannot_be_is_400_and_named(
    settings: Any, field: str, lender: Lender
) -> None:
    answer = create(lender, sftpSettings={**SFTP, **settings})
    assert answer.fields == [f"sftpSettings.{field}"]


def test_a_refused_schedule_shows_one_that_is_valid(lender: Lender) -> None:
    assert "P P * * 1-5" in create(lender, schedule="@weekly").body["errors"][0]["message"]


def test_every_misfit_is_named_at_once(lender: Lender) -> None:
    assert create(lender, name=5, status="on", sftpSettings={"host": 7}).fields == [
        "name",
        "status",
        "sftpSettings.host",
    ]


def test_a_pinned_host_key_and_a_name_template_are_kept(lender: Lender) -> None:
    settings = {**SFTP, "hostKey": HOST_KEY, "nameTemplate": "{kind}-{YYYY}.csv"}
    made = create(lender, sftpSettings=settings).data["sftpSettings"]
    assert (made["hostKey"], made["nameTemplate"]) == (HOST_KEY, "{kind}-{YYYY}.csv")


def test_a_trigger_is_kept_shown_and_taken_back(lender: Lender) -> None:
    made = create(lender, sftpSettings={**SFTP, "trigger": "manifest"}).data
    assert made["sftpSettings"]["trigger"] == "manifest"
    template = {"sftpSettings": {"nameTemplate": "{runId}.json"}}
    ids = {"campaignId": made["id"]}
    assert lender.call("borrower/update_campaign", ids=ids, body=template).fields == [
        "sftpSettings.nameTemplate"
    ]
    back = {"sftpSettings": {"trigger": None, "nameTemplate": "{runId}.json"}}
    shown = lender.call("borrower/update_campaign", ids=ids, body=back).data["sftpSettings"]
    assert (shown["trigger"], shown["nameTemplate"]) == ("none", "{runId}.json")


def test_an_exporter_of_another_company_or_a_deleted_one_does_not_exist(
    lender: Lender, stranger: Lender
) -> None:
    theirs = stranger.exporter(external_id="theirs")
    gone = lender.exporter(external_id="gone", deleted_at=wiring.now())
    for name in (shown(theirs), theirs.id, "ext-theirs", shown(gone), gone.id, new_id()):
        answer = create(lender, contactExporterId=name)
        assert answer.fields == ["contactExporterId"]
        assert answer.body["message"] == f"contact exporter {name} does not exist"


def test_an_external_id_that_is_taken_is_409(lender: Lender, stranger: Lender) -> None:
    assert stranger.call(CREATE, body={"externalId": "spring"}).status == 200
    assert create(lender, externalId="spring").status == 200
    again = create(lender, externalId="spring", schedule="P P * * *")
    assert (again.status, again.body) == (
        409,
        {"status": 409, "message": "externalId 'spring' is already in use", "data": None},
    )


def test_a_refused_campaign_leaves_no_alarm_clock_behind(lender: Lender) -> None:
    scheduler = boto3.client("scheduler")
    group = wiring.settings().schedule_group

    def clocks() -> int:
        pages = scheduler.get_paginator("list_schedules").paginate(GroupName=group)
        return sum(len(page["Schedules"]) for page in pages)

    create(lender, externalId="spring", schedule="P P * * *")
    before = clocks()
    assert create(lender, externalId="spring", schedule="P P * * *").status == 409
    assert clocks() == before


def test_the_external_id_of_a_deleted_campaign_is_free_again(lender: Lender) -> None:
    create(lender, externalId="spring")
    lender.call("borrower/delete_campaign", ids={"campaignId": "ext-spring"})
    second = create(lender, externalId="spring").data["id"]
    found = lender.call("borrower/get_campaign", ids={"campaignId": "ext-spring"})
    assert found.data["id"] == second


LIMITS: dict[str, Any] = {
    "zeroRows": "allow",
    "audienceChange": {"percent": 40, "ofRuns": 10},
    "maxAudience": 25_000,
    "maxWithoutPhonePercent": 5,
    "queryChange": "hold",
}


def test_safety_limits_are_shown_as_they_were_given(lender: Lender) -> None:
    made = create(lender, safety=LIMITS).data
    assert made["safety"] == LIMITS
    usual = create(lender, safety={"audienceChange": {"percent": 40}}).data["safety"]
    assert usual["audienceChange"] == {"percent": 40, "ofRuns": 7}
    assert create(lender, safety=dict.fromkeys(LIMITS)).data["safety"] == dict.fromkeys(LIMITS)


@pytest.mark.parametrize(
    ("safety", "field"),
    [
        ("strict", "safety"),
        ({"zeroRows": "skip"}, "safety.zeroRows"),
        ({"zeroRows": True}, "safety.zeroRows"),
        ({"audienceChange": 20}, "safety.audienceChange"),
        ({"audienceChange": {}}, "safety.audienceChange.percent"),
        ({"audienceChange": {"percent": 0}}, "safety.audienceChange.percent"),
        ({"audienceChange": {"percent": 1001}}, "safety.audienceChange.percent"),
        ({"audienceChange": {"percent": 20, "ofRuns": 2}}, "safety.audienceChange.ofRuns"),
        ({"audienceChange": {"percent": 20, "ofRuns": 51}}, "safety.audienceChange.ofRuns"),
        ({"audienceChange": {"percent": 20, "runs": 5}}, "safety.audienceChange.runs"),
        ({"maxAudience": 0}, "safety.maxAudience"),
        ({"maxAudience": -5}, "safety.maxAudience"),
        ({"maxAudience": 2.5}, "safety.maxAudience"),
        ({"maxAudience": "100"}, "safety.maxAudience"),
        ({"maxAudience": 10**30}, "safety.maxAudience"),
        ({"maxWithoutPhonePercent": 101}, "safety.maxWithoutPhonePercent"),
        ({"maxWithoutPhonePercent": -1}, "safety.maxWithoutPhonePercent"),
        ({"queryChange": "warn"}, "safety.queryChange"),
        ({"maxAudiance": 100}, "safety.maxAudiance"),
    ],
)
def test_a_limit_that_is_none_is_400(safety: Any, field: str, lender: Lender) -> None:
    assert create(lender, safety=safety).fields == [field]
