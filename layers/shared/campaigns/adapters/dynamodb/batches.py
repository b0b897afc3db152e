"""Many items: by their keys a hundred to a read, of a query page by page."""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb.keys import Key
from campaigns.adapters.dynamodb.transactions import StoreBusy
from campaigns.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_AT_ONCE = 100
_TRIES = 10


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


def pause(attempt: int) -> None:
    """Longer from attempt to attempt, and never the same for two."""
    time.sleep(random.uniform(0, 0.05 * 2 ** min(attempt, 7)))
