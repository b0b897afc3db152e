"""Messages, and the counters of each run's.

A move is one transaction over the message, its run's counters and, once it went out, who was
reached at its address. Counters are spread over shards, one of which is picked at random. What a
message says stands apart, so that moving it does not cost its length.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.batches import batch_get, pages
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.dynamodb.transactions import ConditionsFailed, transact
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.channel import Channel
from campaigns.domain.message import (
    Message,
    MessageRef,
    MessageStatus,
    Recipient,
    Tally,
    Wording,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_AT_ONCE = 24
"""Messages of one transaction, which may hold 4 MB and 100 writes, two for each."""
_DAY = 24 * 60 * 60


class DynamoMessageStore:
    def __init__(self, client: "DynamoDBClient", table: str, *, days: int) -> None:
        self._client = client
        self._table = table
        self._seconds = days * _DAY
        self._codec = Codec(Message)
        self._wordings = Codec(Wording)

    def add(self, messages: Sequence[tuple[Message, Wording]]) -> Sequence[Message]:
        kept: dict[str, Message] = {}
        for start in range(0, len(messages), _AT_ONCE):
            left = {one.id: (one, said) for one, said in messages[start : start + _AT_ONCE]}
            while left:
                together = list(left.values())
                try:
                    transact(self._client, self._additions(together))
                except ConditionsFailed as there:
                    for place, item in there.failed.items():
                        # Every other write is the wording of the message before it.
                        kept[together[place // 2][0].id] = self._codec.decode(item)
                    left = {id: one for id, one in left.items() if id not in kept}
                    continue
                kept |= {one.id: one for one, _ in together}
                break
        return [kept[one.id] for one, _ in messages]

    def find(self, ref: MessageRef) -> Message | None:
        key = keys.message(ref.company_id, ref.message_id)
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return self._codec.decode(found["Item"]) if "Item" in found else None

    def many(self, company_id: str, ids: Sequence[str]) -> Mapping[str, Message]:
        wanted = [keys.message(company_id, id) for id in dict.fromkeys(ids)]
        found = map(self._codec.decode, batch_get(self._client, self._table, wanted))
        return {one.id: one for one in found}

    def wordings(self, company_id: str, ids: Sequence[str]) -> Mapping[str, Wording]:
        wanted = [keys.wording(company_id, id) for id in dict.fromkeys(ids)]
        found = batch_get(self._client, self._table, wanted)
        return {keys.message_named(item): self._wordings.decode(item) for item in found}

    def move(self, was: Message, now: Message) -> Message:
        moved = replace(now, version=was.version + 1)
        writes = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": self._item(moved),
                    "ConditionExpression": "version = :was",
                    "ExpressionAttributeValues": {":was": {"N": str(was.version)}},
                }
            }
        ]
        if was.status is not now.status:
            changes = Counter({_column(now): 1})
            changes[_column(was)] -= 1
            writes.append(self._counted(now, changes))
        if now.went_out and not was.went_out:
            writes.append({"Put": {"TableName": self._table, "Item": self._reached(moved)}})
        try:
            transact(self._client, writes)
        except ConditionsFailed:
            raise ChangedMeanwhile(f"message {was.id}") from None
        return moved

    def tally(self, company_id: str, run_id: str) -> Tally:
        question = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": keys.tallies(company_id, run_id)}},
            "ConsistentRead": True,
        }
        counts: Counter[tuple[Channel, MessageStatus]] = Counter()
        for page in pages(self._client, self._table, question):
            for item in page["Items"]:
                for name, value in item.items():
                    channel, dot, status = name.partition(":")
                    if dot:
                        counts[Channel(channel), MessageStatus(status)] += int(value["N"])
        return Tally({key: count for key, count in counts.items() if count})

    def reached(self, channel: Channel, address: str) -> Sequence[Recipient]:
        question = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": keys.reached_at(channel, address)}},
            "ConsistentRead": True,
        }
        return [
            Recipient(*keys.reached_named(item), item["message_id"]["S"])
            for page in pages(self._client, self._table, question)
            for item in page["Items"]
        ]

    def _additions(self, together: Sequence[tuple[Message, Wording]]) -> list[dict[str, Any]]:
        writes: list[dict[str, Any]] = []
        for message, wording in together:
            put = {
                "TableName": self._table,
                "Item": self._item(message),
                "ConditionExpression": "attribute_not_exists(pk)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
            said = {
                **keys.wording(message.company_id, message.id),
                **self._wordings.encode(wording),
                "expires": self._expires(message),
            }
            writes += [{"Put": put}, {"Put": {"TableName": self._table, "Item": said}}]
        first = together[0][0]
        counted = Counter(_column(message) for message, _ in together)
        return [*writes, self._counted(first, counted)]

    def _counted(self, message: Message, changes: Mapping[str, int]) -> dict[str, Any]:
        columns = list(changes)
        shard = random.randrange(keys.SHARDS)
        added = ", ".join(f"#{place} :{place}" for place in range(len(columns)))
        names = {f"#{place}": column for place, column in enumerate(columns)}
        values = {f":{place}": {"N": str(changes[one])} for place, one in enumerate(columns)}
        return {
            "Update": {
                "TableName": self._table,
                "Key": keys.tally(message.company_id, message.run_id, shard),
                "UpdateExpression": f"SET expires = :expires ADD {added}",
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": {**values, ":expires": self._expires(message)},
            }
        }

    def _reached(self, message: Message) -> keys.Key:
        return {
            **keys.reached(message.channel, message.address, message.company_id, message.person_id),
            "message_id": {"S": message.id},
            "expires": self._expires(message),
        }

    def _item(self, message: Message) -> keys.Key:
        return {
            **keys.message(message.company_id, message.id),
            **self._codec.encode(message),
            "expires": self._expires(message),
            "version": {"N": str(message.version)},
        }

    def _expires(self, message: Message) -> dict[str, str]:
        return {"N": str(int(message.created_at.timestamp()) + self._seconds)}


class DynamoOutbox:
    """Messages that reach nobody, in the table of those that do."""

    def __init__(self, client: "DynamoDBClient", table: str, *, days: int) -> None:
        self._client = client
        self._table = table
        self._seconds = days * _DAY
        self._codec = Codec(_Kept)

    def put(self, message: Message, wording: Wording) -> None:
        expires = int(message.created_at.timestamp()) + self._seconds
        self._client.put_item(
            TableName=self._table,
            Item={
                **keys.in_outbox(message.company_id, message.id),
                **self._codec.encode(_Kept(message, wording)),
                "expires": {"N": str(expires)},
            },
        )

    def list(
        self, company_id: str, *, after: str | None, limit: int
    ) -> Sequence[tuple[Message, Wording]]:
        condition, values = "pk = :pk", {":pk": {"S": keys.outbox(company_id)}}
        if after is not None:
            condition += " AND sk > :after"
            values[":after"] = {"S": after}
        question = {
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "Limit": limit,
        }
        found: list[tuple[Message, Wording]] = []
        for page in pages(self._client, self._table, question):
            kept = map(self._codec.decode, page["Items"])
            found += [(one.message, one.wording) for one in kept]
            if len(found) >= limit:
                break
        return found[:limit]


@dataclass(frozen=True, slots=True)
class _Kept:
    message: Message
    wording: Wording


def _column(message: Message) -> str:
    return f"{message.channel}:{message.status}"
