"""The first stage: ask the campaign's stored query afresh, and keep what comes back."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from campaigns.domain.errors import Conflict, DomainError, Unavailable
from campaigns.domain.identity import moment
from campaigns.domain.query import (
    KeyRefused,
    QueryAddress,
    QueryRefused,
    QueryTimedOut,
    QueryUnavailable,
    parse_query_url,
    text_of,
)
from campaigns.domain.run import (
    OVERRIDE,
    QUERY_RESULTS,
    QUERY_TEXT,
    Counts,
    Run,
    RunCanceled,
    RunFile,
    RunRef,
    Stage,
)
from campaigns.domain.secret import secret_context
from campaigns.pipeline.csv_lines import CsvLines
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json

_PATIENCE = 45 * 60
"""Seconds that a query may take before it is canceled."""
_MISSES = 2
"""Polls in a row without an answer after which a job counts as lost."""
_SUBMISSIONS = 3
_SILENCE = 60
_LONGEST_SILENCE = 8 * 60
"""Seconds without a byte of the result after which the connection counts as lost."""
_BATCH = 5_000


class QueryTextChanged(Unavailable):
    code = "query_text_changed"

    def __init__(self, address: QueryAddress) -> None:
        super().__init__(f"{address.canonical} was edited in the moment it was asked")


class QueryChanged(Conflict):
    code = "query_changed"

    def __init__(self) -> None:
        super().__init__("redashQueryUrl was changed while the query was under way; try again")


def submit_query(ref: RunRef, tools: Tools) -> Json:
    """Start a fresh execution; `{jobId}` or, when there is nothing to wait for, `{resultId}`."""
    address, key = _question(ref, tools)
    tools.enter(ref, Stage.QUERY, f"query: asking {address.canonical} for a fresh result")
    submitted = _submitted(ref, tools, address, key)
    return {**submitted, "of": address.canonical, "askedAt": tools.now().timestamp()}


def check_query(ref: RunRef, tools: Tools, asked: Json) -> Json:
    """Look once whether the result is there. The answer carries `done`.

    A job that keeps failing to answer is given up, and the query asked again: Redash forgets
    the jobs of a worker that was killed.
    """
    if "resultId" in asked:
        return {**asked, "done": True}
    address, key = _question(ref, tools, asked)
    if tools.run(ref).is_over:
        tools.queries.cancel(address, key, asked["jobId"])
        raise RunCanceled
    if tools.now().timestamp() - asked["askedAt"] > _PATIENCE:
        tools.queries.cancel(address, key, asked["jobId"])
        raise QueryTimedOut(address, after_minutes=_PATIENCE // 60)
    try:
        seen = tools.queries.poll(address, key, asked["jobId"])
    except QueryUnavailable as away:
        tools.tell(ref, f"asked for its state, {away}")
        return _missed(ref, tools, {**asked, "state": None})
    if seen["state"] == "done":
        tools.tell(ref, None)
        return {**asked, "resultId": seen["resultId"], "done": True}
    if seen["state"] != asked.get("state"):
        # Told once, and not at every poll: each telling is a write.
        tools.tell(ref, f"{seen['state']} at Redash since {moment(tools.now())}")
    return {**asked, "state": seen["state"], "misses": 0, "done": False}


def _missed(ref: RunRef, tools: Tools, asked: Json) -> Json:
    misses, again = asked.get("misses", 0) + 1, asked.get("again", 0)
    if misses < _MISSES:
        return {**asked, "misses": misses, "done": False}
    address, key = _question(ref, tools, asked)
    if again >= _SUBMISSIONS - 1:
        raise QueryRefused(address, "its jobs kept getting lost; see whether its workers run")
    tools.leave(ref, "query: its job was lost, asking again")
    fresh = _submitted(ref, tools, address, key)
    same = {"of": asked["of"], "askedAt": asked["askedAt"]}
    return {**fresh, **same, "again": again + 1, "done": False}


def _submitted(ref: RunRef, tools: Tools, address: QueryAddress, key: str) -> Json:
    """Start an execution, and keep the text of the query as it stands at this moment.

    It is read before and after: when it is the same, it is what was asked. Where it cannot be
    read, the run goes on; whether it may is for the campaign's safety limits to say.
    """
    campaign = tools.campaign(ref)
    read = partial(_text, tools, address, key, needed=campaign.safety.needs_query_text)
    text, reason = read()
    submitted = tools.queries.submit(address, key)
    try:
        if text is not None:
            again, reason = read()
            if again not in (None, text):
                raise QueryTextChanged(address)
            text = again
    except Unavailable:
        if "jobId" in submitted:
            tools.queries.cancel(address, key, submitted["jobId"])
        raise
    if text is None:
        told = f"query: its text could not be read: {reason}"
        tools.change(ref, lambda run: _with_text(run, None).noted(told, at=tools.now()))
    else:
        file = tools.write_text(ref, QUERY_TEXT, text)
        told = f"query: its text has the SHA-256 {file.sha256}"
        tools.change(ref, lambda run: _with_text(run, file).noted(told, at=tools.now()))
    return submitted


def _with_text(run: Run, file: RunFile | None) -> Run:
    if file is None:
        # What an earlier pass read is not what this one asked.
        files = tuple(one for one in run.files if one.name != QUERY_TEXT)
        return replace(run, files=files, query_sha256=None)
    return replace(run.holding(file), query_sha256=file.sha256)


def _text(tools: Tools, address: QueryAddress, key: str, *, needed: bool) -> tuple[str | None, str]:
    """The text of the query, or why it cannot be read. Raises QueryUnavailable if it is needed."""
    try:
        return tools.queries.text(address, key), ""
    except KeyRefused:
        return None, "redashApiKey is not the key of a user who may see it"
    except DomainError as refusal:
        if needed and isinstance(refusal, Unavailable):
            raise
        return None, str(refusal)


def cancel_query(ref: RunRef, tools: Tools, asked: Json) -> None:
    """Stop what was asked and is not there yet, as far as it can be done."""
    if "jobId" in asked and "resultId" not in asked:
        address, key = _question(ref, tools)
        tools.queries.cancel(address, key, asked["jobId"])


def fetch_query(ref: RunRef, tools: Tools, asked: Json, attempt: int) -> Json:
    """Stream the result into `query_results.csv`, every column, exactly as it came back.

    Redash is silent until it has built all of it, which takes minutes for millions of rows: each
    attempt waits twice as long as the one before for the next byte.
    """
    address, key = _question(ref, tools, asked)
    tools.enter(ref, Stage.QUERY, "query: fetching the result")
    silence = min(_SILENCE * 2 ** (attempt - 1), _LONGEST_SILENCE)
    rows = tools.queries.rows(address, key, asked["resultId"], read_timeout_s=silence)
    try:
        batches = iter(rows.batches())
        first = next(batches, [])
        file = _save(ref, tools, rows.columns, _chained(first, batches))
    finally:
        rows.close()
    return _ended(ref, tools, file)


def take_override(ref: RunRef, tools: Tools) -> Json:
    """The rows that came with the request stand in for the query's."""
    tools.enter(ref, Stage.QUERY, "query: not asked, the rows came with the request")
    with tools.files.read(ref, OVERRIDE) as stream:
        rows: list[dict[str, Any]] = json.loads(stream.read())
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return _ended(ref, tools, _save(ref, tools, columns, [rows]))


