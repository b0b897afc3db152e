"""Streams are read as Lambda would: what is wanted, in order, again after a failure."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.streams import Listening, StreamPump, matches

ENDS = {"dynamodb": {"NewImage": {"ends": {"N": [{"exists": True}]}}}}


class TrimmedDataAccessException(Exception):
    pass


class Stream:
    """One shard, as far as a pump speaks to it."""

    class exceptions:
        TrimmedDataAccessException = TrimmedDataAccessException

    def __init__(self, *ends: bool) -> None:
        self.records = [record(number, end) for number, end in enumerate(ends)]

    def describe_stream(self, **_: Any) -> Any:
        return {"StreamDescription": {"Shards": [{"ShardId": "only"}]}}

    def get_shard_iterator(self, **asked: Any) -> Any:
        if asked["ShardIteratorType"] == "TRIM_HORIZON":
            return {"ShardIterator": "0"}
        known = [one["dynamodb"]["SequenceNumber"] for one in self.records]
        if asked["SequenceNumber"] not in known:
            raise TrimmedDataAccessException
        return {"ShardIterator": str(known.index(asked["SequenceNumber"]) + 1)}

    def get_records(self, *, ShardIterator: str, Limit: int) -> Any:
        start = int(ShardIterator)
        page = self.records[start : start + Limit]
        return {"Records": page, "NextShardIterator": str(start + len(page))}


def record(number: int, end: bool) -> dict[str, Any]:
    image = {"data": {"B": b"\x00\x01"}, **({"ends": {"N": "1"}} if end else {})}
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return {
        "eventName": "MODIFY",
        "dynamodb": {
            "SequenceNumber": f"seq-{number}",
            "ApproximateCreationDateTime": at,
            "NewImage": image,
        },
    }


def listening(batch: int = 100) -> Listening:
    return Listening("arn:stream", "announce", (ENDS,), batch)


def numbers(event: Any) -> list[str]:
    return [one["dynamodb"]["SequenceNumber"] for one in event["Records"]]


def test_only_what_is_wanted_is_handed_over_in_order_and_once(tmp_path: Path) -> None:
    stream, events = Stream(True, False, True, True), list[Any]()
    for _ in range(2):
        pump = StreamPump(
            stream, [listening(2)], lambda *call: events.append(call), marks=tmp_path / "marks"
        )
        pump.pump(listening(2))
    assert [(name, numbers(event)) for name, event in events] == [
        ("announce", ["seq-0"]),
        ("announce", ["seq-2", "seq-3"]),
    ]
    [told, *_] = events[0][1]["Records"]
    assert told["dynamodb"]["NewImage"]["data"]["B"] == "AAE="
    assert told["eventSourceARN"] == "arn:stream"


def test_what_failed_comes_again_before_anything_behind_it(tmp_path: Path) -> None:
    stream, events = Stream(True, True), list[Any]()

    def first_fails(_: str, event: Any) -> None:
        events.append(numbers(event))
        if len(events) == 1:
            raise RuntimeError("down")

    pump = StreamPump(stream, [listening(1)], first_fails, marks=tmp_path)
    with pytest.raises(RuntimeError, match="down"):
        pump.pump(listening(1))
    assert pump.pump(listening(1)) == 2
    assert events == [["seq-0"], ["seq-0"], ["seq-1"]]


def test_a_mark_of_a_stream_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "announce").write_text("seq-of-an-earlier-emulator")
    events: list[Any] = []
    pump = StreamPump(
        Stream(True), [listening()], lambda *call: events.append(call), marks=tmp_path
    )
    assert (pump.pump(listening()), len(events)) == (1, 1)


def test_what_was_written_before_the_stop_is_handed_over(tmp_path: Path) -> None:
    events: list[Any] = []
    pump = StreamPump(
        Stream(True), [listening()], lambda *call: events.append(call), marks=tmp_path
    )
    pump.start()
    pump.stop()
    assert len(events) == 1


@pytest.mark.parametrize(
    ("pattern", "found", "holds"),
    [
        ({"a": {"b": ["x", "y"]}}, {"a": {"b": "y"}}, True),
        ({"a": {"b": ["x", "y"]}}, {"a": {"b": "z"}}, False),
        ({"a": {"b": ["x"]}}, {}, False),
        ({"a": {"b": [{"exists": False}]}}, {}, True),
        ({"a": {"b": [{"exists": True}]}, "c": ["d"]}, {"a": {"b": 1}}, False),
    ],
)
def test_a_filter_is_read_as_lambda_reads_it(pattern: Any, found: Any, holds: bool) -> None:
    assert matches(pattern, found) is holds


def test_a_filter_that_is_not_known_here_is_refused() -> None:
    with pytest.raises(ValueError, match="numeric"):
        matches({"a": [{"numeric": [">", 0]}]}, {"a": 1})
