"""Companies are kept apart: every route of the template, walked with another company's key.

What belongs to another company is answered, by status and by every word, as what does not exist;
the same holds between a company and its own test data. New routes are walked as they come.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from campaigns import wiring
from campaigns.domain.api_key import SCOPES
from campaigns.domain.company import live_space_of
from campaigns.domain.schedule import RunWindow
from campaigns.edge.auth import PUBLIC
from campaigns.usecases.create_company import create_company
from campaigns.usecases.issue_key import issue_key
from local.openapi import FILE
from local.provision import client
from tests.integration.belongings import KINDS, ROUTES, Asked, Belongings, Nothing, asked_for
from tests.integration.conftest import Deployment
from tests.integration.lender import Answer, Lender, new_id

DESCRIBED: Final = json.loads(FILE.read_text())["paths"]


def handler_of(route: str) -> Any:
    return import_module(f"functions.{ROUTES[route].replace('/', '.')}").handler


KEYED: Final = [route for route in ROUTES if handler_of(route).scope is not PUBLIC]


def queried(route: str) -> tuple[str, ...]:
    method, path = route.split()
    told = DESCRIBED[path][method.lower()]["parameters"]
    return tuple(one["name"] for one in told if one["in"] == "query")


def cursors(route: str) -> set[str]:
    return {"startingAfter", "endingBefore", "nextToken"} & set(queried(route))


SAME_FOR_EVERYBODY: Final = {
    "GET /companies/{companyId}/campaign-workers/contact-exporters/fields",
    "GET /v1/schedules/explain",
}
"""They show nothing that belongs to anybody."""

NAMING: Final = [
    route for route in KEYED if asked_for(route, Nothing(), queried=queried(route)).ids
]
"""Routes that name a thing, in their path, their query or their body."""

COMPANY: Final = {"companyId", "uuid"}
"""What paths call the company itself."""

BESIDE_THE_COMPANY: Final = [
    route
    for route in NAMING
    if not asked_for(route, Nothing(), queried=queried(route)).path.keys() <= COMPANY
]
"""Those that name more than the company itself, which its test keys belong to as well."""

LIVE: Final = ("customers/", "agency/")
"""The keys of dialers and of agencies are live ones."""

FOR_TEST_KEYS: Final = [route for route in BESIDE_THE_COMPANY if not ROUTES[route].startswith(LIVE)]

SHOWING_ALL: Final = [
    route
    for route in KEYED
    if route.startswith("GET ")
    and not re.search(r"{(?!companyId}|uuid})", route)
    and route not in {*SAME_FOR_EVERYBODY, "GET /v1/companies/{companyId}"}
]
"""Lists of all that a company has of a kind."""

NONE_ARE_404: Final = {"GET /{uuid}/agency/getCampaignData"}
"""Lists that are not there when there is nothing on them."""

CONTINUED: Final = [route for route in KEYED if cursors(route)]

# Ids, times, tokens and signatures, which are new in every answer that goes well.
_NEW: Final = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\b[A-Z]{2}-[0-9A-Z]{13}-[0-9A-Z]{13}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z"), "<at>"),
    (re.compile(r"\b(sk_live_|sk_test_|cc_|ag_|fs_|whsec_)[\w-]+"), "<secret>"),
    (re.compile(r"X-Amz-[^\"]+"), "<signature>"),
    (re.compile(r'("(?:secret|clientSecret|key|hint)": ")[^"]+'), r"\1<secret>"),
    (re.compile(r'("ms": )\d+'), r"\1 0"),
]


def ask(who: Lender, route: str, asked: Asked, **but: Any) -> Answer:
    method = route.partition(" ")[0]
    if asked.body is not None:
        but["body"] = asked.body
    company = {"companyId": live_space_of(who.id)}
    ids = {**company, **asked.path}
    return who.call(ROUTES[route], ids=ids, query=asked.query, method=method, **but)


def words(answer: Answer, who: Lender, asked: Asked) -> tuple[int, str]:
    """What was said, without the ids that were asked for and what is new in every answer."""
    text = json.dumps(answer.body, ensure_ascii=False, sort_keys=True)
    for id in sorted(asked.ids | {who.id, live_space_of(who.id)}, key=len, reverse=True):
        text = text.replace(id, "<id>")
    for pattern, instead in _NEW:
        text = pattern.sub(instead, text)
    return answer.status, text


def own_company(who: Lender, asked: Asked) -> Asked:
    """The same with the asker's own company in the path, where there is one."""
    own = dict.fromkeys(COMPANY & asked.path.keys(), live_space_of(who.id))
    return replace(asked, path={**asked.path, **own})


