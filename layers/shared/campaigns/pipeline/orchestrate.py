"""A run from beginning to end, as one page. The stages stand in their own modules.

It is executed by a durable engine: after an interruption it starts from the top, and steps
that had ended answer what they answered before. So it decides by step answers alone, never
by the clock or by what it reads itself.
"""

import math
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from campaigns.domain.answer import StepRefused, refused, result_of
from campaigns.domain.errors import NotFound
from campaigns.domain.events import run_ended
from campaigns.domain.exporter import Exporter
from campaigns.domain.public_id import CAMPAIGN, show
from campaigns.domain.run import (
    LOG,
    OVERRIDE,
    Run,
    RunRef,
    RunStatus,
    work_file,
)
from campaigns.pipeline.deliver import (
    LOG_COPY,
    TRIGGER_FILE,
    deliver_file,
    plan_delivery,
    write_receipt,
    write_trigger,
)
from campaigns.pipeline.export import export
from campaigns.pipeline.query import (
    check_query,
    fetch_query,
    submit_query,
    take_override,
)
from campaigns.pipeline.resolve import CONTACTS_PART, DECISIONS_PART, REJECTS_PART, resolve
from campaigns.pipeline.safety import check_safety
from campaigns.pipeline.screen import SCREEN_REJECTS, screen
from campaigns.pipeline.telling_steps import TellingSteps
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json, Steps


def execute(ref: RunRef, engine: Steps, tools: Tools) -> Json:
    steps = TellingSteps(engine, ref, tools)
    begun = steps.step("begin", lambda _: _begin(ref, tools))
    if begun["over"]:
        return {"status": begun["status"]}
    refusal: StepRefused | None = None
    try:
        result_of(begun["material"])
        if not begun["onlyDelivery"]:
            _exported(ref, steps, tools, overrides=begun["overrides"])
        _delivered(ref, steps, tools)
    except StepRefused as stopped:
        refusal = stopped
    if refusal is None:
        ended = steps.step("finish", lambda _: _finish(ref, tools, begun))
    else:
        ended = steps.step("stop", lambda _: _stop(ref, tools, begun, refusal))
    # The run is over whether or not anybody hears of it, and its record says no more.
    with suppress(StepRefused):
        engine.step("announce", lambda _: _announce(ref, tools, begun))
    return ended


def _exported(ref: RunRef, steps: Steps, tools: Tools, *, overrides: bool) -> None:
    rows = _queried(ref, steps, tools, overrides=overrides)
    screened = steps.step("screen", lambda _: screen(ref, tools, rows))
    parts = steps.each(
        "resolve",
        [chunk_of(ref, one, screened) for one in screened["chunks"]],
        lambda chunk: resolve(
            ref,
            chunk,
            runs=tools.runs,
            people=tools.people,
            files=tools.files,
        ),
    )
    steps.step("export", lambda _: export(ref, tools, screened, parts))
    # A run that is held here goes on with the delivery: the step comes before anything leaves.
    steps.step("check-safety", lambda _: check_safety(ref, tools))


def _queried(ref: RunRef, steps: Steps, tools: Tools, *, overrides: bool) -> int:
    if overrides:
        return int(steps.step("take-override", lambda _: take_override(ref, tools))["rows"])
    asked = steps.step("submit-query", lambda _: submit_query(ref, tools))
    asked = steps.poll("await-query", lambda state: check_query(ref, tools, state), asked)
    fetched = steps.step("fetch-query", partial(fetch_query, ref, tools, asked))
    return int(fetched["rows"])


def _delivered(ref: RunRef, steps: Steps, tools: Tools) -> None:
    planned = steps.step("plan-delivery", lambda _: plan_delivery(ref, tools))["files"]
    for place, one in enumerate(planned):
        steps.step(f"deliver-{place}", partial(deliver_file, ref, tools, one))
    if not planned:
        return
    receipt = steps.step("write-receipt", lambda _: write_receipt(ref, tools))
    steps.step("deliver-receipt", partial(deliver_file, ref, tools, receipt))
    sent = [*planned, receipt]
    trigger = steps.step("write-trigger", lambda _: write_trigger(ref, tools, sent))
    if trigger:
        steps.step("deliver-trigger", partial(deliver_file, ref, tools, trigger))


