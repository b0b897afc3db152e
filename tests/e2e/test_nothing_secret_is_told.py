"""Nothing secret or personal reaches logs, errors, events, queues or the engine's memory.

Whole flows, good ones and failing ones, with values that can be told from all others; then all
that was written anywhere is searched for them.
"""

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from campaigns import wiring
from campaigns.observability import logger
from local.provision import client
from local.redash_server import RedashServer
from local.stack import QUERY_KEY, Stack
from tests.e2e.dialer import Dialer
from tests.e2e.lending import Lending
from tests.integration.delivery.keys import key_pair
from tests.receiver import Receiver

PERSON = {
    "firstName": "Quillonia",
    "lastName": "Zebedaeus",
    "phoneMobile": "+15125550177",
    "email": "quillonia.zebedaeus@example.com",
    "city": "Xanadubury",
}
PERSONAL = {"Quillonia", "Zebedaeus", "5125550177", "555-0177", "quillonia", "Xanadubury"}
PASSPHRASE = "passphrase-of-marks-3141"
PASSWORD = "password-of-marks-2718"
WEBHOOK_SECRET = "webhook-secret-of-marks-1618"
REDASH_KEY = "redash-key-of-marks-1414"
BAD_KEY = "sk_live_nobodys-key-of-marks-1732"
PRIVATE_KEY = key_pair("ed25519", PASSPHRASE).private


_OF_PEOPLE = {"PEOPLE_TABLE", "CONTACTS_TABLE"}
"""Who they are, and at which addresses a list that has left may reach them."""


@dataclass
class Told:
    """All that left the service, but for good answers to whom they were for."""

    stack: Stack
    logged: Callable[[], str]
    answers: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    webhooks: list[str] = field(default_factory=list)

    def everywhere(self) -> dict[str, str]:
        stack, endpoint = self.stack, self.stack.endpoint or ""
        sqs = client("sqs", endpoint)
        queued = [
            message["Body"]
            for url in sqs.list_queues(QueueNamePrefix=stack.name).get("QueueUrls", [])
            for message in sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0
            ).get("Messages", [])
        ]
        assert stack.events is not None
        state = (stack.data / "durable").glob("executions.db*")
        return {
            "logs": self.logged(),
            "errors": "\n".join(self.answers),
            "runs": "\n".join(self.runs),
            "webhooks": "\n".join(self.webhooks),
            "events": json.dumps(list(stack.events.recent)),
            "queues": "\n".join(queued),
            "durable": "\n".join(one.read_bytes().decode("latin-1") for one in state),
            **{name: text for name, text in self._tables() if name not in _OF_PEOPLE},
        }

    def _tables(self) -> Iterator[tuple[str, str]]:
        """Tables are kept and encrypted, yet only those of people may hold anything personal."""
        dynamodb = client("dynamodb", self.stack.endpoint or "")
        for name, table in self.stack.environment.items():
            if name.endswith("_TABLE"):
                pages = dynamodb.get_paginator("scan").paginate(TableName=table)
                yield name, "\n".join(str(item) for page in pages for item in page["Items"])


@pytest.fixture
def logged(
    stack: Stack,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[], str]]:
    """Our own log at its most talkative, the libraries' as it is deployed, and what is printed."""
    caplog.set_level(logging.INFO)
    ours, level = io.StringIO(), logger.log_level
    monkeypatch.setattr(logger.registered_handler, "stream", ours)
    logger.setLevel("DEBUG")

    def all_of_it() -> str:
        # Our own records are written once, by our own handler.
        others = [one for one in caplog.records if one.name != logger.name]
        lines = [caplog.handler.format(one) for one in others]
        return "\n".join([ours.getvalue(), *lines, *capfd.readouterr()])

    yield all_of_it
    logger.setLevel(level)


def breaking(text: str) -> Callable[..., Any]:
    """As a bug would: an error that quotes what it was working on, led to by one that does."""

    def broken(*_: Any, **__: Any) -> Any:
        try:
            raise ValueError(f"cannot read {text!r}")
        except ValueError as unreadable:
            raise RuntimeError(f"while working on {text}") from unreadable

    return broken


