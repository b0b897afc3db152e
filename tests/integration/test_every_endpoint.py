"""What every endpoint refuses, each in the shape of its API."""

import base64
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Final
from uuid import uuid4

import pytest

from campaigns import wiring
from campaigns.domain.api_key import SCOPES, RateLimit, digest_of
from campaigns.edge.auth import PUBLIC
from local.template import Template
from tests.integration.conftest import Deployment, a_lender
from tests.integration.events import sample, sample_body
from tests.integration.lender import Answer, Lender

TEMPLATE: Final = Template()
ENDPOINTS: Final = sorted(
    f.module.removeprefix("functions.").replace(".", "/")
    for f in TEMPLATE.functions()
    if f.name in {route.function for route in TEMPLATE.routes()}
)
KEYED: Final = [
    name
    for name in ENDPOINTS
    if import_module(f"functions.{name.replace('/', '.')}").handler.scope is not PUBLIC
]
WITH_BODY: Final = [name for name in KEYED if "body" in sample(name)]
WITH_COMPANY: Final = [n for n in ENDPOINTS if "companyId" in sample(n).get("pathParameters", {})]
WITH_CAMPAIGN: Final = [n for n in ENDPOINTS if "campaignId" in sample(n).get("pathParameters", {})]
WITH_CAMPAIGN.remove("customers/get_campaign")
"""What is no UUID is 422 there."""
NAMING_FIELDS: Final = [n for n in WITH_BODY if not n.startswith(("customers/", "agency/"))]
"""Those that name the fields of a body that is no object."""

_known: list[Lender] = []


@pytest.fixture
def lender(deployed: Deployment) -> Lender:
    """One for all of these tests: what is refused leaves nothing behind."""
    if not _known:
        _known.append(a_lender("Northwind Lending", "America/Chicago"))
    return _known[0]


@pytest.fixture
def newcomer(deployed: Deployment) -> Lender:
    """One that has nothing yet."""
    return a_lender("Northwind Lending", "America/Chicago")


UUID: Final = re.compile(r"[0-9a-f-]{36}")

every_endpoint = pytest.mark.parametrize("function", KEYED)
"""Those that ask for a key."""


def refused(function: str, answer: Answer, status: int) -> str:
    """That it is an error in the shape of the function's API; what it says."""
    assert answer.status == status, answer.body
    if function.startswith("borrower/"):
        assert answer.headers["content-type"] == "application/json"
        assert answer.body.keys() - {"errors"} == {"status", "message", "data"}
        assert (answer.body["status"], answer.body["data"]) == (status, None)
        return str(answer.body["message"])
    if function.startswith("agency/"):
        assert answer.headers["content-type"] == "application/json"
        assert answer.body.keys() == {"success", "message"}
        assert answer.body["success"] is False
        assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
        return str(answer.body["message"])
    if function.startswith("financing/"):
        assert answer.headers["content-type"] == "application/json"
        assert answer.body.keys() == {"message", "errors"}
        assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
        return str(answer.body["message"])
    if function.startswith("collections/"):
        assert answer.headers["content-type"] == "application/json"
        if status in (401, 403):
            assert answer.body.keys() == {"detail"}
            return str(answer.body["detail"])
        assert answer.body.keys() == {"success", "status_code", "message", "errors", "meta"}
        told = (answer.body["success"], answer.body["status_code"], answer.body["meta"])
        assert told == (False, status, {})
        return str(answer.body["message"])
    if function.startswith("customers/"):
        assert answer.headers["content-type"] == "application/json"
        assert answer.body.keys() - {"errors", "retryAfter"} == {"message", "code"}
        return str(answer.body["message"])
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body.keys() - {"errors"} == {"type", "title", "status", "detail", "instance"}
    assert answer.body["status"] == status
    # A company in the path is that of the test, and not the one of the samples.
    asked, told = sample(function)["rawPath"], answer.body["instance"]
    assert UUID.sub("", told) == UUID.sub("", asked) or status == 404
    return str(answer.body["detail"])


def no_key(function: str) -> str:
    """What an API says to a request without a good key."""
    if function.startswith("collections/"):
        return "Invalid or expired API key"
    if function.startswith("financing/"):
        return "The token is missing, unknown or expired."
    return "The API key is missing, unknown or expired."


@every_endpoint
@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-key": None},
        {"x-api-key": ""},
        {"x-api-key": "sk_live_nobody"},
        {"x-api-key": "k" * 5000},
        {"x-api-key": None, "authorization": "Bearer"},
        {"x-api-key": None, "authorization": "Basic c2s6bGl2ZQ=="},
        {"x-api-key": None, "authorization": "Bearer sk_live_nobody"},
    ],
    ids=["none", "empty", "unknown", "endless", "bare", "basic", "bearer"],
)
def test_without_a_good_key_it_is_401(function: str, headers: Any, lender: Lender) -> None:
    said = refused(function, lender.call(function, headers=headers), 401)
    assert said == no_key(function)


