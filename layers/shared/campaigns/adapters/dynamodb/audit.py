"""The audit trail: a table that is only ever added to, a partition for each company and day."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.domain.audit import ACTOR, AuditEntry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NEW = "attribute_not_exists(pk)"


class Trail:
    """What a store adds to its writes. `days` is how long an entry is kept."""

    def __init__(
        self, table: str, *, days: int, now: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._table = table
        self._kept = timedelta(days=days)
        self._now = now
        self._new_id = new_id
        self._codec = Codec(AuditEntry)

    @property
    def is_asked(self) -> bool:
        """Whether somebody's key asks for what is being done."""
        return ACTOR.get() is not None

    def writes(
        self, company_id: str, kind: str, object_id: str, before: bytes | None, after: bytes | None
    ) -> list[dict[str, Any]]:
        """The write that goes into the change's transaction; none for what nobody asked for."""
        actor = ACTOR.get()
        if actor is None:
            return []
        at = self._now()
        entry = AuditEntry(
            id=self._new_id(),
            company_id=company_id,
            at=at,
            key_id=actor.key_id,
            request_id=actor.request_id,
            action=actor.action,
            kind=kind,
            object_id=object_id,
            before=_digest(before),
            after=_digest(after),
        )
        item = {
            **keys.audit_entry(company_id, at.date(), entry.id),
            **self._codec.encode(entry),
            "object_id": {"S": object_id},
            "expires": {"N": str(int((at + self._kept).timestamp()))},
        }
        return [{"Put": {"TableName": self._table, "Item": item, "ConditionExpression": _NEW}}]


def change(
    trail: Trail | None,
    company_id: str,
    kind: str,
    object_id: str,
    *,
    before: Callable[[], dict[str, Any] | None] = lambda: None,
    after: dict[str, Any] | None,
) -> list[dict[str, Any]]:
    """The write that tells of a change of one item; `before` is read only if somebody asked.

    `after` is None for an item that is taken away.
    """
    if trail is None or not trail.is_asked:
        return []
    return trail.writes(company_id, kind, object_id, _stored(before()), _stored(after))


def _stored(item: dict[str, Any] | None) -> bytes | None:
    return None if item is None else bytes(item["data"]["B"])


class DynamoAudit:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._codec = Codec(AuditEntry)

    def list(
        self, company_id: str, day: date, *, object_id: str | None, after: str | None, limit: int
    ) -> Sequence[AuditEntry]:
        question: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": keys.audit_of(company_id, day)}},
            "ScanIndexForward": False,
            "ConsistentRead": True,
        }
        if object_id is not None:
            question["FilterExpression"] = "object_id = :object"
            question["ExpressionAttributeValues"][":object"] = {"S": object_id}
        if after is not None:
            question["ExclusiveStartKey"] = keys.audit_entry(company_id, day, after)
        found: list[AuditEntry] = []
        while True:
            answer = self._client.query(**question)
            found += [self._codec.decode(item) for item in answer["Items"]]
            if len(found) >= limit or "LastEvaluatedKey" not in answer:
                return found[:limit]
            question["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _digest(stored: bytes | None) -> str | None:
    return None if stored is None else sha256(stored).hexdigest()
