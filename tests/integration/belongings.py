"""What a company has, by the names under which routes ask for it.

A thing is made by the table here, or by the POST of its collection with its sample event, so that
a new resource with a POST of its own needs no line here.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from uuid import uuid4

from campaigns import wiring
from campaigns.adapters.messaging.to_outbox import ToOutbox
from campaigns.domain.account import Account
from campaigns.domain.campaign import Campaign
from campaigns.domain.collection_campaign import CollectionCampaign
from campaigns.domain.company import live_space_of
from campaigns.domain.public_id import CAMPAIGN, EXPORTER, RUN, show
from campaigns.domain.run import RunStatus
from campaigns.domain.secret import secret_context
from local.template import Template
from tests.builders import a_delivery, a_message, a_wording, an_agency_campaign, some_sftp
from tests.integration.events import sample
from tests.integration.lender import Lender, new_id, shown

TEMPLATE: Final = Template()
FUNCTIONS: Final = {
    one.name: one.module.removeprefix("functions.").replace(".", "/")
    for one in TEMPLATE.functions()
}
ROUTES: Final = {f"{one.method} {one.path}": FUNCTIONS[one.function] for one in TEMPLATE.routes()}
"""The function behind each, as tests name it."""

_COMPANY = "/companies/{companyId}"
_BORROWER_CAMPAIGN = f"{_COMPANY}/campaigns/{{campaignId}}"
_CAMPAIGN = "/v1/campaigns/{campaignId}"
_WEBHOOK = "/v1/webhooks/{webhookId}"

KINDS: Final = {
    _COMPANY: "company",
    "/v1/companies/{companyId}": "company",
    "/v1/messages/{messageId}": "message",
    "/{uuid}": "company",
    "/{uuid}/agency/getCampaign/{campaignId}": "agency campaign",
    _BORROWER_CAMPAIGN: "borrower campaign",
    f"{_BORROWER_CAMPAIGN}/runs/{{runId}}": "borrower run",
    f"{_COMPANY}/campaign-workers/contact-exporters/{{exporterId}}": "exporter",
    "/api/v1/external/campaigns/{campaign_id}": "campaign",
    "/api/v1/external/accounts/{account_id}": "account",
    "/v2/campaigns/{campaignId}": "campaign",
    "/v2/customers/{customerId}": "customer",
    "/v3/client/{clientId}": "/v1/financing-clients",
    _CAMPAIGN: "campaign",
    f"{_CAMPAIGN}/runs/{{runId}}": "run",
    "/v1/customers/{externalId}": "customer's name",
    "/v1/accounts/{externalId}": "account's name",
    "/v1/customers/{customerId}": "customer",
    f"{_WEBHOOK}/deliveries/{{deliveryId}}": "delivery",
}
"""What a path names, where it is not made by the POST of its collection."""

FIELDS: Final = {
    "borrowerCampaignId": "borrower campaign",
    "contactExporterId": "exporter",
    "nextCampaignId": "campaign",
    "campaign_id": "campaign",
    "campaignId": "campaign",
    "campaignIds": "campaign",
    "account_ids": "account",
    "customerId": "customer",
    "add": "customer's name",
    "customerExternalId": "customer's name",
    "accountExternalId": "account's name",
    "borrowerId": "customer's name",
    "loanId": "account's name",
    "objectId": "campaign",
    "uuid": "company",
}
"""What the fields of bodies and queries name."""

ELSEWHERE: Final = {("GET /v1/schedules/explain", "campaignId"): "borrower campaign"}
"""Where a field of that name names something else."""

NAMING_NOTHING: Final = {"externalId", "bulkSenderId", "client_id", "wam_id"}
"""Fields that end like an id: a name that is given anew, or what there is none of yet."""

ANOTHER: Final = {"name": "Another", "externalId": "another", "language": "es"}
"""What a second thing must have of its own, where it has it at all."""

_LIKE_AN_ID = re.compile(r"(Id|_id)s?")
_PARAMETER = re.compile(r"{\w+}")


class NoSuchKind(LookupError):
    """Somebody added a route whose things this module cannot make."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"tests/integration/belongings.py does not know what {what} names: add a line to KINDS"
            " or FIELDS (and a maker to Belongings), so that other companies are kept away from it"
        )


def kinds_in_path(path: str) -> dict[str, str]:
    """What each parameter of a path names."""
    kinds = {}
    for place in _PARAMETER.finditer(path):
        whole, collection = path[: place.end()], path[: place.start()].rstrip("/")
        if whole in KINDS:
            kind = KINDS[whole]
        elif f"POST {collection}" in ROUTES:
            kind = collection
        else:
            raise NoSuchKind(f"{place[0]} in {path}")
        kinds[place[0][1:-1]] = kind
    return kinds


def kind_of_field(name: str) -> str | None:
    if name in FIELDS:
        return FIELDS[name]
    if _LIKE_AN_ID.search(name) and name not in NAMING_NOTHING:
        raise NoSuchKind(f"the field {name}")
    return None