def _question(ref: RunRef, tools: Tools, asked: Json | None = None) -> tuple[QueryAddress, str]:
    """Where to ask, and the key. What was asked at one place is fetched there or not at all."""
    campaign = tools.campaign(ref)
    address = parse_query_url(campaign.query_url or "", allow_http=tools.allow_http)
    if asked is not None and asked["of"] != address.canonical:
        raise QueryChanged
    address = address.with_parameters(campaign.query_parameters)
    context = secret_context(campaign.company_id, campaign.id, "redashApiKey")
    key = "" if campaign.query_key is None else tools.secrets.open(campaign.query_key, context)
    return address, key


def _chained(first: list[Any], rest: Iterable[list[Any]]) -> Iterable[list[Any]]:
    yield first
    yield from rest


def _save(
    ref: RunRef, tools: Tools, columns: Sequence[str], batches: Iterable[list[dict[str, Any]]]
) -> RunFile:
    lines = CsvLines()
    with tools.files.write(ref, QUERY_RESULTS) as file:
        file.write(lines.encode([list(columns)]) if columns else b"")
        for batch in batches:
            for start in range(0, len(batch), _BATCH):
                part = batch[start : start + _BATCH]
                file.write(lines.encode(_cells(row, columns) for row in part))
            file.rows += len(batch)
    return file.facts


def _cells(row: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    # Most cells are texts already, and a call for each of them is what would take the time.
    return [cell if isinstance(cell, str) else text_of(cell) for cell in map(row.get, columns)]


def _ended(ref: RunRef, tools: Tools, file: RunFile) -> Json:
    told = f"query: {file.rows} rows, {file.bytes} bytes"
    tools.leave(ref, told, file, counts=Counts(rows_in=file.rows))
    return {"rows": file.rows}
