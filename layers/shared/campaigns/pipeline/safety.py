"""After the files are made and before anything leaves: does the run look as it should?"""

from campaigns.domain.page import Slice
from campaigns.domain.run import Run, RunRef, Stage
from campaigns.domain.safety import (
    LEAST_RUNS,
    Circumstances,
    HeldBySafety,
    Safety,
    reasons_to_hold,
    tells_of_audience,
)
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json, RunStore

_PAGE = 100
_PAGES = 5
"""How far back earlier runs are looked for, when most of them failed."""


def check_safety(ref: RunRef, tools: Tools) -> Json:
    """Raises HeldBySafety when a limit of the campaign is broken, naming each that is."""
    run, campaign = tools.run(ref), tools.campaign(ref)
    audience = run.counts.audience
    tools.enter(ref, Stage.EXPORT, f"safety: checking an audience of {audience}")
    earlier = [] if run.overrides else earlier_audiences(campaign.safety, run, tools.runs)
    if run.overrides:
        tools.leave(ref, "safety: the rows were given by hand, so only maxAudience is checked")
    elif campaign.safety.audience_change and len(earlier) < LEAST_RUNS:
        tools.leave(
            ref,
            f"safety: audienceChange not checked, it takes {LEAST_RUNS} completed runs and there"
            f" are {len(earlier)}",
        )
    reasons = reasons_to_hold(
        campaign.safety,
        run.counts,
        Circumstances(
            by_schedule=run.scheduled_for is not None,
            rows_given=run.overrides,
            earlier=earlier,
            query_sha256=run.query_sha256,
            approved_sha256=campaign.approved_query_sha256,
        ),
    )
    if reasons:
        raise HeldBySafety(reasons)
    return {"audience": audience}


def earlier_audiences(safety: Safety, run: Run, runs: RunStore) -> list[int]:
    """How many were contacted by the last runs of the campaign, or of its step, newest first.

    Empty when its limits do not ask for it.
    """
    limit = safety.audience_change
    if limit is None:
        return []
    found: list[int] = []
    ask = Slice(limit=_PAGE)
    for _ in range(_PAGES):
        page = runs.list(run.company_id, run.campaign_id, ask)
        found += [one.counts.audience for one in page.items if tells_of_audience(one, run)]
        if len(found) >= limit.of_runs or not page.has_next:
            break
        ask = Slice(limit=_PAGE, starting_after=page.items[-1].id)
    return found[: limit.of_runs]