@dataclass
class Belongings:
    """The things of one company, each made when it is first asked for."""

    owner: Lender
    made: dict[str, str] = field(default_factory=dict)

    def id_of(self, kind: str) -> str:
        """As requests name it."""
        if kind not in self.made:
            self.made[kind] = self.another(kind)
        return self.made[kind]

    @property
    def ids(self) -> set[str]:
        """Those that nobody else could have, and the company's own."""
        return {id for id in self.made.values() if len(id) > 8} | {self.owner.id}

    def another(self, kind: str) -> str:
        if kind == "member":
            return self._member()
        if kind.startswith("/"):
            return self._posted(kind)
        return self._makers[kind]()

    def _posted(self, collection: str) -> str:
        """Made by the POST of its collection, with the sample event."""
        route = f"POST {collection}"
        asked = asked_for(route, self)
        body = asked.body
        if collection in self.made:
            body = {**body, **{name: to for name, to in ANOTHER.items() if name in body}}
        answer = self.owner.call(ROUTES[route], ids=asked.path, body=body)
        assert answer.status in (200, 201), f"{route} did not take its sample: {answer.body}"
        told = answer.body.get("data", answer.body)
        return str(next(told[name] for name in ("id", "clientId") if name in told))

    @property
    def _makers(self) -> Mapping[str, Callable[[], str]]:
        owner = self.owner
        return {
            "company": lambda: live_space_of(owner.id),
            "borrower campaign": lambda: shown(self._campaign),
            "borrower run": self._borrower_run,
            "agency campaign": self._agency_campaign,
            "message": self._message,
            "exporter": lambda: shown(owner.exporter()),
            "campaign": lambda: self._collection.id,
            "run": lambda: owner.step_run(self._collection, RunStatus.COMPLETED, "log.txt").id,
            "failed run": lambda: owner.step_run(self._collection, RunStatus.FAILED).id,
            "account": lambda: self._account.id,
            "account's name": lambda: self._account.external_id,
            "customer": lambda: self._account.customer_id,
            "customer's name": self._customers_name,
            "delivery": self._delivery,
        }

    @cached_property
    def _campaign(self) -> Campaign:
        id = new_id()
        context = secret_context(self.owner.id, id, "sftpSettings.password")
        password = wiring.secrets().seal("correct horse", context)
        sftp = some_sftp(host="sftp.dialer.invalid", password=password)
        query = "https://redash.example.com/queries/42"
        return self.owner.campaign(id=id, query_url=query, sftp=sftp, schedule="P P * * 1-5")

    @cached_property
    def _collection(self) -> CollectionCampaign:
        return self.owner.collection()

    @cached_property
    def _account(self) -> Account:
        """In the campaign, so that there is something to report on."""
        made = self.owner.account()
        self.owner.enrolled(made, self._collection)
        return self.owner.kept(made)

    def _customers_name(self) -> str:
        [customer] = wiring.people().customers(self.owner.id, [self._account.customer_id]).values()
        return customer.external_id

    def _borrower_run(self) -> str:
        return shown(self.owner.ended(self.owner.opened(self._campaign), "log.txt"))

    def _message(self) -> str:
        made = a_message(company_id=self.owner.id, run_id=new_id())
        wiring.messages().add([(made, a_wording())])
        ToOutbox(wiring.outbox()).send(made, a_wording())
        return made.id

    def _agency_campaign(self) -> str:
        made = an_agency_campaign(company_id=self.owner.id, id=new_id(), name=new_id())
        return wiring.agency_campaigns().add(made).id

    def _member(self) -> str:
        """Of the group; the second is another customer than that of the account."""
        name = self.id_of("customer's name")
        if "member" in self.made:
            name = self.owner.customer(2).external_id
        ids = {"groupId": self.id_of("/v1/groups")}
        body = {"add": [name], "remove": []}
        answer = self.owner.call("management/change_members", ids=ids, body=body)
        assert answer.status == 200, answer.body
        return name

    def _delivery(self) -> str:
        webhook = wiring.webhooks().get(self.owner.id, self.id_of("/v1/webhooks"))
        made = a_delivery(webhook, id=new_id(), company_id=self.owner.id)
        wiring.webhook_deliveries().add_or_get(made.given_up("it answered 500"))
        return made.id


class Nothing:
    """Ids of the same form as those of belongings, under which nobody has anything."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def id_of(self, kind: str) -> str:
        forms: dict[str, Callable[[], str]] = {
            "borrower campaign": lambda: show(CAMPAIGN, str(uuid4())),
            "borrower run": lambda: show(RUN, str(uuid4())),
            "exporter": lambda: show(EXPORTER, str(uuid4())),
            "account's name": lambda: "900009",
            "customer's name": lambda: "100009",
        }
        return self._ids.setdefault(kind, forms.get(kind, lambda: str(uuid4()))())


Ids = Belongings | Nothing


@dataclass(frozen=True)
class Asked:
    """A route, with the ids that somebody's things have."""

    path: dict[str, str]
    query: dict[str, str]
    body: Any

    @property
    def ids(self) -> set[str]:
        """All of them, wherever they stand."""
        found = set(self.path.values())

        def walk(value: Any, name: str) -> None:
            if isinstance(value, dict):
                for key, one in value.items():
                    walk(one, key)
            elif isinstance(value, list):
                for one in value:
                    walk(one, name)
            elif name and kind_of_field(name) is not None and value:
                found.add(value)

        walk(self.query, "")
        walk(self.body, "")
        return found


def asked_for(route: str, ids: Ids, *, queried: tuple[str, ...] = ()) -> Asked:
    """The sample request of a route, about these things; `queried` are put into its query too."""
    event = sample(ROUTES[route])
    path = {name: ids.id_of(kind) for name, kind in kinds_in_path(route.split()[1]).items()}
    query = dict(event.get("queryStringParameters") or {})
    for name in (*query, *queried):
        if kind := ELSEWHERE.get((route, name)) or kind_of_field(name):
            query[name] = ids.id_of(kind)
    return Asked(path, query, _about(_json(event), ids))


def _json(event: Mapping[str, Any]) -> Any:
    text = event.get("body")
    return json.loads(text) if text and text.startswith("{") else None


def _about(value: Any, ids: Ids, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _about(one, ids, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_about(one, ids, name) for one in value]
    kind = kind_of_field(name) if name and value is not None else None
    return value if kind is None else ids.id_of(kind)
