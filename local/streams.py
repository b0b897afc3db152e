"""Hands the changes of tables to the functions of the template that listen, as Lambda would."""

import json
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from local.patience import Patience

Invoke = Callable[[str, dict[str, Any]], Any]

_PAUSE_AFTER_FAILURE_S = 1.0


class Listening(NamedTuple):
    """A function, the stream it listens to, and the changes it wants, so many at a time."""

    stream: str
    function: str
    patterns: tuple[dict[str, Any], ...] = ()
    """As Lambda's filters: any of them will do, and none wants everything."""
    batch: int = 100

    def wants(self, record: Mapping[str, Any]) -> bool:
        return not self.patterns or any(matches(one, record) for one in self.patterns)


class StreamPump:
    """A batch that fails comes again until it is taken, and what lies behind it waits.

    Where each function has come to is kept in `marks`, for the next start.
    """

    def __init__(
        self, streams: Any, listening: Iterable[Listening], invoke: Invoke, *, marks: Path
    ) -> None:
        self._streams = streams
        self._listening = list(listening)
        self._invoke = invoke
        self._marks = marks
        self._stopped = Event()
        self._threads: list[Thread] = []
        self._places: dict[str, str] = {}
        """Where each function goes on, as long as nothing fails."""

    def start(self) -> None:
        for one in self._listening:
            thread = Thread(target=self._forever, args=(one,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """What has been written before is handed over first, unless that fails."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def pump(self, one: Listening) -> int:
        """Hand over what is there now; answer how many changes were looked at."""
        seen = 0
        # Taken out, so that whatever fails from here on begins at the mark again.
        iterator = self._places.pop(one.function, None) or self._iterator(one)
        while True:
            answer = self._streams.get_records(ShardIterator=iterator, Limit=one.batch)
            records = [_as_told(record, one.stream) for record in answer["Records"]]
            if not records:
                self._places[one.function] = answer["NextShardIterator"]
                return seen
            wanted = [record for record in records if one.wants(record)]
            if wanted:
                self._invoke(one.function, {"Records": wanted})
            self._mark(one).parent.mkdir(parents=True, exist_ok=True)
            self._mark(one).write_text(records[-1]["dynamodb"]["SequenceNumber"])
            seen += len(records)
            iterator = answer["NextShardIterator"]

    def _iterator(self, one: Listening) -> str:
        described = self._streams.describe_stream(StreamArn=one.stream)["StreamDescription"]
        [shard] = described["Shards"]
        asked = {"StreamArn": one.stream, "ShardId": shard["ShardId"]}
        if self._mark(one).exists():
            mark = {"SequenceNumber": self._mark(one).read_text()}
            after = {**asked, **mark, "ShardIteratorType": "AFTER_SEQUENCE_NUMBER"}
            try:
                return str(self._streams.get_shard_iterator(**after)["ShardIterator"])
            except self._streams.exceptions.TrimmedDataAccessException:
                pass  # Of an earlier emulator, whose changes were all handed over.
        asked["ShardIteratorType"] = "TRIM_HORIZON"
        return str(self._streams.get_shard_iterator(**asked)["ShardIterator"])

    def _mark(self, one: Listening) -> Path:
        return self._marks / one.function

    def _forever(self, one: Listening) -> None:
        stopped, patience = False, Patience(self._stopped)
        while not stopped:
            # One look more after the stop, so that nothing written before it is left.
            stopped = self._stopped.is_set()
            try:
                patience.pause(idle=not self.pump(one))
            except (BotoCoreError, ClientError) as trouble:
                if not self._stopped.wait(_PAUSE_AFTER_FAILURE_S):
                    print(f"stream of {one.function}: {trouble}", file=sys.stderr)
            except Exception as failure:
                print(f"{one.function} failed: {failure!r}", file=sys.stderr)
                self._stopped.wait(_PAUSE_AFTER_FAILURE_S)


def patterns_of(event: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Of an event of the template."""
    filters = event.get("FilterCriteria", {}).get("Filters", [])
    return tuple(json.loads(one["Pattern"]) for one in filters)


def matches(pattern: Mapping[str, Any], found: Any) -> bool:
    """Lambda's own rule: every name of the pattern, at the end of each any of some values."""
    for name, wanted in pattern.items():
        there = isinstance(found, Mapping) and name in found
        inner = found[name] if there else None
        if isinstance(wanted, Mapping):
            if not matches(wanted, inner):
                return False
        elif not any(_is(one, inner, there) for one in wanted):
            return False
    return True


def _is(wanted: Any, found: Any, there: bool) -> bool:
    if isinstance(wanted, Mapping):
        [(how, what)] = wanted.items()
        if how != "exists":
            raise ValueError(f"the local stack does not know the filter {how}")
        return bool(what) is there
    return there and bool(found == wanted)


def _as_told(record: Mapping[str, Any], stream: str) -> dict[str, Any]:
    """A record as it comes in JSON, which has no bytes and no instants."""
    whole = {**record, "eventSourceARN": stream}
    told: dict[str, Any] = json.loads(json.dumps(whole, default=_plain))
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} is nothing that a stream tells")
