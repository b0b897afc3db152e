"""Many items: by their keys a hundred to a read, of a query page by page, and written.

Batch writes know no conditions, and one that is part of a transaction costs twice as much. So
many conditional writes go as statements (PartiQL), twenty-five to a request: each holds or fails
on its own and costs what a put costs.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from campaigns.adapters.dynamodb.keys import Key
from campaigns.adapters.dynamodb.transactions import StoreBusy
from campaigns.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

_AT_ONCE = 100
_STATEMENTS = 25
"""To a request: DynamoDB's limit."""
_WRITERS = 8
_TRIES = 10
_PASSING = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
}
_REFUSING = {"ConditionalCheckFailed", "DuplicateItem"}
_PASSING_STATEMENTS = {
    "InternalServerError",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "ThrottlingError",
    "TransactionConflict",
}


def batch_get(
    client: "DynamoDBClient",
    table: str,
    wanted: Sequence[Key],
    *,
    consistent: bool = True,
    busy: type[Unavailable] = StoreBusy,
) -> list[dict[str, Any]]:
    """Those that exist, in no order. What the table has no capacity for is asked for again."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(wanted), _AT_ONCE):
        left: Any = wanted[start : start + _AT_ONCE]
        for attempt in range(_TRIES):
            answer: Any = client.batch_get_item(
                RequestItems={table: {"Keys": left, "ConsistentRead": consistent}}
            )
            found.extend(answer["Responses"][table])
            left = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys")
            if not left:
                break
            pause(attempt)
        else:
            raise busy()
    return found


def pages(
    client: "DynamoDBClient", table: str, question: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """What a query answers, each page read when it is wanted."""
    asked: dict[str, Any] = {"TableName": table, **question}
    while True:
        page: Any = client.query(**asked)
        yield page
        if "LastEvaluatedKey" not in page:
            return
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def refused(things: Sequence[T], write: Callable[[T], bool]) -> list[T]:
    """Those whose write says that it was refused."""
    if len(things) <= 1:
        return [one for one in things if not write(one)]
    with ThreadPoolExecutor(min(_WRITERS, len(things))) as writers:
        written = list(writers.map(write, things))
    return [one for one, done in zip(things, written, strict=True) if not done]


def put_over(table: str, item: dict[str, Any], was: int) -> dict[str, Any]:
    """A write that is refused unless the record still is at version `was`; 0 is none yet."""
    put: dict[str, Any] = {
        "TableName": table,
        "Item": {**item, "version": {"N": str(was + 1)}},
        "ConditionExpression": "attribute_not_exists(version)",
    }
    if was:
        put["ConditionExpression"] = "version = :was"
        put["ExpressionAttributeValues"] = {":was": {"N": str(was)}}
    return put


def put_unless_changed(
    client: "DynamoDBClient", put: dict[str, Any], *, busy: type[Unavailable] = StoreBusy
) -> bool:
    """Whether the condition held. What the table has no capacity for is tried again."""
    for attempt in range(_TRIES):
        try:
            client.put_item(**put)
            return True
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ConditionalCheckFailedException":
                return False
            if code not in _PASSING:
                raise
            pause(attempt)
    raise busy()


def put_all_over(
    client: "DynamoDBClient",
    table: str,
    records: Sequence[tuple[dict[str, Any], int]],
    *,
    busy: type[Unavailable] = StoreBusy,
) -> list[bool]:
    """`put_over` of many items, each with the version it was read at; whether each was written.

    An attribute that an item has no longer stays as it was, but for `expires`.
    """
    if len(records) == 1:
        [(item, was)] = records
        return [put_unless_changed(client, put_over(table, item, was), busy=busy)]
    statements = [_statement(table, item, was) for item, was in records]
    groups = [
        statements[start : start + _STATEMENTS] for start in range(0, len(statements), _STATEMENTS)
    ]
    if len(groups) <= 1:
        return [done for group in groups for done in _executed(client, group, busy)]
    with ThreadPoolExecutor(min(_WRITERS, len(groups))) as writers:
        return [
            done
            for group in writers.map(lambda one: _executed(client, one, busy), groups)
            for done in group
        ]


def _statement(table: str, item: dict[str, Any], was: int) -> dict[str, Any]:
    whole = {**item, "version": {"N": str(was + 1)}}
    if not was:
        names = ", ".join(f"'{name}': ?" for name in whole)
        return {
            "Statement": f'INSERT INTO "{table}" VALUE {{{names}}}',
            "Parameters": list(whole.values()),
        }
    key = {name: whole.pop(name) for name in ("pk", "sk")}
    sets = " ".join(f'SET "{name}" = ?' for name in whole)
    gone = "" if "expires" in whole else ' REMOVE "expires"'
    where = 'WHERE "pk" = ? AND "sk" = ? AND "version" = ?'
    return {
        "Statement": f'UPDATE "{table}" {sets}{gone} {where}',
        "Parameters": [*whole.values(), *key.values(), {"N": str(was)}],
    }


def _executed(
    client: "DynamoDBClient", statements: Sequence[dict[str, Any]], busy: type[Unavailable]
) -> list[bool]:
    """Whether the condition of each held. What there is no capacity for is tried again."""
    done: dict[int, bool] = {}
    for attempt in range(_TRIES):
        left = [place for place in range(len(statements)) if place not in done]
        asked: Any = [statements[place] for place in left]
        try:
            answers: Any = client.batch_execute_statement(Statements=asked)["Responses"]
        except ClientError as error:
            if error.response["Error"]["Code"] not in _PASSING:
                raise
            answers = []
        for place, answer in zip(left, answers, strict=False):
            code = answer.get("Error", {}).get("Code")
            if code is None or code in _REFUSING:
                done[place] = code is None
            elif code not in _PASSING_STATEMENTS:
                raise ClientError({"Error": answer["Error"]}, "BatchExecuteStatement")
        if len(done) == len(statements):
            return [done[place] for place in range(len(statements))]
        pause(attempt)
    raise busy()


def pause(attempt: int) -> None:
    """Longer from attempt to attempt, and never the same for two."""
    time.sleep(random.uniform(0, 0.05 * 2 ** min(attempt, 7)))
