"""The last stage: take the run's files to the campaign's SFTP server, and keep the receipts."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, BinaryIO

from campaigns.domain.campaign import Campaign, ChangedMeanwhile, SftpSettings
from campaigns.domain.delivery import (
    Overwrite,
    Publish,
    Receipt,
    SftpDestination,
    Trigger,
    parse_host,
    remote_name,
)
from campaigns.domain.public_id import CAMPAIGN, RUN, show
from campaigns.domain.run import CONTACTS_OUTPUT, RECEIPT, Run, RunFile, RunRef, Stage, work_file
from campaigns.domain.secret import Sealed, secret_context
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json, RunFiles

_LOG_COPY = work_file("log.txt")
"""The log as it stands when delivery begins: a repeated delivery sends the very same bytes,
also where the receiver refuses to have a file replaced."""


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
    """What goes where, under which names; nothing when the campaign has no destination.

    A run keeps its names over retries: they follow from the run alone.
    """
    campaign, run = tools.campaign(ref), tools.run(ref)
    if campaign.sftp is None:
        return {"files": []}
    zone = tools.access.company(ref.company_id).zone
    run = tools.enter(ref, Stage.DELIVER, f"deliver: to {campaign.sftp.host}")
    planned = [
        _planned(run.file(CONTACTS_OUTPUT), "contacts", "csv", campaign, run, zone)
        for name in run.available_files
        if name == CONTACTS_OUTPUT
    ]
    planned.append(_planned(_log_copy(run, tools), "log", "txt", campaign, run, zone))
    return {"files": planned}


def deliver_file(ref: RunRef, tools: Tools, planned: Json, attempt: int) -> Json:
    """Take one file there; again finds it there. Raises as domain/delivery.py says."""
    campaign = tools.campaign(ref)
    if campaign.sftp is None:
        return {}
    tools.enter(ref, Stage.DELIVER, f"deliver: {planned['as']} (attempt {attempt})")
    facts = RunFile(
        name=planned["file"],
        bytes=planned["bytes"],
        sha256=planned["sha256"],
        rows=planned["rows"],
    )
    channel = tools.open_channel(_destination(campaign, campaign.sftp, tools))
    try:
        source = StoredFile(tools.files, ref, facts)
        receipt = channel.deliver(source, planned["as"], attempts=attempt)
    finally:
        channel.close()
    if campaign.sftp.host_key is None and campaign.sftp.learned_host_key is None:
        _learn(ref, tools, receipt)
    kept = {"kind": planned["kind"], "file": planned["as"], **receipt.as_dict()}

    def keep(run: Run) -> Run:
        if any(_is_same(one, kept) for one in run.deliveries):
            # The first proof stands, so that a receipt written again says the same.
            return run
        others = tuple(one for one in run.deliveries if one["file"] != kept["file"])
        note = (
            f"deliver: {receipt.remote_path} is there, {receipt.bytes} bytes,"
            f" SHA-256 {receipt.sha256} ({receipt.published})"
        )
        return replace(run, deliveries=(*others, kept)).noted(note, at=tools.now())

    tools.change(ref, keep)
    return {"delivered": planned["as"]}


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one[name] == other[name] for name in ("host", "port", "remote_path", "sha256"))


def write_receipt(ref: RunRef, tools: Tools) -> Json:
    """`receipt.json`: what was delivered so far, as the server confirmed it."""
    run = tools.run(ref)
    body: dict[str, Any] = {
        "runId": show(RUN, run.id),
        "campaignId": show(CAMPAIGN, run.campaign_id),
        "deliveries": [dict(one) for one in run.deliveries if one["kind"] != "receipt"],
    }
    file = tools.write_text(ref, RECEIPT, json.dumps(body, indent=2) + "\n")
    tools.change(ref, lambda run: run.holding(file))
    campaign = tools.campaign(ref)
    zone = tools.access.company(ref.company_id).zone
    return _planned(file, "receipt", "json", campaign, run, zone)


def _log_copy(run: Run, tools: Tools) -> RunFile:
    """Made once: a run that goes on after a failure brings what it may have brought before."""
    for file in run.files:
        if file.name == _LOG_COPY:
            return file
    copy = tools.write_text(run.ref, _LOG_COPY, run.log_text())
    tools.change(run.ref, lambda now: now.holding(copy))
    return copy


def _planned(
    file: RunFile, kind: str, extension: str, campaign: Campaign, run: Run, zone: str
) -> Json:
    template = campaign.sftp.name_template if campaign.sftp else None
    name = remote_name(
        template,
        campaign=run.campaign_facts["id"],
        external_id=run.campaign_facts["externalId"] or None,
        run_id=show(RUN, run.id),
        at=run.created_at,
        zone=zone if template else "UTC",
        kind=kind,
        part=None,
        extension=extension,
    )
    return {
        "file": file.name,
        "kind": kind,
        "as": name,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "rows": file.rows,
    }


def _destination(campaign: Campaign, sftp: SftpSettings, tools: Tools) -> SftpDestination:
    host, port = parse_host(sftp.host)

    def opened(sealed: Sealed | None, field: str) -> str | None:
        context = secret_context(campaign.company_id, campaign.id, f"sftpSettings.{field}")
        return None if sealed is None else tools.secrets.open(sealed, context)

    return SftpDestination(
        host=host,
        port=port,
        username=sftp.username,
        password=opened(sftp.password, "password"),
        private_key=opened(sftp.private_key, "privateKey"),
        passphrase=opened(sftp.passphrase, "passphrase"),
        host_key=sftp.host_key or sftp.learned_host_key,
        directory=sftp.cd_dir,
        publish=Publish(sftp.publish),
        create_dirs=sftp.create_dirs,
        overwrite=Overwrite(sftp.overwrite),
        trigger=Trigger(sftp.trigger),
        name_template=sftp.name_template,
    )


def _learn(ref: RunRef, tools: Tools, receipt: Receipt) -> None:
    """Keep the host key that the first successful delivery saw; from now on it is expected."""
    campaign = tools.campaign(ref)
    if campaign.sftp is None or campaign.sftp.host_key or campaign.sftp.learned_host_key:
        return
    tools.leave(ref, f"deliver: host key {receipt.fingerprint} seen first and kept")
    learned = replace(campaign.sftp, learned_host_key=receipt.host_key)
    # When somebody edits the campaign at this very moment, the next delivery learns the key.
    with suppress(ChangedMeanwhile):
        tools.campaigns.move(replace(campaign, sftp=learned))
