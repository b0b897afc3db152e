"""Every schedule of a stack put where it should be, and none beside: for `local.admin`."""

import os
import sys
import time
import traceback

import boto3

from campaigns import wiring
from campaigns.usecases.keep_schedule import ClockOwners
from campaigns.usecases.recreate_schedules import Recreated, recreate_schedules
from local.provision import CREDENTIALS, STACK, Provision
from local.template import Template

# The emulator cuts a list at this size without a token for the rest.
_ALL_AT_ONCE = 1_000_000


def recreate(stack: str | None, endpoint: str | None, company_id: str | None) -> Recreated:
    """With the environment that the stack's functions have; it becomes this process's own."""
    os.environ.update(_environment(stack, endpoint))
    began = time.monotonic()
    return recreate_schedules(
        company_id,
        access=wiring.access(),
        campaigns=ClockOwners(wiring.campaigns(), wiring.collections(), wiring.agency_campaigns()),
        scheduled=wiring.scheduled_campaigns(),
        schedules=wiring.schedules(_ALL_AT_ONCE) if endpoint else wiring.schedules(),
        report=lambda line: _say(f"{line}, {time.monotonic() - began:.0f} s"),
        failed=lambda line: _say(f"{line}: {traceback.format_exc(limit=0).splitlines()[-1]}"),
    )


def _environment(stack: str | None, endpoint: str | None) -> dict[str, str]:
    if endpoint is not None:
        os.environ.update({**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint})
        return Provision(Template(), endpoint, name=stack or STACK).environment()
    function = f"{stack}-runs-move-schedules"
    known = boto3.client("lambda").get_function_configuration(FunctionName=function)
    return dict(known["Environment"]["Variables"])


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
