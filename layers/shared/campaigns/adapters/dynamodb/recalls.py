"""Who is taken off lists that have left: with each run a record of how far it is told."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.batches import batch_get, pages, put_over, put_unless_changed
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.dynamodb.transactions import ConditionsFailed, transact
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.identity import moment
from campaigns.domain.recall import Recall, RecallProgress
from campaigns.domain.run import RunRef

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT = timedelta(days=7)
"""After the list has ended."""


class DynamoRecallStore:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._progress = Codec(RecallProgress)
        self._recalls = Codec(Recall)

    def find(self, ref: RunRef) -> RecallProgress | None:
        found = self._client.get_item(
            TableName=self._table, Key=keys.recall_progress(ref), ConsistentRead=True
        )
        return self._progress.decode(found["Item"]) if "Item" in found else None

    def missing(self, ref: RunRef, recalls: Sequence[Recall]) -> Sequence[Recall]:
        by_name = {one.name: one for one in recalls}
        wanted = [keys.recall(ref, name) for name in by_name]
        there = {item["sk"]["S"] for item in batch_get(self._client, self._table, wanted)}
        return [
            one for name, one in by_name.items() if keys.recall(ref, name)["sk"]["S"] not in there
        ]

    def put_down(self, progress: RecallProgress, recalls: Sequence[Recall]) -> None:
        writes = [{"Put": self._put(progress)}]
        for one in recalls:
            item = {
                **keys.recall(progress.ref, one.name),
                **self._recalls.encode(one),
                "file": {"N": str(one.file)},
                **_expiring(one.until),
            }
            new = {"ConditionExpression": "attribute_not_exists(pk)"}
            writes.append({"Put": {"TableName": self._table, "Item": item, **new}})
        try:
            transact(self._client, writes)
        except ConditionsFailed:
            raise ChangedMeanwhile(f"recalls of run {progress.ref.run_id}") from None

    def move(self, progress: RecallProgress) -> RecallProgress:
        if not put_unless_changed(self._client, self._put(progress)):
            raise ChangedMeanwhile(f"recalls of run {progress.ref.run_id}")
        return replace(progress, version=progress.version + 1)

    def of_file(self, ref: RunRef, number: int) -> Iterator[Recall]:
        question = {
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :recall)",
            "FilterExpression": "#file = :number",
            "ExpressionAttributeNames": {"#file": "file"},
            "ExpressionAttributeValues": {
                ":pk": {"S": keys.recalls_of(ref)},
                ":recall": keys.recall(ref, "")["sk"],
                ":number": {"N": str(number)},
            },
            "ConsistentRead": True,
        }
        for page in pages(self._client, self._table, question):
            yield from map(self._recalls.decode, page["Items"])

    def due(self, at: datetime) -> Iterator[RunRef]:
        question = {
            "IndexName": keys.RECALLS_DUE,
            "KeyConditionExpression": "recalls_partition = :all AND recalls_due_at < :at",
            "ExpressionAttributeValues": {
                ":all": {"S": keys.RECALLS},
                # All of this very moment stand before it.
                ":at": {"S": f"{moment(at)}#~"},
            },
        }
        for page in pages(self._client, self._table, question):
            yield from map(keys.recalling_run, page["Items"])

    def _put(self, progress: RecallProgress) -> dict[str, Any]:
        moved = replace(progress, version=progress.version + 1)
        item = {
            **keys.recall_progress(progress.ref),
            **self._progress.encode(moved),
            **_expiring(progress.until),
        }
        if progress.due_at is not None:
            item |= keys.recalls_due(progress.ref.run_id, progress.due_at)
        return put_over(self._table, item, progress.version)


def _expiring(until: datetime) -> keys.Key:
    return {"expires": {"N": str(int((until + _KEPT).timestamp()))}}