def assert_it_is_there(owner: Lender, route: str, asked: Asked, told: tuple[int, str]) -> None:
    """For whom it belongs to; else nothing would be proved by telling others that it is not.

    `told` is what they were. The sample may ask for what its present state does not allow.
    """
    answer = ask(owner, route, asked)
    assert answer.status not in (401, 403, 404), answer.body
    assert answer.status < 400 or words(answer, owner, asked) != told


@pytest.fixture
def newcomer(deployed: Deployment) -> Lender:
    """A third company, which has nothing to do with the others."""
    known: dict[str, Any] = {"access": wiring.access(), "new_id": new_id, "now": wiring.now}
    company = create_company("Contoso Collections", "America/New_York", RunWindow(), **known)
    _, key = issue_key(company.id, "tests", SCOPES, token=wiring.new_token, **known)
    return Lender(company, key)


@pytest.mark.parametrize("route", NAMING)
def test_what_belongs_to_another_company_is_answered_as_what_does_not_exist(
    route: str, lender: Lender, stranger: Lender, newcomer: Lender
) -> None:
    things = Belongings(lender)
    if route in NONE_ARE_404:
        things.id_of("agency campaign")
    theirs = asked_for(route, things, queried=queried(route))
    none = asked_for(route, Nothing(), queried=queried(route))
    told = words(ask(stranger, route, theirs), stranger, theirs)
    assert told == words(ask(newcomer, route, none), newcomer, none)
    if COMPANY & theirs.path.keys() and route in BESIDE_THE_COMPANY:
        theirs, none = own_company(stranger, theirs), own_company(newcomer, none)
        told = words(ask(stranger, route, theirs), stranger, theirs)
        assert told == words(ask(newcomer, route, none), newcomer, none)
        theirs = own_company(lender, theirs)
    assert_it_is_there(lender, route, theirs, told)


@pytest.mark.parametrize("route", FOR_TEST_KEYS)
def test_what_is_live_is_answered_to_a_test_key_as_what_does_not_exist(
    route: str, lender: Lender, newcomer: Lender
) -> None:
    theirs = asked_for(route, Belongings(lender), queried=queried(route))
    tester, other = lender.in_test(), newcomer.in_test()
    none = own_company(other, asked_for(route, Nothing(), queried=queried(route)))
    told = words(ask(tester, route, theirs), tester, theirs)
    assert told == words(ask(other, route, none), other, none)
    assert_it_is_there(lender, route, theirs, told)


@pytest.mark.parametrize("route", SHOWING_ALL)
def test_a_list_shows_nothing_of_another_company(
    route: str, lender: Lender, stranger: Lender, newcomer: Lender
) -> None:
    theirs = everything(lender)
    shown = str(ask(lender, route, asked_for(route, theirs)).body)
    assert any(id in shown for id in theirs.made.values()), "it shows what is there"

    def pairs() -> Iterator[tuple[Lender, Lender]]:
        yield stranger, newcomer
        if not ROUTES[route].startswith(LIVE):
            yield lender.in_test(), newcomer.in_test()

    for who, other in pairs():
        asked, control = (own_company(one, asked_for(route, Nothing())) for one in (who, other))
        answer = ask(who, route, asked)
        assert answer.status == (404 if route in NONE_ARE_404 else 200)
        assert not [id for id in theirs.ids if id in str(answer.body)]
        assert words(answer, who, asked) == words(ask(other, route, control), other, control)


