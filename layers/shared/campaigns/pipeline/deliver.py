"""The last stage: take the run's files to the campaign's SFTP server, and keep the receipts.

On the wire come the contact file or its parts, the log, the receipt and, last of all, the
trigger: whoever sees it finds everything else in its place.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from campaigns.domain.campaign import Campaign, ChangedMeanwhile
from campaigns.domain.company import is_test_space
from campaigns.domain.delivery import TRIGGER_EXTENSIONS, Receipt, Trigger, remote_name
from campaigns.domain.destination import destination_of
from campaigns.domain.identity import moment
from campaigns.domain.public_id import CAMPAIGN, RUN, show
from campaigns.domain.run import (
    MAIL_OUTPUT,
    RECEIPT,
    VOICE_OUTPUT,
    ListExpired,
    Run,
    RunCanceled,
    RunFile,
    RunRef,
    Stage,
    Window,
    is_contacts,
    is_recall,
    is_table,
    part_number,
    work_file,
)
from campaigns.pipeline.tools import Handover, Tools
from campaigns.ports import Json, RunFiles

LOG_COPY = work_file("log.txt")
"""The log as it stands when delivery begins: a repeated delivery sends the very same bytes,
also where the receiver refuses to have a file replaced."""
TRIGGER_FILE = work_file("trigger")
_LONGEST_WAIT = 900
_IN_RECEIPT = ("contacts", "mail", "voice", "log")
RECALL = "recall"
"""The kind of a suppression file, which follows a list that has left."""


def trigger_of(contacts: str) -> str:
    return work_file(f"trigger-{contacts}")


class StoredFile:
    """A file of the run, as a channel reads it."""

    def __init__(self, files: RunFiles, ref: RunRef, facts: RunFile) -> None:
        self._files = files
        self._ref = ref
        self._facts = facts

    @property
    def size(self) -> int:
        return self._facts.bytes

    @property
    def sha256(self) -> str:
        return self._facts.sha256

    def open(self, offset: int) -> BinaryIO:
        return self._files.read(self._ref, self._facts.name, start=offset)


def plan_delivery(ref: RunRef, tools: Tools) -> Json:
    """What goes where, under which names; nothing without a destination, or of test data.

    Raises ListExpired.
    """
    campaign = tools.campaign(ref)
    if campaign.sftp is None:
        return {"files": []}
    if is_test_space(ref.company_id):
        tools.enter(ref, Stage.DELIVER, "deliver: nothing, these are test data")
        return {"files": []}
    tools.enter(ref, Stage.DELIVER, f"deliver: to {campaign.sftp.host}")
    run = _named(ref, tools, campaign)
    if run.is_expired(tools.now()):
        raise ListExpired
    lists = [run.file(name) for name in run.available_files if is_contacts(name)]
    planned = [
        planned_file(file, "contacts", "csv", run, of=file) for file in lists if not file.window
    ]
    planned += [
        planned_file(run.file(name), kind, "csv", run)
        for name, kind in ((MAIL_OUTPUT, "mail"), (VOICE_OUTPUT, "voice"))
        if name in run.available_files
    ]
    # What waits for its hours keeps nothing else waiting but the log, which comes behind it.
    planned += [
        {**planned_file(file, "contacts", "csv", run, of=file), **_waiting(file.window)}
        for file in lists
        if file.window
    ]
    planned.append(planned_file(_log_copy(run, tools), "log", "txt", run))
    return {"files": planned}


def _waiting(window: Window) -> Json:
    return {"opensAt": moment(window.opens_at), "zone": window.zone}


def check_window(ref: RunRef, tools: Tools, planned: Json) -> Json:
    """Whether the hours of those who are in the file have begun. Raises RunCanceled."""
    run = tools.run(ref)
    if run.is_over:
        raise RunCanceled
    left = datetime.fromisoformat(planned["opensAt"]) - tools.now()
    if left <= timedelta(0):
        tools.tell(ref, None)
        return {"done": True}
    # That the time left is told keeps a run that waits from looking as if it were stuck.
    minutes = math.ceil(left.total_seconds() / 60)
    tools.tell(
        ref, f"{planned['as']} waits {minutes} minutes for {planned['opensAt']} ({planned['zone']})"
    )
    return {"done": False, "wait": min(math.ceil(left.total_seconds()), _LONGEST_WAIT)}


def deliver_recalls(ref: RunRef, tools: Tools, planned: Json, attempt: int) -> Json:
    """Once more, behind a list that came later, who was taken off it before it came.

    Whoever loads the list forgets what was said of it before; so this is said again, under a
    name of its own.
    """
    run, campaign = tools.run(ref), tools.campaign(ref)
    if campaign.sftp is None:
        return {}
    of = run.file(planned["file"])
    for file in [run.file(name) for name in run.available_files if is_recall(name)]:
        again = planned_file(file, file.name.removesuffix(".csv"), "csv", run, of=of)
        take_there(run, campaign, tools, {**again, "kind": RECALL}, attempt)
    return {}


def _named(ref: RunRef, tools: Tools, campaign: Campaign) -> Run:
    """The run, knowing how its files are called.

    Once a file has arrived, the others are called accordingly, whatever the campaign says by
    the time the run is tried again.
    """
    template = campaign.sftp.name_template if campaign.sftp else None
    zone = tools.access.company(ref.company_id).zone if template else "UTC"

    def naming(run: Run) -> Run:
        if run.deliveries:
            return run
        facts = {**run.campaign_facts, "nameTemplate": template or "", "zone": zone}
        return replace(run, campaign_facts=facts)

    return tools.change(ref, naming)


def deliver_file(ref: RunRef, tools: Tools, planned: Json, attempt: int) -> Json:
    """Take one file there; again finds it there. Raises as domain/delivery.py says."""
    campaign = tools.campaign(ref)
    if campaign.sftp is None:
        return {}
    run = tools.enter(ref, Stage.DELIVER, f"deliver: {planned['as']} (attempt {attempt})")
    return take_there(run, campaign, tools, planned, attempt)


def take_there(run: Run, campaign: Campaign, tools: Handover, planned: Json, attempt: int) -> Json:
    """`deliver_file`, wherever the run stands."""
    ref = run.ref
    to = destination_of(campaign, tools.secrets.open)
    place = {
        "kind": planned["kind"],
        "file": planned["as"],
        "rows": planned["rows"],
        "username": to.username,
        "cdDir": to.directory,
    }
    wanted = {**place, "host": to.host, "port": to.port, "sha256": planned["sha256"]}
    if any(_agree(one, wanted) for one in run.deliveries):
        # The server confirmed it once. It may have been taken away since, and must not come twice.
        tools.leave(ref, f"deliver: {planned['as']} was delivered before and is not sent again")
        return {"delivered": planned["as"]}
    facts = RunFile(
        name=planned["file"],
        bytes=planned["bytes"],
        sha256=planned["sha256"],
    )
    channel = tools.open_channel(to)
    try:
        source = StoredFile(tools.files, ref, facts)
        _doubt(ref, tools, planned, planned["kind"] == "contacts")
        receipt = channel.deliver(source, planned["as"], attempts=attempt)
    except Exception:
        # Refused or given up: only who died here cannot say whether it arrived.
        _doubt(ref, tools, planned, False)
        raise
    finally:
        channel.close()
    _learn(ref, tools, campaign, receipt)
    kept = {**place, **receipt.as_dict()}

    def keep(run: Run) -> Run:
        if any(_agree(one, wanted) for one in run.deliveries):
            # The first proof stands, so that a receipt written again says the same.
            return run
        others = tuple(one for one in run.deliveries if one["file"] != kept["file"])
        note = (
            f"deliver: {receipt.remote_path} is there, {receipt.bytes} bytes,"
            f" SHA-256 {receipt.sha256} ({receipt.published})"
        )
        doubt = run.contacts_in_doubt and planned["kind"] == RECALL
        known = replace(run, deliveries=(*others, kept), contacts_in_doubt=doubt)
        return known.noted(note, at=tools.now())

    tools.change(ref, keep)
    return {"delivered": planned["as"]}


def _doubt(ref: RunRef, tools: Handover, planned: Json, is_on_its_way: bool) -> None:
    # What comes after the list says nothing of whether that arrived.
    if planned["kind"] != RECALL:
        tools.change(ref, lambda run: replace(run, contacts_in_doubt=is_on_its_way))


def _agree(kept: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(kept[name] == value for name, value in wanted.items())


def write_receipt(ref: RunRef, tools: Tools) -> Json:
    """`receipt.json`: the files that were delivered so far, as the server confirmed them."""
    run = tools.run(ref)
    body: dict[str, Any] = {
        "runId": show(RUN, run.id),
        "campaignId": show(CAMPAIGN, run.campaign_id),
        # What comes after it cannot stand in it, also when it is written again.
        "deliveries": [
            dict(one)
            for one in run.deliveries
            if one["kind"] in ("contacts", "mail", "voice", "log")
        ],
    }
    file = tools.write_text(ref, RECEIPT, json.dumps(body, indent=2) + "\n")
    tools.change(ref, lambda run: run.holding(file))
    return planned_file(file, "receipt", "json", run)


def write_trigger(
    ref: RunRef, tools: Tools, sent: Sequence[Json], *, of: str | None = None
) -> Json:
    """The file that says that all others have come; nothing where nobody waits for it.

    `of` names a contact file that is waited for alone, since the next may be hours behind it.

    It speaks of contact files, so it is left out when there is none: it would make the receiver
    load a file that is not there, or yesterday's again.
    """
    run, campaign = tools.run(ref), tools.campaign(ref)
    trigger = Trigger(campaign.sftp.trigger) if campaign.sftp else Trigger.NONE
    if trigger is Trigger.NONE or all(one["kind"] != "contacts" for one in sent):
        return {}
    text = _manifest(run, sent) if trigger is Trigger.MANIFEST else ""
    kept = None if of is None else run.file(of)
    name = TRIGGER_FILE if of is None else trigger_of(of)
    file = tools.write_text(ref, name, text)
    named = planned_file(file, "contacts", TRIGGER_EXTENSIONS[trigger], run, of=kept)
    return {**named, "kind": "trigger"}


def _manifest(run: Run, sent: Sequence[Json]) -> str:
    body = {
        "runId": show(RUN, run.id),
        "campaignId": run.campaign_facts["id"],
        "files": [
            {
                "name": one["as"],
                "kind": one["kind"],
                "bytes": one["bytes"],
                "rows": one["rows"],
                "sha256": one["sha256"],
            }
            for one in sent
        ],
    }
    return json.dumps(body, indent=2) + "\n"


def _log_copy(run: Run, tools: Tools) -> RunFile:
    """Made once: a run that goes on after a failure brings what it may have brought before."""
    for file in run.files:
        if file.name == LOG_COPY:
            return file
    copy = tools.write_text(run.ref, LOG_COPY, run.log_text())
    tools.change(run.ref, lambda now: now.holding(copy))
    return copy


def planned_file(
    file: RunFile, kind: str, extension: str, run: Run, *, of: RunFile | None = None
) -> Json:
    """What is to be taken there, and under which name: that of the contact file it is, or is of."""
    facts = run.campaign_facts
    name = remote_name(
        facts["nameTemplate"] or None,
        campaign=facts["id"],
        external_id=facts["externalId"] or None,
        run_id=show(RUN, run.id),
        at=run.created_at,
        zone=facts["zone"],
        kind=kind,
        part=part_number(of.name) if of else None,
        time_zone=of.window.zone if of and of.window else "",
        extension=extension,
    )
    return {
        "file": file.name,
        "kind": kind,
        "as": name,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "rows": file.rows if is_table(file.name) else None,
    }


def _learn(ref: RunRef, tools: Handover, campaign: Campaign, receipt: Receipt) -> None:
    """Keep the host key that the first successful delivery saw; from now on it is expected."""
    learned = campaign.learning(receipt.host_key)
    if learned == campaign:
        return
    tools.leave(ref, f"deliver: host key {receipt.fingerprint} seen first and kept")
    try:
        tools.keep_learned(ref, learned)
    except ChangedMeanwhile:
        tools.leave(ref, "deliver: but the campaign was edited, so the next delivery keeps it")
