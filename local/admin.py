"""What an administrator does to a deployed stack, or to the embedded one.

    python -m local.admin --stack campaigns create-company "Acme Lending" --zone America/Chicago
    python -m local.admin --endpoint http://127.0.0.1:4566 create-company "Acme Lending"
    python -m local.admin --stack campaigns create-key <company id> --scopes runs:read
    python -m local.admin --stack campaigns recreate-schedules [--company <company id>]

A key is printed once and is not kept anywhere. Recreating schedules puts those that are missing
or not as they should be and removes those that belong to no campaign; to repeat it is safe.
"""

import argparse
import json
import sys
from dataclasses import asdict
from datetime import time
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from campaigns import wiring
from campaigns.adapters.dynamodb.access import DynamoAccess
from campaigns.domain.api_key import SCOPES, check_scopes
from campaigns.domain.errors import DomainError
from campaigns.domain.schedule import RunWindow
from campaigns.usecases.create_company import create_company
from campaigns.usecases.issue_key import issue_key
from local.provision import STACK, client
from local.recreate_schedules import recreate

EVERYTHING = ",".join(sorted(SCOPES))


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    asked = parser.parse_args(arguments)
    if not asked.stack and not asked.endpoint:
        parser.error("say --stack NAME or --endpoint URL")
    try:
        if asked.command == "recreate-schedules":
            done = recreate(asked.stack, asked.endpoint, asked.company)
            print(json.dumps(asdict(done), indent=2))
            return 1 if done.failed else 0
        access = _access(asked)
        known: dict[str, Any] = {"access": access, "new_id": wiring.new_id, "now": wiring.now}
        scopes = frozenset(part.strip() for part in asked.scopes.split(",") if part.strip())
        if not scopes:
            print("a key needs at least one scope", file=sys.stderr)
            return 2
        # Before the company is made, which would otherwise be left without a key.
        check_scopes(scopes)
        if asked.command == "create-company":
            window = RunWindow(asked.start, asked.end)
            company_id = create_company(
                asked.name,
                asked.zone,
                window,
                release_by_another_key=asked.release_by_another_key,
                **known,
            ).id
        else:
            company_id = asked.company
        _, key = issue_key(company_id, asked.key_name, scopes, token=wiring.new_token, **known)
    except DomainError as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError) as trouble:
        print(f"AWS cannot be asked: {trouble}", file=sys.stderr)
        return 2
    print(json.dumps({"companyId": company_id, "key": key}, indent=2))
    return 0


def _access(asked: argparse.Namespace) -> DynamoAccess:
    if asked.endpoint:
        table = f"{asked.stack or STACK}-AccessTable"
        return DynamoAccess(client("dynamodb", asked.endpoint), table)
    resource = boto3.client("cloudformation").describe_stack_resource(
        StackName=asked.stack, LogicalResourceId="AccessTable"
    )
    table = resource["StackResourceDetail"]["PhysicalResourceId"]
    return DynamoAccess(boto3.client("dynamodb"), table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.admin",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stack", help="name of the deployed stack")
    parser.add_argument("--endpoint", help="URL of the embedded stack's AWS emulator")
    commands = parser.add_subparsers(dest="command", required=True)
    company = commands.add_parser("create-company", help="a company and its first key")
    company.add_argument("name")
    company.add_argument("--zone", default="America/New_York", help="IANA time zone")
    company.add_argument("--start", type=_time, default="06:00", help="begin of the run window")
    company.add_argument("--end", type=_time, default="08:00", help="end of the run window")
    company.add_argument(
        "--release-by-another-key",
        action="store_true",
        help="a run that is held takes another key to go on than the one that asked for it",
    )
    key = commands.add_parser("create-key", help="one more key for a company")
    key.add_argument("company", help="company id")
    schedules = commands.add_parser("recreate-schedules", help="put every schedule right")
    schedules.add_argument("--company", help="company id; all companies without it")
    for command in (company, key):
        command.add_argument("--scopes", default=EVERYTHING, help="comma-separated")
        command.add_argument("--key-name", default="admin")
    return parser


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no time of day, like 06:30") from None


if __name__ == "__main__":
    sys.exit(main())