@pytest.mark.parametrize("route", CONTINUED)
def test_a_list_is_not_continued_by_the_cursor_of_another_company(
    route: str, lender: Lender, stranger: Lender
) -> None:
    theirs, ours = everything(lender), everything(stranger)
    for things in (theirs, ours):
        if kind := kind_listed_at(route.split()[1]):
            things.id_of(kind)
            things.another(kind)
    asked = asked_for(route, theirs)
    first = ask(lender, route, replace(asked, query={"limit": "1"})).body
    for name in cursors(route):
        cursor = first["nextToken"] if name == "nextToken" else first["data"][0]["id"]
        turned = {"limit": "1", name: cursor}
        answer = ask(stranger, route, replace(asked_for(route, ours), query=turned))
        assert answer.status in (200, 400)
        told = str(answer.body).replace(str(cursor), "")
        assert not [id for id in theirs.ids if id in told]
        assert ask(lender, route, replace(asked, query=turned)).status == 200


@pytest.mark.parametrize("route", [one for one in KEYED if one.startswith("POST ")])
def test_an_idempotency_key_is_the_companys_own(
    route: str, lender: Lender, stranger: Lender
) -> None:
    theirs = Belongings(lender)
    asked = asked_for(route, theirs)
    same = {"idempotency-key": "same"}
    first = ask(lender, route, asked, headers=same)
    for who in (stranger, lender.in_test()):
        own_too = own_company(who, asked)
        for own in [asked] if own_too == asked else [asked, own_too]:
            answer = ask(who, route, own, headers=same)
            assert "idempotency-replayed" not in answer.headers
            assert not [id for id in theirs.ids - own.ids if id in str(answer.body)]
    again = ask(lender, route, asked, headers=same)
    is_kept = first.status in (200, 201) and handler_of(route).remembered
    assert ("idempotency-replayed" in again.headers) is is_kept


@pytest.mark.parametrize(
    ("route", "name"),
    [
        ("GET /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/files", "location"),
        ("GET /v1/campaigns/{campaignId}/runs/{runId}/files", "url"),
        ("POST /v1/imports", "uploadUrl"),
    ],
)
def test_a_link_leads_to_what_lies_under_its_companys_id(
    route: str, name: str, lender: Lender
) -> None:
    """Nobody else is handed one, since to others its thing does not exist."""
    for who in (lender, lender.in_test()):
        answer = ask(who, route, asked_for(route, Belongings(who)))
        link = answer.headers.get(name) or answer.body[name]
        assert f"/{who.id}/" in urlsplit(link).path


def test_nothing_of_a_company_is_changed_by_others(
    deployed: Deployment, lender: Lender, stranger: Lender
) -> None:
    theirs, tester = everything(lender), lender.in_test()
    before = kept_of(deployed, lender)
    assert len(before) > len(theirs.made)
    for route in KEYED:
        asked = asked_for(route, theirs, queried=queried(route))
        ask(stranger, route, asked)
        ask(stranger, route, own_company(stranger, asked))
        if route in FOR_TEST_KEYS:
            ask(tester, route, asked)
    assert kept_of(deployed, lender) == before


def kept_of(deployed: Deployment, owner: Lender) -> dict[str, str]:
    """All records and files of a company. What was remembered of requests is left out."""
    environment = deployed.environment
    found = {}
    dynamodb = client("dynamodb", environment["AWS_ENDPOINT_URL"])
    for name, table in environment.items():
        if name.endswith("_TABLE") and name != "REQUESTS_TABLE":
            for page in dynamodb.get_paginator("scan").paginate(TableName=table):
                for item in page["Items"]:
                    if owner.id in str(item):
                        found[f"{name} {item['pk']['S']} {item['sk']['S']}"] = str(item)
    bucket = environment["FILES_BUCKET"]
    s3 = client("s3", environment["AWS_ENDPOINT_URL"])
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for one in page.get("Contents", []):
            if f"/{owner.id}/" in one["Key"]:
                found[one["Key"]] = one["ETag"]
    return found


def everything(owner: Lender) -> Belongings:
    """One of each kind that any route names."""
    made = Belongings(owner)
    for route in KEYED:
        asked_for(route, made)
    made.id_of("failed run")
    return made


def kind_listed_at(path: str) -> str | None:
    """What a list is of, if it can be made by itself."""
    if path == "/v1/groups/{groupId}/members":
        return "member"
    if path == "/v1/outbox":
        return "message"
    for whole, kind in KINDS.items():
        if whole.rpartition("/")[0] == path:
            return kind
    return path if f"POST {path}" in ROUTES else None