@every_endpoint
@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_a_key_that_has_ended_is_as_good_as_none(function: str, ended: str, lender: Lender) -> None:
    past = wiring.now() - timedelta(seconds=1)
    former = lender.allowed(*SCOPES, **{ended: past})
    said = refused(function, former.call(function), 401)
    assert said == no_key(function)


@every_endpoint
def test_a_key_for_other_things_is_403_and_says_what_it_lacks(
    function: str, lender: Lender
) -> None:
    said = refused(function, lender.allowed("none:such").call(function), 403)
    assert said.startswith(("The API key lacks the scope ", "API key lacks required scope: "))
    missing = said.rpartition(" ")[2].rstrip(".")
    assert lender.allowed(missing).call(function).status not in (401, 403)


def test_a_revoked_key_is_believed_for_a_minute_at_most(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = "borrower/list_campaigns"
    assert lender.call(function).status == 200
    known = wiring.access().find_key(digest_of(lender.key))
    assert known is not None
    revoked = replace(known, revoked_at=wiring.now())
    monkeypatch.setattr(wiring.access(), "find_key", lambda _: revoked)
    assert lender.call(function).status == 200
    later = wiring.now() + timedelta(seconds=61)
    monkeypatch.setattr(wiring, "_clock", lambda: later)
    refused(function, lender.call(function), 401)


@every_endpoint
def test_a_bearer_token_is_as_good_as_a_key_header(function: str, newcomer: Lender) -> None:
    headers = {"x-api-key": None, "authorization": f"bearer {newcomer.key_for(function)}"}
    assert newcomer.call(function, headers=headers).status not in (401, 403)


@every_endpoint
def test_header_names_may_be_written_in_any_case(function: str, newcomer: Lender) -> None:
    key = newcomer.key_for(function)
    headers = {"x-api-key": None, "X-API-KEY": key}
    if function.startswith("agency/"):
        headers = {"x-api-key": None, "AUTHORIZATION": f"Bearer {key}"}
    assert newcomer.call(function, headers=headers).status not in (401, 403)


@pytest.mark.parametrize("function", WITH_COMPANY)
def test_another_company_in_the_path_does_not_exist(
    function: str, newcomer: Lender, stranger: Lender
) -> None:
    for id in (stranger.id, str(uuid4()), "acme", newcomer.id[:-1]):
        answer = newcomer.call(function, ids={"companyId": id})
        assert refused(function, answer, 404) == f"company {id} does not exist"


OF_RUNS = {f"borrower/{verb}" for verb in ("list_runs", "get_run", "cancel_run")}
OF_RUNS |= {f"borrower/{verb}" for verb in ("update_run", "download_run_files", "create_run_file")}
OF_RUNS |= {f"management/{verb}" for verb in ("list_run_decisions", "get_run_evidence")}
"""These find the runs of a campaign that was deleted, too."""


@pytest.mark.parametrize("function", WITH_CAMPAIGN)
def test_a_campaign_that_is_not_there_or_not_ours_is_404(
    function: str, lender: Lender, stranger: Lender
) -> None:
    theirs = stranger.campaign(external_id="spring")
    gone = lender.campaign(deleted_at=wiring.now())
    ids = ["CM-0000000000000-0000000000000", "CE-0000000000000-0000000000000", "x", "ext-"]
    missing = [*ids, "ext-" + "x" * 3000, theirs.id, "ext-spring", str(uuid4())]
    for id in missing if function in OF_RUNS else [*missing, gone.id]:
        answer = lender.call(function, ids={"campaignId": id})
        assert refused(function, answer, 404) == f"campaign {id} does not exist"


@pytest.mark.parametrize("function", NAMING_FIELDS)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "Spring"', "is not valid JSON"),
        ("name=Spring", "is not valid JSON"),
        ('{"name": "Spring"} {}', "is not valid JSON"),
        ("[]", "must be a JSON object"),
        ('[{"name": "Spring"}]', "must be a JSON object"),
        (' \n["name"]', "must be a JSON object"),
        ('"name"', "must be a JSON object"),
        ("17", "must be a JSON object"),
        ("true", "must be a JSON object"),
        ('{"a": ' * 100_000, ""),
        ('{"name": ' + "[" * 100_000 + "]" * 100_000 + "}", ""),
        ('{"name": NaN}', "NaN is no number"),
        ('{"name": [{"x": Infinity}]}', "Infinity is no number"),
        ('{"name": -Infinity}', "-Infinity is no number"),
        ('{"name": 1e999}', "1e999 is no number"),
        ('{"name": -1.5E+400}', "-1.5E+400 is no number"),
        ('{"name": ' + "9" * 5000 + "}", "9 is no number"),
        ('{"name": "NaN", Infinity}', "is not valid JSON"),
        ("NaN", "is not valid JSON"),
        ('\ufeff{"name": "Spring"}', "is not valid JSON"),
        ("{'name': 'Spring'}", "is not valid JSON"),
        ('{"name": "Spring",}', "is not valid JSON"),
        ('{"name": "Spr\ting"}', "is not valid JSON"),
    ],
    ids=lambda value: value[:20],
)
def test_a_body_that_is_no_object_is_400(
    function: str, text: str, message: str, lender: Lender
) -> None:
    answer = lender.call(function, text=text)
    refused(function, answer, 400)
    if message:
        assert answer.fields == ["body"]
        [error] = answer.body["errors"]
        assert message in error.get("message", error.get("error"))


