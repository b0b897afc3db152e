"""Keep the embedded stack running: python -m local [--data DIR] [--port 3000] ..."""

import argparse
import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from local.api_client import ApiClient
from local.clock import LocalClock
from local.demo import load_people, make_campaign, make_company
from local.emulator import EmulatorFailed
from local.stack import PortInUse, Ports, Stack


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        asked.data.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        print(f"cannot start: no folder {asked.data}: {refused.strerror}", file=sys.stderr)
        return 2
    ports = Ports(asked.port, asked.aws_port, asked.query_port, asked.sftp_port)
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    level = "INFO" if asked.verbose else "ERROR"
    clock = LocalClock(asked.now, asked.speed)
    print("starting ...", flush=True)
    try:
        with Stack(asked.data, ports, clock, log_level=level, show_event=_show) as stack:
            _tell(stack, _settled(stack))
            stop.wait()
            print("\nstopping ...", flush=True)
    except (PortInUse, EmulatorFailed) as obstacle:
        print(f"cannot start: {obstacle}", file=sys.stderr)
        return 2
    return 0


def _show(line: str) -> None:
    print(line, flush=True)


def _settled(stack: Stack) -> dict[str, Any]:
    """The company, key and campaign of this data folder; made at its first start."""
    kept = stack.data / "local.json"
    if kept.exists():
        known: dict[str, Any] = json.loads(kept.read_text())
        campaign = f"/companies/{known['companyId']}/campaigns/{known['campaignId']}"
        if ApiClient(stack.url, known["key"]).call("GET", campaign).status == 200:
            return known
        print("what this folder held was not saved at the last stop; starting anew", flush=True)
    company, key = make_company("Local Lending")
    api = ApiClient(stack.url, key)
    print("importing 5 000 people ...", flush=True)
    load_people(api, stack)
    _, campaign = make_campaign(api, stack, company.id)
    known = {"companyId": company.id, "key": key, "campaignId": campaign["id"]}
    part = kept.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(known))
    part.replace(kept)
    return known


def _tell(stack: Stack, known: dict[str, Any]) -> None:
    assert stack.queries is not None
    assert stack.sftp is not None
    campaigns = f"{stack.url}/companies/{known['companyId']}/campaigns"
    runs = f"{campaigns}/{known['campaignId']}/runs"
    header = f"-H 'X-API-KEY: {known['key']}'"
    print(
        f"""
the service      {stack.url}
company          {known["companyId"]}
key              {known["key"]}
AWS emulator     {stack.endpoint}
query server     {stack.queries.url}
SFTP server      {stack.sftp.host}:{stack.sftp.port}, files in {stack.data / "sftp" / "inbox"}
its clock says   {stack.clock.now().astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC

paste one of these:
  curl -s {header} {campaigns}
  curl -s -X POST {header} {runs}
  curl -s {header} {runs}

Ctrl-C stops everything; the data stays in {stack.data}
""",
        flush=True,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(".local"), help="folder for all state")
    parser.add_argument("--port", type=_port, default=3000, help="of the service; 0 is any")
    parser.add_argument("--aws-port", type=_port, default=4566, help="of the AWS emulator")
    parser.add_argument("--query-port", type=_port, default=5001, help="of the query server")
    parser.add_argument("--sftp-port", type=_port, default=2222, help="of the SFTP server")
    parser.add_argument("--now", type=_moment, help="pretend it is this time (ISO 8601)")
    parser.add_argument("--speed", type=float, default=1.0, help="let the clock run faster")
    parser.add_argument("--verbose", action="store_true", help="log every request")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text} is no port: 0 to 65535")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text} is no time; one looks like 2025-03-03T09:30"
        raise argparse.ArgumentTypeError(message) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
