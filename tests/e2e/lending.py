"""A lender's own programs: what a client of the service does over HTTP, and nothing else."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from campaigns import wiring
from campaigns.adapters.dynamodb.access import DynamoAccess
from campaigns.domain.api_key import SCOPES
from campaigns.domain.guard_rules import ContactPolicy, Profile
from campaigns.domain.schedule import RunWindow
from campaigns.usecases.create_company import create_company
from campaigns.usecases.issue_key import issue_key
from local import lender
from local.api_client import ApiClient, last, upload
from local.provision import client
from local.redash_queries import QueryShelf, StoredQuery
from local.sftp_server import SftpServerProcess

BORROWERS: Final = 120
ENDS: Final = ("completed", "failed", "held", "canceled")
EQUATION: Final = ("exported", "sent", "suppressed", "deferred", "rejected")

# Every borrower with ten thousand letters; every borrower again and again, each time numbered.
_WORDY = "SELECT id AS borrowerId, printf('%.*c', 10000, 'x') AS words FROM borrowers ORDER BY id"
_LONG = f"""
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {{{{rows}}}})
SELECT {lender.FIRST_BORROWER} + i * 7 % {BORROWERS} AS borrowerId, 'L' || i AS loanId, i AS place
FROM n
"""


def small_lender(data: Path) -> None:
    """Prepare the folder of a stack: fewer people than it would make itself, two queries more."""
    folder = data / "lender"
    folder.mkdir(parents=True, exist_ok=True)
    lender.build(folder / "lender.db", today=date(2025, 3, 3), borrowers=BORROWERS)
    shelf = [asdict(query) for query in QueryShelf(folder / "queries.json")]
    for number, (slug, sql) in enumerate((("wordy", _WORDY), ("long", _LONG)), 1001):
        shelf.append(asdict(StoredQuery(number, slug, slug, sql)))
    (folder / "queries.json").write_text(json.dumps(shelf))


@dataclass(frozen=True, slots=True)
class Lending:
    """One company on a running service."""

    api: ApiClient
    company_id: str

    @classmethod
    def new(cls, url: str, endpoint: str, name: str, zone: str = "America/New_York") -> "Lending":
        """As `python -m local.admin create-company` would make it, but for its contact policy.

        Tests contact the same few people again and again.
        """
        known: dict[str, Any] = {
            "access": DynamoAccess(client("dynamodb", endpoint), f"{name}-AccessTable"),
            "new_id": wiring.new_id,
            "now": lambda: datetime.now(UTC),
        }
        company = create_company("Northwind Lending", zone, RunWindow(), **known)
        often = ContactPolicy(profile=Profile.SERVICING, exports_a_day=50)
        known["access"].put_company(replace(company, contact_policy=often))
        _, key = issue_key(company.id, "tests", SCOPES, token=wiring.new_token, **known)
        return cls(ApiClient(url, key), company.id)

    def at(self, url: str) -> "Lending":
        """The same company at another address of the service."""
        return Lending(ApiClient(url, self.api.key), self.company_id)

    @property
    def base(self) -> str:
        return f"/companies/{self.company_id}"

    def load_people(self, database: Path, folder: Path) -> None:
        customers, accounts = folder / "customers.csv", folder / "accounts.csv"
        lender.export_people(database, customers, accounts)
        for kind, file in (("customers", customers), ("accounts", accounts)):
            job = self.api.take("POST", "/v1/imports", {"kind": kind, "format": "csv"})
            upload(job["uploadUrl"], file)
            path = f"/v1/imports/{job['id']}"
            ended = last(self.api.until(path, lambda seen: seen["status"] in ENDS, every=0.08))
            assert ended["status"] == "completed", ended

    def contacting(self, **policy: Any) -> "Lending":
        """The same company, with another contact policy."""
        self.api.take("PATCH", f"/v1/companies/{self.company_id}", {"contactPolicy": policy})
        return self

    def exporter(self, columns: Mapping[str, str] | None = None, **fields: Any) -> str:
        columns = columns or {"person.externalId": "id", "contact.phone": "phone"}
        whole = {
            "name": "Dialer list",
            "contactMatchingCriteria": {"contactType": ["phone"]},
            "columnSettings": [{"field": at, "outputName": name} for at, name in columns.items()],
        }
        path = f"{self.base}/campaign-workers/contact-exporters"
        return str(self.api.take("POST", path, whole | fields)["data"]["id"])

    def campaign(self, **fields: Any) -> str:
        whole = {"name": "Overdue"} | fields
        return str(self.api.take("POST", f"{self.base}/campaigns", whole)["data"]["id"])

    def seen(self, campaign: str) -> Any:
        return self.api.take("GET", f"{self.base}/campaigns/{campaign}")["data"]

    def runs(self, campaign: str) -> list[Any]:
        """Newest first."""
        found = self.api.take("GET", f"{self.base}/campaigns/{campaign}/runs?limit=100")
        return list(found["data"])

    def start(self, campaign: str, override: list[Any] | None = None) -> str:
        body = None if override is None else {"queryResultsOverride": override}
        path = f"{self.base}/campaigns/{campaign}/runs"
        return str(self.api.take("POST", path, body)["id"])

    def follow(self, campaign: str, run: str, *until: str) -> Any:
        """The run once its status or stage is one of `until`."""
        path = f"{self.base}/campaigns/{campaign}/runs/{run}"
        return last(
            self.api.until(
                path,
                lambda seen: seen["status"] in (until or ENDS) or seen["stage"] in until,
                seconds=60,
                every=0.08,
            )
        )

    def preview(self, campaign: str) -> Any:
        """What a run would do now."""
        return self.api.take("POST", f"{self.base}/campaigns/{campaign}/preview")["data"]

    def run(self, campaign: str, override: list[Any] | None = None) -> Any:
        """Start a run and wait for its end."""
        return self.follow(campaign, self.start(campaign, override))

    def file(self, run: Any, name: str | None = None) -> bytes:
        """One file of the run, or a ZIP of all, by the link that the service redirects to."""
        path = f"{self.base}/campaigns/{run['borrowerCampaignId']}/runs/{run['id']}/files"
        answer = self.api.call("GET", path if name is None else f"{path}?fileName={name}")
        assert answer.status == 302, answer
        with closing(urlopen(answer.headers["Location"], timeout=60)) as response:
            return bytes(response.read())

    def log(self, run: Any) -> list[str]:
        """The lines of the run's log, without their times and hashes."""
        lines = self.file(run, "log.txt").decode().splitlines()[1:]
        return [line.partition("  ")[2].rpartition("  [")[0] for line in lines]


def adds_up(run: Any) -> bool:
    """Whether everything in is accounted for."""
    return bool(run["counts"]["rowsIn"] == sum(run["counts"][name] for name in EQUATION))


def to_sftp(server: SftpServerProcess, **fields: Any) -> dict[str, Any]:
    """Settings of a campaign that delivers to this server."""
    usual = {
        "host": f"{server.host}:{server.port}",
        "username": server.user,
        "password": server.password,
        "cdDir": "inbox",
    }
    return {"sftpSettings": usual | fields}