@pytest.mark.parametrize("function", sorted(set(WITH_BODY) - set(NAMING_FIELDS)))
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"text": '{"name": "Spring"'}, 400),
        ({"text": '{"name": NaN}'}, 400),
        ({"text": '{"name": 1e999}'}, 400),
        ({"text": '{"a": ' * 100_000}, 400),
        ({"text": "[]"}, 422),
        ({"text": "17"}, 422),
        ({"encoded": base64.b64encode(b'{"name": "\xff"}').decode()}, 400),
        ({"encoded": "&&&"}, 400),
        ({"headers": {"content-type": "text/plain"}}, 415),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_body_that_dialers_and_agencies_cannot_send_is_told_by_its_status(
    function: str, sent: Any, status: int, lender: Lender
) -> None:
    if function.startswith("agency/") and status == 422:
        status = 400
    refused(function, lender.call(function, **sent), status)


def test_words_for_no_number_are_words(lender: Lender) -> None:
    body = {"firstName": "NaN Infinity", "lastName": "1e999"}
    answer = lender.call("management/put_customer", body=body)
    assert (answer.body["firstName"], answer.body["lastName"]) == ("NaN Infinity", "1e999")


def test_of_a_field_that_is_sent_twice_the_last_one_counts(lender: Lender) -> None:
    text = '{"firstName": "Ada", "firstName": "Grace"}'
    assert lender.call("management/put_customer", text=text).body["firstName"] == "Grace"


@pytest.mark.parametrize("function", WITH_BODY)
def test_a_body_over_one_megabyte_is_413(function: str, lender: Lender) -> None:
    large = '{"name": "' + "x" * 1_000_000 + '"}'
    assert "1 MB" in refused(function, lender.call(function, text=large), 413)
    encoded = base64.b64encode(large.encode()).decode()
    refused(function, lender.call(function, encoded=encoded), 413)


@pytest.mark.parametrize("function", NAMING_FIELDS)
@pytest.mark.parametrize("encoded", [base64.b64encode(b'{"name": "\xff"}').decode(), "&&&", "YQ"])
def test_a_body_that_is_no_text_is_400(function: str, encoded: str, lender: Lender) -> None:
    answer = lender.call(function, encoded=encoded)
    refused(function, answer, 400)
    assert answer.fields == ["body"]


@pytest.mark.parametrize(
    ("function", "field"),
    [
        ("borrower/create_campaign", "name"),
        ("borrower/update_campaign", "redashApiKey"),
        ("borrower/create_contact_exporter", "externalId"),
        ("management/put_customer", "firstName"),
        ("management/put_account", "number"),
        ("management/create_import", "kind"),
        ("management/create_plan", "campaignName"),
        ("management/update_plan", "currency"),
        ("management/create_financing_client", "name"),
        ("management/create_webhook", "url"),
        ("borrower/create_bulk_sender", "name"),
        ("management/create_group", "name"),
        ("management/preview_template", "customer"),
    ],
)
def test_half_a_character_is_400(function: str, field: str, lender: Lender) -> None:
    answer = lender.call(function, text=f'{{"{field}": "\\ud800"}}')
    refused(function, answer, 400)
    assert answer.fields == [field]


@pytest.mark.parametrize("function", NAMING_FIELDS)
def test_a_body_of_another_type_is_415_and_none_means_json(function: str, lender: Lender) -> None:
    told = {"content-type": "application/x-www-form-urlencoded"}
    said = refused(function, lender.call(function, headers=told), 415)
    assert said == "Send the body as application/json."
    untold = lender.call(function, headers={"content-type": None}, text="{")
    assert untold.fields == ["body"]


ASKS_NO_STORE = {"borrower/list_exporter_fields"}