def chunk_of(ref: RunRef, chunk: Json, screened: Json) -> Json:
    """All that a function elsewhere needs to resolve a chunk."""
    told = {name: screened[name] for name in ("header", "ids", "day", "zone")}
    return {**ref.event, **told, **chunk}


def _begin(ref: RunRef, tools: Tools) -> Json:
    """From here on, the run works with its campaign and exporter as they are now."""
    run = tools.run(ref)
    material: Json = {"ok": {}}
    if run.status is RunStatus.PENDING and not run.outside:
        at = tools.now()
        shown: dict[str, str] = {}
        exporter: Exporter | None = None
        try:
            shown, exporter = material_of(ref, tools)
        except NotFound as gone:
            material = refused(gone)

        def begin(run: Run) -> Run:
            if run.status is not RunStatus.PENDING:
                return run
            if not run.only_delivery_is_left:
                run = run.working_with(shown, exporter)
            return run.moved(RunStatus.RUNNING, at=at).noted("run: started", at=at)

        run = tools.change(ref, begin)
    return {
        "over": run.is_over or run.outside,
        "status": run.status.value,
        "overrides": run.overrides,
        "material": material,
        "onlyDelivery": run.only_delivery_is_left,
        "restarts": run.restarts,
    }


def material_of(ref: RunRef, tools: Tools) -> tuple[dict[str, str], Exporter | None]:
    """The names of the campaign, and its exporter. Raises CampaignNotFound, ExporterNotFound."""
    campaign = tools.campaign(ref)
    shown = {
        "id": show(CAMPAIGN, campaign.id),
        "name": campaign.name,
        "externalId": campaign.external_id or "",
    }
    if campaign.exporter_id is None:
        return shown, None
    return shown, tools.exporters.get(ref.company_id, campaign.exporter_id)


def _stop(ref: RunRef, tools: Tools, begun: Json, refusal: StepRefused) -> Json:
    at = tools.now()
    return _close(
        ref,
        tools,
        begun,
        lambda run: run.failed(
            refusal.code, str(refusal), at=at, held=refusal.held, reasons=refusal.reasons
        ),
    )


def _finish(ref: RunRef, tools: Tools, begun: Json) -> Json:
    at = tools.now()

    def finish(run: Run) -> Run:
        seconds = math.ceil((at - (run.started_at or run.created_at)).total_seconds())
        return run.noted(f"run: completed in {seconds} s", at=at).moved(RunStatus.COMPLETED, at=at)

    tools.files.remove(ref, _work_files(tools.run(ref).parts))
    return _close(ref, tools, begun, finish)


def _close(ref: RunRef, tools: Tools, begun: Json, end: Callable[[Run], Run]) -> Json:
    """End the run. Its log is written first, so whoever sees the end finds the reason.

    An execution that is late to end ends nothing that somebody restarted meanwhile.
    """

    def is_ours(run: Run) -> bool:
        return not run.is_over and run.restarts == begun["restarts"]

    run = tools.run(ref)
    if is_ours(run):
        told = end(run).log_text()
        log = tools.write_text(ref, LOG, told)
        run = tools.change(ref, lambda now: end(now).holding(log) if is_ours(now) else now)
        if run.restarts == begun["restarts"] and run.log_text() != told:
            # Somebody else ended it, or wrote in its log, at the same moment.
            tools.write_log(ref)
    return {"status": run.status.value}


def _announce(ref: RunRef, tools: Tools, begun: Json) -> Json:
    run = tools.run(ref)
    if run.restarts == begun["restarts"]:
        tools.events.publish(run_ended(run))
    return {}


def _work_files(count: int) -> list[str]:
    parts = (CONTACTS_PART, DECISIONS_PART, REJECTS_PART)
    names = [work_file(part, place) for part in parts for place in range(count)]
    return [OVERRIDE, SCREEN_REJECTS, LOG_COPY, TRIGGER_FILE, *names]
