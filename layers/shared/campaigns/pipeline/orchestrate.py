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
from campaigns.domain.campaign import CampaignKind
from campaigns.domain.collection_campaign import CampaignStopped
from campaigns.domain.errors import NotFound
from campaigns.domain.events import run_ended
from campaigns.domain.exporter import Exporter
from campaigns.domain.public_id import CAMPAIGN, show
from campaigns.domain.run import (
    LOG,
    OVERRIDE,
    SPLIT,
    ExecutionLost,
    Run,
    RunRef,
    RunStatus,
    is_contacts,
    work_file,
)
from campaigns.domain.schedule import local_date_of
from campaigns.domain.sending import Sending
from campaigns.pipeline.choose_sending import (
    NothingToSend,
    sending_of_sender,
    sending_of_step,
)
from campaigns.pipeline.conclude_messages import (
    LATE_DECISIONS,
    LATE_PEOPLE,
    LATE_REJECTS,
    conclude_messages,
)
from campaigns.pipeline.deliver import (
    LOG_COPY,
    TRIGGER_FILE,
    check_window,
    deliver_file,
    deliver_recalls,
    plan_delivery,
    trigger_of,
    write_receipt,
    write_trigger,
)
from campaigns.pipeline.dispatch import check_messages, queue_messages
from campaigns.pipeline.export import export
from campaigns.pipeline.indexed import LINES_SORT, PEOPLE_PART, ROWS_PART, SCREEN_PEOPLE
from campaigns.pipeline.move_on import close, let_go, move_on
from campaigns.pipeline.query import (
    check_query,
    fetch_query,
    submit_query,
    take_override,
)
from campaigns.pipeline.release_reserved import release_reserved
from campaigns.pipeline.resolve import (
    CONTACTS_PART,
    DECISIONS_PART,
    MESSAGES_PART,
    REJECTS_PART,
    RESERVED_PART,
    resolve,
)
from campaigns.pipeline.safety import check_safety
from campaigns.pipeline.screen import SCREEN_REJECTS, screen
from campaigns.pipeline.take_due import DUE, list_due, take_due
from campaigns.pipeline.telling_steps import TellingSteps
from campaigns.pipeline.to_group import (
    TEMPLATE_CHANGED,
    complete_once,
    list_members,
    sending_to_group,
)
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json, Steps

_MOST_CLOSINGS = 500
_WORK = [
    *(OVERRIDE, DUE, SCREEN_REJECTS, SCREEN_PEOPLE, LINES_SORT, LOG_COPY, TRIGGER_FILE),
    *(LATE_DECISIONS, LATE_REJECTS),
]


def execute(ref: RunRef, engine: Steps, tools: Tools) -> Json:
    steps = TellingSteps(engine, ref, tools)
    begun = steps.step("begin", lambda _: _begin(ref, tools))
    if begun["over"]:
        if begun["status"] == RunStatus.CANCELED:
            _release(ref, steps, tools)
        return {"status": begun["status"]}
    refusal: StepRefused | None = None
    try:
        result_of(begun["material"])
        if begun["closing"]:
            _closed(ref, steps, tools)
        elif begun["takesStep"]:
            _stepped(ref, steps, tools, begun)
        elif begun["toGroup"]:
            _to_group(ref, steps, tools, begun)
        else:
            if not begun["onlyDelivery"]:
                rows = _queried(ref, steps, tools, overrides=begun["overrides"])
                _exported(ref, steps, tools, rows)
            if begun["sends"]:
                _sent(ref, steps, tools)
            _delivered(ref, steps, tools)
    except StepRefused as stopped:
        refusal = stopped
    if refusal is None:
        ended = steps.step("finish", lambda _: _finish(ref, tools, begun))
    else:
        if begun["takesStep"] and not refusal.held:
            _let_go(ref, steps, tools)
        if not refusal.held:
            _release(ref, steps, tools)
        ended = steps.step("stop", lambda _: _stop(ref, tools, begun, refusal))
    # The run is over whether or not anybody hears of it, and its record says no more.
    with suppress(StepRefused):
        engine.step("announce", lambda _: _announce(ref, tools, begun))
    return ended


def _stepped(ref: RunRef, steps: Steps, tools: Tools, begun: Json) -> None:
    """A step of a collection campaign: executions that are due stand in for a query's rows."""
    if not begun["onlyDelivery"]:
        steps.step("list-due", lambda _: list_due(ref, tools))
        rows = int(steps.step("take-due", lambda _: take_due(ref, tools))["rows"])
        if rows == 0:
            return
        _exported(ref, steps, tools, rows)
    if begun["sends"]:
        _sent(ref, steps, tools)
    _delivered(ref, steps, tools)
    steps.step("move-on", lambda _: move_on(ref, tools))


