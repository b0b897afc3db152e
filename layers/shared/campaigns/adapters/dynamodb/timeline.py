"""What happened with a person: items that are only ever added, listed by an index of their time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.batches import batch_get, put_all_over
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.domain.timeline import TimelineEntry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoTimeline:
    """`days` is how long an entry is kept after it was told."""

    def __init__(
        self, client: "DynamoDBClient", table: str, *, days: int, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._table = table
        self._kept = timedelta(days=days)
        self._now = now
        self._codec = Codec(TimelineEntry)

    def told(self, entries: Sequence[TimelineEntry]) -> Mapping[str, TimelineEntry]:
        asked = {
            one.id: keys.timeline_entry(one.company_id, one.person_id, one.id) for one in entries
        }
        items = batch_get(self._client, self._table, list(asked.values()))
        found = (self._codec.decode(item) for item in items)
        return {one.id: one for one in found}

    def add(self, entries: Sequence[TimelineEntry]) -> None:
        expires = int((self._now() + self._kept).timestamp())

        records: list[tuple[dict[str, Any], int]] = [
            (
                {
                    **keys.timeline_entry(one.company_id, one.person_id, one.id),
                    **self._codec.encode(one),
                    "told_at": {"S": one.place},
                    "expires": {"N": str(expires)},
                },
                0,
            )
            for one in entries
        ]
        if records:
            put_all_over(self._client, self._table, records)

    def list(
        self, company_id: str, person_id: str, *, after: str | None, limit: int
    ) -> Sequence[TimelineEntry]:
        condition, values = "pk = :pk", {":pk": {"S": keys.contacts_of(company_id, person_id)}}
        if after is not None:
            condition += " AND told_at < :after"
            values[":after"] = {"S": after}
        question: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": keys.CONTACTS_BY_TIME,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": limit,
        }
        found: list[TimelineEntry] = []
        while len(found) < limit:
            answer = self._client.query(**question)
            found += [self._codec.decode(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            question["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found[:limit]
