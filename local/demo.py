"""The main job, from nothing: a stored query becomes a contact file on a dialer's server."""

import argparse
import hashlib
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from campaigns import wiring
from campaigns.domain.api_key import SCOPES
from campaigns.domain.company import Company
from campaigns.domain.schedule import RunWindow
from campaigns.usecases.create_company import create_company
from campaigns.usecases.issue_key import issue_key
from local import lender
from local.api_client import ApiClient, last
from local.clock import LocalClock, daytime
from local.stack import QUERY_KEY, Stack
from local.verify import verify

ZONE = "America/New_York"
_ENDS = ("completed", "failed", "held", "canceled")
COLUMNS = (
    ("person.externalId", "borrower_id"),
    ("loan.externalId", "loan_id"),
    ("person.firstName", "first_name"),
    ("person.lastName", "last_name"),
    ("contact.phone", "phone"),
    ("person.state", "state"),
    ("person.timeZone", "time_zone"),
    ("loan.daysPastDue", "days_past_due"),
    ("loan.amountPastDue", "amount_past_due"),
    ("campaign.name", "campaign"),
)


def make_company(name: str) -> tuple[Company, str]:
    """A company and a key that may do everything, in the stack that is up."""
    known: dict[str, Any] = {
        "access": wiring.access(),
        "new_id": wiring.new_id,
        "now": wiring.now,
    }
    company = create_company(name, ZONE, RunWindow(), **known)
    _, secret = issue_key(company.id, "local", SCOPES, token=wiring.new_token, **known)
    return company, secret


def load_people(api: ApiClient, stack: Stack) -> list[Any]:
    """Hand the lender's customers and accounts to the service, as files."""
    folder = stack.lender_database.parent
    customers, accounts = folder / "customers.csv", folder / "accounts.csv"
    lender.export_people(stack.lender_database, customers, accounts)
    return [api.import_file("customers", customers), api.import_file("accounts", accounts)]


def make_campaign(api: ApiClient, stack: Stack, company_id: str) -> tuple[Any, Any]:
    """An exporter and a campaign that delivers to the stack's own SFTP server."""
    assert stack.queries is not None, "the demo needs the query server"
    assert stack.sftp is not None, "the demo needs the SFTP server"
    base = f"/companies/{company_id}"
    exporter = api.take(
        "POST",
        f"{base}/campaign-workers/contact-exporters",
        {
            "name": "Dialer list",
            "contactMatchingCriteria": {"contactType": ["phone"]},
            "columnSettings": [{"field": path, "outputName": name} for path, name in COLUMNS],
        },
    )["data"]
    campaign = api.take(
        "POST",
        f"{base}/campaigns",
        {
            "name": "Overdue 1-60 days",
            "redashQueryUrl": stack.queries.query_url("overdue"),
            "redashApiKey": QUERY_KEY,
            "schedule": "P P * * 1-5",
            "contactExporterId": exporter["id"],
            "sftpSettings": {
                "host": f"{stack.sftp.host}:{stack.sftp.port}",
                "username": stack.sftp.user,
                "password": stack.sftp.password,
                "cdDir": "inbox",
            },
        },
    )["data"]
    return exporter, campaign


def run_campaign(api: ApiClient, company_id: str, campaign_id: str) -> Any:
    """Start a run and follow it, a line for each stage; the run as it ended."""
    base = f"/companies/{company_id}/campaigns/{campaign_id}/runs"
    started = api.take("POST", base)
    path = f"{base}/{started['id']}"
    run: Any = None
    stage: tuple[Any, Any] = (None, None)
    for run in api.until(path, lambda seen: seen["status"] in _ENDS):
        if (run["status"], run["stage"]) != stage:
            stage = (run["status"], run["stage"])
            say(f"  {run['status']:<10} {run['stage'] or ''}")
    return run