def _to_group(ref: RunRef, steps: Steps, tools: Tools, begun: Json) -> None:
    """A campaign of an agency: the members of its group stand in for a query's rows."""
    if not begun["onlyDelivery"]:
        rows = int(steps.step("list-members", lambda _: list_members(ref, tools))["rows"])
        _exported(ref, steps, tools, rows)
    _sent(ref, steps, tools)
    steps.step("complete-campaign", lambda _: complete_once(ref, tools))


def _let_go(ref: RunRef, steps: Steps, tools: Tools) -> None:
    # What cannot be let go of now is found by the next run of the step.
    with suppress(StepRefused):
        steps.step("let-go", lambda _: let_go(ref, tools))


def _release(ref: RunRef, steps: Steps, tools: Tools) -> None:
    # What cannot be given back now expires with the day.
    with suppress(StepRefused):
        steps.step("release-contacts", lambda _: release_reserved(ref, tools))


def _closed(ref: RunRef, steps: Steps, tools: Tools) -> None:
    """As many steps as it takes; what is left then, or slips in, is for the next closing run."""
    for place in range(_MOST_CLOSINGS):
        if not steps.step(f"close-{place}", lambda _: close(ref, tools))["ended"]:
            return


def _exported(ref: RunRef, steps: Steps, tools: Tools, rows: int) -> None:
    screened = steps.step("screen", lambda _: screen(ref, tools, rows))
    parts = steps.each(
        "resolve",
        [chunk_of(ref, one, screened) for one in screened["chunks"]],
        lambda chunk: resolve(
            ref,
            chunk,
            runs=tools.runs,
            people=tools.people,
            ledger=tools.ledger,
            files=tools.files,
            writing=tools.writing,
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


def _sent(ref: RunRef, steps: Steps, tools: Tools) -> None:
    """Queued part by part; all are waited for, also those that wait for their hours."""
    parts = int(steps.step("count-parts", lambda _: {"parts": tools.run(ref).parts})["parts"])
    for part in range(parts):
        steps.step(f"queue-{part}", lambda _, part=part: queue_messages(ref, tools, part))  # type: ignore[misc]
    steps.poll("await-messages", lambda state: check_messages(ref, tools, state), {})
    steps.step("conclude-messages", lambda _: conclude_messages(ref, tools))


def _delivered(ref: RunRef, steps: Steps, tools: Tools) -> None:
    planned = steps.step("plan-delivery", lambda _: plan_delivery(ref, tools))["files"]
    splits = any("opensAt" in one for one in planned)
    for place, one in enumerate(planned):
        _taken_there(ref, steps, tools, one, place)
        if splits and one["kind"] == "contacts":
            _concluded(ref, steps, tools, one, place)
    if not planned:
        return
    receipt = steps.step("write-receipt", lambda _: write_receipt(ref, tools))
    steps.step("deliver-receipt", partial(deliver_file, ref, tools, receipt))
    sent = [*planned, receipt]
    if splits:
        return
    trigger = steps.step("write-trigger", lambda _: write_trigger(ref, tools, sent))
    if trigger:
        steps.step("deliver-trigger", partial(deliver_file, ref, tools, trigger))


def _taken_there(ref: RunRef, steps: Steps, tools: Tools, one: Json, place: int) -> None:
    if "opensAt" in one:
        steps.poll(f"await-window-{place}", lambda _: check_window(ref, tools, one), {})
    steps.step(f"deliver-{place}", partial(deliver_file, ref, tools, one))


def _concluded(ref: RunRef, steps: Steps, tools: Tools, one: Json, place: int) -> None:
    """A list that leaves by itself: nobody waits for the next, nor forgets who was taken off it."""
    of = one["file"]
    trigger = steps.step(
        f"write-trigger-{place}", lambda _: write_trigger(ref, tools, [one], of=of)
    )
    if trigger:
        steps.step(f"deliver-trigger-{place}", partial(deliver_file, ref, tools, trigger))
    steps.step(f"deliver-recalls-{place}", partial(deliver_recalls, ref, tools, one))


def chunk_of(ref: RunRef, chunk: Json, screened: Json) -> Json:
    """All that a function elsewhere needs to resolve a chunk."""
    names = ("header", "ids", "day", "zone", "at", "policy", "cureDays")
    told = {name: screened[name] for name in names}
    return {**ref.event, **told, **chunk}


def _begin(ref: RunRef, tools: Tools) -> Json:
    """From here on, the run works with its campaign and exporter as they are now."""
    run = tools.run(ref)
    material: Json = {"ok": {}}
    if run.is_given_up:
        material = refused(ExecutionLost(run.error_message or ""))
    elif run.status is RunStatus.PENDING and not run.outside:
        at = tools.now()
        shown: dict[str, str] = {}
        exporter: Exporter | None = None
        sending: Sending | None = None
        try:
            shown, exporter = material_of(run, tools)
            sending = sending_to_group(run, tools) if run.to_group else sending_of(run, tools)
        except (NotFound, NothingToSend, CampaignStopped, *TEMPLATE_CHANGED) as gone:
            material = refused(gone)

        def begin(run: Run) -> Run:
            if run.status is not RunStatus.PENDING:
                return run
            if not run.only_delivery_is_left:
                run = run.working_with(shown, exporter, sending)
            return run.moved(RunStatus.RUNNING, at=at).noted("run: started", at=at)

        run = tools.change(ref, begin)
    return {
        "over": run.is_over or run.outside,
        "status": run.status.value,
        "overrides": run.overrides,
        "takesStep": run.step_id is not None,
        "closing": run.closing,
        "sends": run.sending is not None,
        "toGroup": run.to_group,
        "material": material,
        "onlyDelivery": run.only_delivery_is_left,
        "restarts": run.restarts,
    }


def material_of(run: Run, tools: Tools) -> tuple[dict[str, str], Exporter | None]:
    """The names of the campaign, and its exporter.

    Raises CampaignNotFound, StepNotFound, CampaignStopped, ExporterNotFound.
    """
    if run.closing:
        collection = tools.collection(run)
        return {"id": collection.id, "name": collection.name, "externalId": ""}, None
    campaign = tools.campaign(run.ref)
    is_borrowers = campaign.kind is CampaignKind.BORROWER
    shown = {
        "id": run.campaign_id if not is_borrowers else show(CAMPAIGN, campaign.id),
        "name": campaign.name,
        "externalId": campaign.external_id or "",
    }
    if campaign.sftp and campaign.sftp.split:
        shown[SPLIT] = campaign.sftp.split
    if campaign.exporter_id is None:
        return shown, None
    return shown, tools.exporters.get(run.company_id, campaign.exporter_id)


def sending_of(run: Run, tools: Tools) -> Sending | None:
    """What it sends, as templates are today at the company; None where it sends nothing.

    Raises CampaignNotFound, StepNotFound, SenderNotFound, TemplateNotFound, NothingToSend.
    """
    if run.closing:
        return None
    sender_id, step = None, None
    if run.step_id is not None:
        _, step = tools.step(run)
    else:
        sender_id = tools.campaign(run.ref).sender_id
    if sender_id is None and (step is None or not step.sends_messages):
        return None
    templates = tools.writings.templates
    today = local_date_of(tools.now(), tools.access.company(run.company_id).zone)
    if step is not None:
        return sending_of_step(step, run.company_id, today, templates=templates)
    sender = tools.writings.senders.get(run.company_id, sender_id or "")
    return sending_of_sender(sender, run.company_id, today, templates=templates)


def _stop(ref: RunRef, tools: Tools, begun: Json, refusal: StepRefused) -> Json:
    """A campaign that was stopped takes its runs with it; that is nobody's failure."""
    at = tools.now()

    def stop(run: Run) -> Run:
        if refusal.code == CampaignStopped.code:
            return run.noted(f"run: {refusal}", at=at).moved(RunStatus.CANCELED, at=at)
        return run.failed(
            refusal.code, str(refusal), at=at, held=refusal.held, reasons=refusal.reasons
        )

    return _close(ref, tools, begun, stop)


def _finish(ref: RunRef, tools: Tools, begun: Json) -> Json:
    at = tools.now()

    def finish(run: Run) -> Run:
        seconds = math.ceil((at - (run.started_at or run.created_at)).total_seconds())
        return run.noted(f"run: completed in {seconds} s", at=at).moved(RunStatus.COMPLETED, at=at)

    run = tools.run(ref)
    triggers = [trigger_of(name) for name in run.available_files if is_contacts(name)]
    tools.files.remove(ref, [*_work_files(run.parts), *triggers])
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
    parts = [CONTACTS_PART, DECISIONS_PART, REJECTS_PART, RESERVED_PART, PEOPLE_PART, ROWS_PART]
    parts += [MESSAGES_PART, LATE_PEOPLE]
    names = [work_file(part, place) for part in parts for place in range(count)]
    return [*_WORK, *names]