def test_whole_flows_and_their_failures_tell_nothing_secret_or_personal(
    stack: Stack,
    lending: Lending,
    dialer: Dialer,
    redash: RedashServer,
    logged: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(stack, logged)
    secrets = {lending.api.key, PASSPHRASE, PASSWORD, WEBHOOK_SECRET, REDASH_KEY, QUERY_KEY}
    secrets |= {BAD_KEY, *PRIVATE_KEY.splitlines()[1:-1]}

    def refused(method: str, path: str, body: Any = None, **but: Any) -> None:
        answer = lending.api.call(method, path, body, **but)
        assert answer.status >= 400, answer.text
        told.answers.append(f"{answer.headers} {answer.text.decode()}")

    with Receiver() as receiver:
        hook = {"url": receiver.url, "secret": WEBHOOK_SECRET}
        lending.api.take("POST", "/v1/webhooks", hook)
        lending.api.take("PUT", "/v1/customers/4711", PERSON)
        shop = lending.api.take("POST", "/v1/financing-clients", {"name": "Shop"})
        secrets.add(shop["clientSecret"])
        issued = lending.api.take("POST", "/v1/keys", {"name": "k", "scopes": ["runs:read"]})
        secrets.add(issued["key"])

        # Refused before and by their handlers.
        refused("GET", "/v1/keys", headers={"X-API-KEY": BAD_KEY})
        refused("GET", f"{lending.base}/campaigns", headers={"X-API-KEY": issued["key"]})
        refused("PUT", "/v1/customers/4711", {**PERSON, "timeZone": PERSON["firstName"]})
        refused("PUT", "/v1/customers/4711", {**PERSON, "phoneMobile": [PERSON["phoneMobile"]]})
        refused("PUT", "/v1/customers/4711", raw=json.dumps(PERSON)[:-1].encode())
        refused("PUT", "/v1/customers/4711", raw=b"\xff" + json.dumps(PERSON).encode())
        sftp = {"host": "10.0.0.1", "username": "u", "password": PASSWORD, "cdDir": "\0"}
        refused("POST", "/v1/destinations/test", sftp)
        sftp = {"host": "a b", "username": "u", "privateKey": PRIVATE_KEY, "passphrase": "no"}
        refused("POST", "/v1/destinations/test", {**sftp, "password": [PASSWORD]})
        sftp = {**sftp, "host": "example.com", "passphrase": PASSPHRASE[:-1]}
        refused("POST", f"{lending.base}/campaigns", {"name": "x", "sftpSettings": sftp})
        form = f"grant_type=client_credentials&client_id={shop['clientId']}&client_secret={BAD_KEY}"
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        refused("POST", "/connect/token", raw=form.encode(), headers=kind)
        known = form.replace(BAD_KEY, shop["clientSecret"]).encode()
        token = lending.api.call("POST", "/connect/token", raw=known, headers=kind).json
        secrets.add(token["access_token"])

        # Runs: a good one, and those that are refused outside or break inside.
        def run(override: list[Any] | None = None, **fields: Any) -> Any:
            campaign = lending.campaign(contactExporterId=lending.exporter(), **fields)
            seen = lending.run(campaign, override)
            told.runs += [json.dumps(seen), *lending.log(seen)]
            return seen

        person = [{"borrowerId": "4711", "note": PERSON["lastName"]}, {"borrowerId": "nobody"}]
        dialer.start()
        assert run(person, sftpSettings=dialer.settings)["status"] == "completed"
        wrong = {**dialer.settings, "password": PASSWORD}
        assert run(person, sftpSettings=wrong)["status"] == "failed"
        locked = {**wrong, "privateKey": PRIVATE_KEY, "passphrase": PASSPHRASE}
        assert run(person, sftpSettings=locked)["status"] == "failed"
        asked: dict[str, Any] = {
            "redashQueryUrl": redash.query_url("ids"),
            "redashApiKey": REDASH_KEY,
        }
        assert run(**asked)["status"] == "failed"
        redash.fail("fetch", "garbage", times=1000)
        assert run(**{**asked, "redashApiKey": QUERY_KEY})["status"] == "failed"
        redash.calm()
        with monkeypatch.context() as broken:
            broken.setattr(wiring.people(), "customers", breaking(str(PERSON)))
            failed = run(person, sftpSettings=dialer.settings)
            assert "an unexpected RuntimeError stopped the run" in failed["errorMessage"]
            refused("GET", "/v1/customers/4711")
        with monkeypatch.context() as broken:
            broken.setattr(wiring.secrets(), "open", breaking(PASSWORD))
            assert run(person, sftpSettings=wrong)["status"] == "failed"
        with monkeypatch.context() as broken:
            broken.setattr(wiring.access(), "find_key", breaking(lending.api.key))
            refused("GET", "/v1/keys", headers={"X-API-KEY": BAD_KEY})
        told.webhooks += [f"{one.path} {one.headers} {one.body!r}" for one in receiver.received]

    found = told.everywhere()
    assert "answered" in found["logs"]
    assert "RuntimeError" in found["logs"], "what broke was logged"
    assert all(found[place] for place in ("errors", "runs", "webhooks", "events", "durable"))
    for place, text in found.items():
        assert [one for one in secrets if one in text] == [], place
        assert [one for one in PERSONAL if one in text] == [], place