def waterfall(counts: Any) -> list[str]:
    """From the rows the query gave to the rows in the file, with what was left out where."""
    reasons = dict(counts["reasons"])
    steps = [("duplicates", "duplicate"), ("no phone", "no_phone")]
    steps += [("do not contact", "do_not_contact")]
    lines = [f"  {'queried':<22}{counts['rowsIn']:>7}"]
    for title, reason in steps:
        lines.append(f"  {'- ' + title:<22}{reasons.pop(reason, 0):>7}")
    for reason in sorted(reasons):
        lines.append(f"  {'- ' + reason.replace('_', ' '):<22}{reasons[reason]:>7}")
    lines.append(f"  {'= exported':<22}{counts['exported']:>7}")
    return lines


def say(text: str = "") -> None:
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument(
        "--borrowers", type=int, default=5000, help="how many people the lender has"
    )
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="campaigns-demo-") as folder:
        say("starting the embedded stack ...")
        # In the night nobody may be called any more that day: the demo always begins at noon UTC.
        clock = LocalClock(daytime(datetime.now(UTC)))
        people = Path(folder) / "lender" / "lender.db"
        people.parent.mkdir()
        lender.build(people, today=clock.now().date(), borrowers=asked.borrowers)
        with Stack(Path(folder), clock=clock) as stack:
            company, key = make_company("Demo Lending")
            api = ApiClient(stack.url, key)
            say("importing the lender's people ...")
            for job in load_people(api, stack):
                counts = job["counts"]
                say(
                    f"  {job['kind']:<10}{counts['rows']:>7} rows: {counts['created']} created,"
                    f" {counts['updated']} updated, {counts['rejected']} rejected"
                )
            _, campaign = make_campaign(api, stack, company.id)
            say(f"running campaign {campaign['id']} ({campaign['name']}) ...")
            run = run_campaign(api, company.id, campaign["id"])
            if run["status"] != "completed":
                say(f"the run ended as {run['status']}: {run['errorMessage']}")
                return 1
            say("\nwho is in the file, and why the others are not")
            say("\n".join(waterfall(run["counts"])))
            good = _show_delivery(run, folder) and _show_evidence(api, campaign["id"], run, folder)
            say("\nthe same people again, for another file on the same day")
            again = run_campaign(api, company.id, campaign["id"])
            say("\n".join(waterfall(again["counts"])))
            say(f"\ndone in {time.monotonic() - began:.0f} s. How to go on:")
            say("  make local   keeps a stack like this one running, with lines to paste")
            say("  make test    runs every test")
    return 0 if good else 1


def _show_delivery(run: Any, folder: str) -> bool:
    """The file as it lies on the SFTP server, not as we believe it to be."""
    receipt = next(one for one in run["deliveries"] if one["kind"] == "contacts")
    remote = Path(folder) / "sftp" / "inbox" / receipt["file"]
    data = remote.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    say("\nwhat lies on the dialer's server")
    say(f"  name     inbox/{remote.name}")
    say(f"  size     {len(data)} bytes")
    say(f"  SHA-256  {digest}")
    say("  first three lines")
    for line in data.decode().splitlines()[:3]:
        say(f"    {line}")
    if digest != receipt["sha256"]:
        say("  which is NOT what the receipt says")
    return bool(digest == receipt["sha256"])


def _show_evidence(api: ApiClient, campaign_id: str, run: Any, folder: str) -> bool:
    """Fetched and checked as an auditor would."""
    path = f"/v1/campaigns/{campaign_id}/runs/{run['id']}/evidence"
    ready = last(api.until(path, lambda seen: seen["state"] != "building"))
    pack = Path(folder) / "evidence.zip"
    with urlopen(ready["url"]) as link:
        pack.write_bytes(link.read())
    said: list[str] = []
    broken = verify(pack, expected=ready["sha256"], show=said.append)
    say(f"\nthe evidence of the run: {len(said)} checks, {len(broken)} of them broken")
    say("\n".join(f"  {line}" for line in said[-3:]))
    return not broken


if __name__ == "__main__":
    sys.exit(main())
