"""Things of one company and one kind: campaigns, exporters."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.audit import Trail, change
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.dynamodb.paging import paged
from campaigns.adapters.dynamodb.transactions import ConditionsFailed, transact
from campaigns.domain.campaign import ChangedMeanwhile, ExternalIdTaken
from campaigns.domain.errors import NotFound
from campaigns.domain.page import Page, Slice

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Entity(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def company_id(self) -> str: ...
    @property
    def external_id(self) -> str | None: ...
    @property
    def deleted_at(self) -> datetime | None: ...
    @property
    def version(self) -> int: ...


E = TypeVar("E", bound=Entity)

_NEW = "attribute_not_exists(pk)"
_AT_ONCE = 100


class DynamoCollection(Generic[E]):
    """`kind` is its name in the keys; `missing` makes the NotFound of an id.

    `index` answers what an entity carries beside its key, to stand in an index or not.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        kind: str,
        of: type[E],
        missing: type[NotFound],
        index: Callable[[E], keys.Key] = lambda _: {},
        trail: Trail | None = None,
    ) -> None:
        self._client = client
        self._table = table
        self._kind = kind
        self._codec = Codec(of)
        self._missing = missing
        self._index = index
        self._trail = trail

    def find(self, company_id: str, id: str) -> E | None:
        return self._read(keys.entity(company_id, self._kind, id))

    def get(self, company_id: str, id: str) -> E:
        found = self.find(company_id, id)
        if found is None or found.deleted_at:
            raise self._missing(id)
        return found

    def find_external(self, company_id: str, external_id: str) -> E | None:
        key = keys.external(company_id, self._kind, external_id)
        pointer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in pointer:
            return None
        return self._read(keys.entity(company_id, self._kind, pointer["Item"]["id"]["S"]))

    def add(self, entity: E) -> E:
        return self._added(entity, [])

    def _added(self, entity: E, beside: list[dict[str, Any]]) -> E:
        """`add` with writes beside it, which nothing stands in the way of."""
        put = self._put(entity, _NEW)
        writes = [put, *beside, self._counted(entity, live=1, all=1)]
        if entity.external_id is not None:
            writes.append(self._named(entity, entity.external_id))
        writes += self._told(entity, None, put)
        try:
            transact(self._client, writes)
        except ConditionsFailed:
            raise ExternalIdTaken(entity.external_id or "") from None
        return entity

    def move(self, entity: E) -> E:
        return self._moved(entity, [])

    def _moved(self, entity: E, beside: list[dict[str, Any]]) -> E:
        """`move` with conditional writes beside it, whose conditions mean the same."""
        stored = self._item(keys.entity(entity.company_id, self._kind, entity.id))
        was = None if stored is None else self._codec.decode(stored)
        if was is None or was.version != entity.version:
            raise ChangedMeanwhile(f"{self._kind.lower()} {entity.id}")
        moved: E = replace(entity, version=entity.version + 1)  # type: ignore[type-var]
        put = self._put(moved, "version = :was", {":was": {"N": str(entity.version)}})
        writes = [put, *beside]
        # A deleted thing gives its external id back.
        name = None if moved.deleted_at else moved.external_id
        old_name = None if was.deleted_at else was.external_id
        if name != old_name and old_name is not None:
            writes.append({"Delete": self._at(self._external(was, old_name))})
        if name != old_name and name is not None:
            writes.append(self._named(moved, name))
        if moved.deleted_at and not was.deleted_at:
            writes.append(self._counted(moved, live=-1, all=0))
        writes += self._told(moved, stored, writes[0])
        try:
            transact(self._client, writes)
        except ConditionsFailed as conflict:
            if min(conflict.failed) <= len(beside):
                raise ChangedMeanwhile(f"{self._kind.lower()} {entity.id}") from None
            raise ExternalIdTaken(moved.external_id or "") from None
        return moved

    def every(self, company_id: str) -> Iterator[E]:
        """All of them, newest first, whether they were deleted or not."""
        after: str | None = None
        while True:
            found = self._beyond(company_id, after, _AT_ONCE, newer=False, deleted=True)
            yield from found
            if len(found) < _AT_ONCE:
                return
            after = found[-1].id

    def list(self, company_id: str, ask: Slice) -> Page[E]:
        return paged(
            ask,
            ask.ending_before or ask.starting_after,
            place_of=lambda entity: entity.id,
            beyond=lambda cursor, limit, newer: self._beyond(
                company_id, cursor, limit, newer=newer, deleted=ask.include_deleted
            ),
            total=self._total(company_id, all=ask.include_deleted),
        )

    def _beyond(
        self, company_id: str, cursor: str | None, limit: int, *, newer: bool, deleted: bool
    ) -> Sequence[E]:
        question: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": keys.listed(company_id, self._kind)}},
            "ScanIndexForward": newer,
            "ConsistentRead": True,
        }
        if not deleted:
            question["FilterExpression"] = "attribute_not_exists(deleted)"
        if cursor is not None:
            question["ExclusiveStartKey"] = keys.entity(company_id, self._kind, cursor)
        found = tuple[E, ...]()
        while len(found) < limit:
            answer = self._client.query(**question, Limit=limit)
            found += tuple(self._codec.decode(item) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                break
            question["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found[:limit]

    def _total(self, company_id: str, *, all: bool) -> int:
        key = keys.count(company_id, self._kind)
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return int(found.get("Item", {}).get("all" if all else "live", {"N": "0"})["N"])

    def _read(self, key: keys.Key) -> E | None:
        item = self._item(key)
        return None if item is None else self._codec.decode(item)

    def _item(self, key: keys.Key) -> dict[str, Any] | None:
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return found.get("Item")

    def _told(
        self, entity: E, before: dict[str, Any] | None, put: dict[str, Any]
    ) -> Sequence[dict[str, Any]]:
        return change(
            self._trail,
            entity.company_id,
            self._kind.lower(),
            entity.id,
            before=lambda: before,
            after=put["Put"]["Item"],
        )

    def _at(self, key: keys.Key) -> dict[str, Any]:
        return {"TableName": self._table, "Key": key}

    def _external(self, entity: E, external_id: str) -> keys.Key:
        return keys.external(entity.company_id, self._kind, external_id)

    def _put(
        self, entity: E, condition: str, values: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        item = {
            **keys.entity(entity.company_id, self._kind, entity.id),
            **self._codec.encode(entity),
            **self._index(entity),
            "version": {"N": str(entity.version)},
        }
        if entity.deleted_at:
            item["deleted"] = {"BOOL": True}
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": condition,
        }
        if values:
            put["ExpressionAttributeValues"] = values
        return {"Put": put}

    def _named(self, entity: E, external_id: str) -> dict[str, Any]:
        item = {**self._external(entity, external_id), "id": {"S": entity.id}}
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": _NEW}}

    def _counted(self, entity: E, *, live: int, all: int) -> dict[str, Any]:
        return counted(self._table, keys.count(entity.company_id, self._kind), live=live, all=all)


def counted(table: str, key: keys.Key, **by: int) -> dict[str, Any]:
    """The write that adds to a counter, in the same transaction as what it counts."""
    return {
        "Update": {
            "TableName": table,
            "Key": key,
            "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in by),
            "ExpressionAttributeNames": {f"#{name}": name for name in by},
            "ExpressionAttributeValues": {f":{name}": {"N": str(n)} for name, n in by.items()},
        }
    }
