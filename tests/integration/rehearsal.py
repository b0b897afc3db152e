"""Runs that have been through their stages, one step after the other in this process."""

import json
from typing import Any
from unittest.mock import patch

from campaigns import wiring
from campaigns.adapters.memory import MemorySteps
from campaigns.domain.run import OVERRIDE, Run
from functions.runs import campaign_run
from tests.integration.lender import Lender, new_id


def rehearsed(lender: Lender, *borrowers: str, **of_exporter: Any) -> Run:
    """A run of a campaign of its own about these, as it ended."""
    exporter = lender.exporter(**of_exporter)
    campaign = lender.campaign(exporter_id=exporter.id, external_id=f"x-{new_id()}"[:50])
    run = lender.opened(campaign, overrides=True)
    with wiring.files().write(run.ref, OVERRIDE) as file:
        file.write(json.dumps([{"borrowerId": one} for one in borrowers]).encode())
    execute: Any = campaign_run.handler.__wrapped__  # type: ignore[attr-defined]
    with patch.object(wiring, "steps", lambda *_: MemorySteps()):
        execute(run.ref.event, None)
    return wiring.runs().get(run.company_id, run.campaign_id, run.id)
