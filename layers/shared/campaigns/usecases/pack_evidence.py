"""The evidence of a run: asked for, put together in the background, and linked to.

It is made of what the run has kept, so the same run gives the same bytes again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson

from campaigns.domain.audit import AuditEntry
from campaigns.domain.errors import DomainError, Unavailable
from campaigns.domain.evidence import (
    AUDIT,
    CONTACT_LINES,
    LOG_LINES,
    MANIFEST,
    QUERY,
    RULES,
    SUMS,
    Contents,
    Member,
    Packing,
    PackingState,
    RunStillAtWork,
    manifest_of,
    packing_name,
    zip_name,
)
from campaigns.domain.identity import moment
from campaigns.domain.row_index import LINE, MARK, Layout
from campaigns.domain.rule_book import rule_sets_as_data
from campaigns.domain.run import (
    CONTACTS_OUTPUT,
    LINES_INDEX,
    QUERY_TEXT,
    RULES_IN_FORCE,
    Run,
    RunFileNotFound,
    RunRef,
    contacts_part,
)
from campaigns.ports import Audit, Clock, EvidencePacker, FileWriter, RunFiles, RunStore
from campaigns.usecases.zip_stream import ZipStream, pieces_of, zipping

_SHOWN_AS = {QUERY_TEXT: QUERY, RULES_IN_FORCE: RULES}
_SECONDS = 300
_AT_ONCE = 2_000
_ENTRIES = 100
_MOST_DAYS = 31


def ask_for_evidence(
    run: Run, *, files: RunFiles, packer: EvidencePacker, now: Clock
) -> tuple[Packing, str | None]:
    """How far it is, and a link of five minutes to what is ready; what is not there is begun.

    Raises RunStillAtWork, PackerUnavailable.
    """
    if not run.stands_still:
        raise RunStillAtWork(run.status)
    packing = _kept(run, files)
    if packing is None or packing.is_to_be_begun(now()):
        packing = Packing(state=PackingState.BUILDING, at=now())
        _begin(run, packing, files, packer)
    if packing.state is PackingState.READY:
        return packing, files.link(run.ref, zip_name(run), seconds=_SECONDS)
    return packing, None


def _begin(run: Run, packing: Packing, files: RunFiles, packer: EvidencePacker) -> None:
    """Said before it is begun, since it may be ready at once."""
    _keep(run, packing, files)
    try:
        packer.start(run.ref, run.version)
    except Unavailable as away:
        _keep(run, replace(packing, state=PackingState.FAILED, why=str(away)), files)
        raise


def pack_evidence(
    ref: RunRef, version: int, *, runs: RunStore, files: RunFiles, audit: Audit, now: Clock
) -> bool:
    """Put it together; False when the run has changed since it was asked for."""
    run = runs.get(ref.company_id, ref.campaign_id, ref.run_id)
    if run.version != version or not run.stands_still:
        return False
    try:
        with files.write(ref, zip_name(run)) as out:
            manifest_sha256 = _write(run, out, files, audit)
    except DomainError as refused:
        _keep(run, Packing(state=PackingState.FAILED, at=now(), why=str(refused)), files)
        raise
    ready = Packing(
        state=PackingState.READY,
        at=now(),
        bytes=out.facts.bytes,
        sha256=out.facts.sha256,
        manifest_sha256=manifest_sha256,
    )
    _keep(run, ready, files)
    return True


def _write(run: Run, out: FileWriter, files: RunFiles, audit: Audit) -> str:
    """Answers the hash of the manifest, which vouches for all else."""
    kept = {file.name: file for file in run.files}
    contents = Contents()
    with zipping(out) as pack:
        for name in (*run.available_files, *_SHOWN_AS):
            if name in kept:
                shown = _SHOWN_AS.get(name, name)
                pieces = pieces_of(files, run.ref, name)
                _add(pack, contents, shown, pieces, recorded=kept[name].sha256)
        if LINES_INDEX in kept:
            _add(pack, contents, CONTACT_LINES, _contact_lines(run, files))
        _add(pack, contents, LOG_LINES, _log_lines(run))
        if RULES_IN_FORCE not in kept:
            _add(pack, contents, RULES, [_json(rule_sets_as_data())])
        _add(pack, contents, AUDIT, [_json({"entries": list(_audited(run, audit))})])
        manifest = _add(pack, contents, MANIFEST, [_json(manifest_of(run, contents))])
        pack.add(SUMS, [contents.sums.encode()])
    return manifest.sha256


def _add(
    pack: ZipStream,
    contents: Contents,
    name: str,
    pieces: Iterable[bytes],
    *,
    recorded: str | None = None,
) -> Member:
    size, digest = 0, sha256()

    def passing() -> Iterator[bytes]:
        nonlocal size
        for piece in pieces:
            size += len(piece)
            digest.update(piece)
            yield piece

    pack.add(name, passing())
    member = Member(name, size, digest.hexdigest(), recorded)
    contents.members.append(member)
    return member


def _contact_lines(run: Run, files: RunFiles) -> Iterator[bytes]:
    """Which row became which line, out of the index that leads there."""
    yield b"row,file,line\r\n"
    layout = Layout.of(run.file(LINES_INDEX), LINE)
    end, _ = layout.tail
    with files.read(run.ref, LINES_INDEX, start=len(MARK), end=end) as stream:
        while data := stream.read(_AT_ONCE * LINE.size):
            lines = (
                f"{row},{contacts_part(part) if part else CONTACTS_OUTPUT},{line}\r\n"
                for row, part, line in LINE.iter_unpack(data)
            )
            yield "".join(lines).encode()


def _log_lines(run: Run) -> Iterator[bytes]:
    for line, bound in run.log_chain():
        told = {"at": moment(line.at), "text": line.text, "sha256": bound}
        yield orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _audited(run: Run, audit: Audit) -> Iterator[dict[str, Any]]:
    """What keys did to the run and its campaign on its days, oldest first."""
    day, last = run.created_at.date(), (run.finished_at or run.updated_at).date()
    for _ in range(_MOST_DAYS):
        entries = [
            entry
            for object_id in (run.id, run.campaign_id)
            for entry in _of_day(run, object_id, audit, day)
        ]
        for entry in sorted(entries, key=lambda one: one.id):
            yield {
                "at": moment(entry.at),
                "keyId": entry.key_id,
                "requestId": entry.request_id,
                "action": entry.action,
                "kind": entry.kind,
                "objectId": entry.object_id,
                "beforeSha256": entry.before,
                "afterSha256": entry.after,
            }
        day += timedelta(days=1)
        if day > last:
            return


def _of_day(run: Run, object_id: str, audit: Audit, day: Any) -> Iterator[AuditEntry]:
    after: str | None = None
    while True:
        page: Sequence[AuditEntry] = audit.list(
            run.company_id, day, object_id=object_id, after=after, limit=_ENTRIES
        )
        yield from page
        if len(page) < _ENTRIES:
            return
        after = page[-1].id


def _json(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _kept(run: Run, files: RunFiles) -> Packing | None:
    try:
        with files.read(run.ref, packing_name(run)) as stream:
            return Packing.of(orjson.loads(stream.read()))
    except RunFileNotFound:
        return None


def _keep(run: Run, packing: Packing, files: RunFiles) -> None:
    with files.write(run.ref, packing_name(run)) as out:
        out.write(_json(packing.as_dict()))
