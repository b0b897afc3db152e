"""How long schedules take to be put and moved: python -m bench.schedules --campaigns 10000

On an AWS emulator in a process of its own, so the network does not count and the emulator does.
"""

import argparse
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from campaigns import wiring
from campaigns.domain.campaign import Campaign
from campaigns.domain.company import Company, CompanyChanges
from campaigns.usecases.keep_schedule import ClockOwners
from campaigns.usecases.move_schedules import Move, move_schedules
from campaigns.usecases.recreate_schedules import recreate_schedules
from local.emulator import Emulator
from local.provision import CREDENTIALS, Provision
from local.template import Template


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--campaigns", type=int, default=10_000)
    count = parser.parse_args().campaigns
    with Emulator() as emulator:
        os.environ.update({**CREDENTIALS, "AWS_ENDPOINT_URL": emulator.endpoint})
        os.environ.update(Provision(Template(), emulator.endpoint).environment())
        company = _company()
        told("campaigns written", lambda: [_campaign(company) for _ in range(count)], count)
        told("schedules put where there were none", lambda: _recreate(company), count)
        told("schedules looked at where all were right", lambda: _recreate(company), count)
        changed = company.changed(CompanyChanges(zone="America/Chicago"), at=wiring.now())
        moving = wiring.access().move_company(changed)
        told("schedules moved to another zone", lambda: _move(moving), count)
        listed = wiring.scheduled_campaigns().of_company(company.id)
        told("campaigns listed by the index", lambda: list(listed), count)


def told(what: str, do: Callable[[], object], count: int) -> None:
    began = time.monotonic()
    do()
    seconds = time.monotonic() - began
    print(f"{count} {what}: {seconds:.1f} s, {count / seconds:.0f} a second", flush=True)


def _company() -> Company:
    company = Company(id=wiring.new_id(), name="Bench", created_at=wiring.now())
    wiring.access().put_company(company)
    return company


def _campaign(company: Company) -> Campaign:
    at = datetime.now(UTC)
    return wiring.campaigns().add(
        Campaign(
            id=wiring.new_id(),
            company_id=company.id,
            name="Bench",
            schedule="P P * * 1-5",
            scheduled_since=at,
            created_at=at,
            updated_at=at,
        )
    )


def _known() -> dict[str, Any]:
    return {
        "access": wiring.access(),
        "campaigns": ClockOwners(
            wiring.campaigns(), wiring.collections(), wiring.agency_campaigns()
        ),
        "scheduled": wiring.scheduled_campaigns(),
        "schedules": wiring.schedules(),
        "failed": print,
    }


def _recreate(company: Company) -> None:
    recreate_schedules(company.id, report=lambda _: None, **_known())


def _move(company: Company) -> None:
    whole = move_schedules(
        Move(company.id, company.times, None),
        mover=wiring.schedule_mover(),
        is_time_up=lambda: False,
        report=lambda *_: None,
        **_known(),
    )
    assert whole


if __name__ == "__main__":
    main()