@pytest.mark.parametrize("function", [name for name in KEYED if name not in ASKS_NO_STORE])
def test_a_fault_of_ours_is_500_and_says_nothing(
    function: str, newcomer: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    newcomer.call(function)
    stores = ("access", "campaigns", "exporters", "imports", "open_channel", "people", "plans")
    others = ("audit", "collections", "enrollments", "financing_clients", "webhooks")
    workers = ("groups", "messages", "outbox", "senders", "templates")
    for name in (*stores, *others, *workers):
        monkeypatch.setattr(wiring, name, lambda: None)
    said = refused(function, newcomer.call(function), 500)
    if function.startswith("agency/"):
        assert said.startswith("An unexpected error occurred")
    else:
        assert said == "Something went wrong on our side."


@every_endpoint
def test_a_key_that_asks_too_often_is_429_and_told_how_long_to_wait(
    function: str, lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime.fromisoformat("2026-03-02T12:00:40Z")
    monkeypatch.setattr(wiring, "_clock", lambda: at)
    hurried = lender.allowed(*SCOPES, rate_limit=RateLimit(2, 60))
    for _ in range(2):
        assert hurried.call(function).status != 429
    answer = hurried.call(function)
    said = refused(function, answer, 429)
    if function.startswith("customers/"):
        assert (said, answer.body["retryAfter"]) == ("Rate limit exceeded", 20)
    else:
        assert "try again in 20 s" in said
    assert answer.headers["retry-after"] == "20"
    assert lender.call(function).status != 429
    monkeypatch.setattr(wiring, "_clock", lambda: at + timedelta(seconds=20))
    assert hurried.call(function).status != 429


def test_a_refused_request_spends_nothing_of_a_limit(lender: Lender) -> None:
    hurried = lender.allowed("runs:read", rate_limit=RateLimit(1, 86_400))
    for _ in range(3):
        assert hurried.call("borrower/list_campaigns").status == 403


FIRST = {"headers": {"idempotency-key": "first"}}
REPEATABLE: Final = [
    "borrower/create_contact_exporter",
    "management/create_import",
    "management/create_key",
    "management/create_plan",
    "management/create_financing_client",
    "management/create_webhook",
    "borrower/create_bulk_sender",
    "management/create_template",
    "management/create_group",
]
"""What answers its sample with 200 for a company that has nothing yet."""


@pytest.mark.parametrize("function", REPEATABLE)
def test_a_post_that_is_repeated_gets_its_first_answer_again(
    function: str, newcomer: Lender
) -> None:
    first = newcomer.call(function, **FIRST)
    again = newcomer.call(function, **FIRST)
    assert first.status == again.status == 200
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    masked = dict.fromkeys({"key", "clientSecret", "secret"} & first.body.keys(), "********")
    assert again.body == {**first.body, **masked}


@pytest.mark.parametrize("function", REPEATABLE)
def test_the_same_body_laid_out_differently_is_the_same(function: str, newcomer: Lender) -> None:
    newcomer.call(function, **FIRST)
    body = json.dumps(dict(reversed(sample_body(function).items())), indent=3)
    again = newcomer.call(function, text=body, **FIRST)
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("function", REPEATABLE)
def test_another_body_under_the_same_key_is_422(function: str, newcomer: Lender) -> None:
    newcomer.call(function, **FIRST)
    body = {**sample_body(function), "name": "other"}
    said = refused(function, newcomer.call(function, body=body, **FIRST), 422)
    assert "with another body" in said


@pytest.mark.parametrize("function", REPEATABLE)
def test_two_companies_may_use_the_same_idempotency_key(
    function: str, lender: Lender, stranger: Lender
) -> None:
    lender.call(function, **FIRST)
    theirs = stranger.call(function, **FIRST)
    assert (theirs.status, "idempotency-replayed" in theirs.headers) == (200, False)


@pytest.mark.parametrize("function", REPEATABLE)
@pytest.mark.parametrize("key", ["", "k" * 256])
def test_an_idempotency_key_that_cannot_be_is_400(function: str, key: str, lender: Lender) -> None:
    answer = lender.call(function, headers={"idempotency-key": key})
    refused(function, answer, 400)
    assert answer.fields == ["idempotency-key"]


def test_a_refused_post_may_be_mended_under_the_same_key(newcomer: Lender) -> None:
    function = "management/create_import"
    refused(function, newcomer.call(function, body={"kind": "people"}, **FIRST), 400)
    assert newcomer.call(function, **FIRST).status == 200


def test_only_a_post_looks_at_the_idempotency_key(lender: Lender) -> None:
    for name in ("a", "b"):
        answer = lender.call("management/put_customer", body={"firstName": name}, **FIRST)
        assert answer.body["firstName"] == name
