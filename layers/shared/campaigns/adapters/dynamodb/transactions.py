"""Several conditional writes as one, and which of their conditions failed."""

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from campaigns.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TRIES = 16
_PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


class StoreBusy(Unavailable):
    code = "store_busy"

    def __init__(self) -> None:
        super().__init__("too many requests want the same thing at once; try again")


class ConditionsFailed(Exception):
    """`failed` maps the place of each failed write to the item that stood in its way, if any."""

    def __init__(self, failed: dict[int, dict[str, Any]]) -> None:
        super().__init__(f"conditions {sorted(failed)} failed")
        self.failed = failed


def transact(client: "DynamoDBClient", writes: Sequence[dict[str, Any]]) -> None:
    """Write all or nothing. Raises ConditionsFailed, StoreBusy.

    Two transactions that touch one item at the same moment cancel each other without either
    condition having failed; such a collision is tried again with a growing, random pause.
    """
    for attempt in range(_TRIES):
        try:
            client.transact_write_items(TransactItems=list(writes))  # type: ignore[arg-type]
            return
        except client.exceptions.TransactionCanceledException as canceled:
            reasons: list[dict[str, Any]] = list(canceled.response["CancellationReasons"])  # type: ignore[arg-type]
            failed = {
                place: reason.get("Item", {})
                for place, reason in enumerate(reasons)
                if reason["Code"] == "ConditionalCheckFailed"
            }
            if failed:
                raise ConditionsFailed(failed) from None
            if not any(reason["Code"] in _PASSING for reason in reasons):
                raise
        time.sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 6)))
    raise StoreBusy
