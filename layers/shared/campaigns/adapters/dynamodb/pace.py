"""The line in which senders take turns: one number, moved on by one conditional write."""

from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.transactions import StoreBusy
from campaigns.domain.channel import Channel
from campaigns.domain.pace import HORIZON, Rate, Turn

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TRIES = 5
_MICRO = 1_000_000
"""The line is kept in whole millionths of a second."""
_IN_USE = ("SET given_until = given_until + :by", "given_until BETWEEN :at AND :furthest")
_IDLE = ("SET given_until = :end", "attribute_not_exists(given_until) OR given_until < :at")


class DynamoPace:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def take(self, company_id: str, channel: Channel, count: int, rate: Rate, now: float) -> Turn:
        """A line that is in use is moved on from where it stands, an idle one begins anew now.

        Two writes at most, unless the line becomes idle or busy between them.
        """
        key = keys.line(company_id, channel)
        at, length = int(now * _MICRO), int(count * rate.gap * _MICRO)
        furthest = at + int(HORIZON * _MICRO)
        for _ in range(_TRIES):
            end = self._moved(key, _IN_USE, {":by": length, ":at": at, ":furthest": furthest})
            if end is None:
                end = self._moved(key, _IDLE, {":end": at + length, ":at": at})
            if end is not None:
                return Turn((end - length) / _MICRO, count)
            kept = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
            if (line := int(kept["Item"]["given_until"]["N"])) > furthest:
                return Turn(line / _MICRO - HORIZON, 0)
        raise StoreBusy

    def _moved(self, key: keys.Key, write: tuple[str, str], values: dict[str, int]) -> int | None:
        """Where the line stands now; None if the condition does not hold."""
        told: Any = {name: {"N": str(value)} for name, value in values.items()}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=write[0],
                ConditionExpression=write[1],
                ExpressionAttributeValues=told,
                ReturnValues="UPDATED_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return int(answer["Attributes"]["given_until"]["N"])
