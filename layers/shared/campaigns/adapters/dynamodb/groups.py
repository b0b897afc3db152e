"""Groups; each member is an item of its own, written together with the count of them."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.audit import Trail
from campaigns.adapters.dynamodb.batches import batch_get
from campaigns.adapters.dynamodb.collection import DynamoCollection, counted
from campaigns.adapters.dynamodb.paging import every_item
from campaigns.adapters.dynamodb.transactions import ConditionsFailed, transact
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.group import Group, GroupNotFound, Member

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_AT_ONCE = 90
"""A transaction takes a hundred writes; the count and the audit trail are among them."""
_TRIES = 20


class DynamoGroupStore(DynamoCollection[Group]):
    def __init__(self, client: "DynamoDBClient", table: str, *, trail: Trail | None = None) -> None:
        super().__init__(client, table, kind="GROUP", of=Group, missing=GroupNotFound, trail=trail)

    def members(
        self, company_id: str, group_id: str, *, after: str | None, limit: int
    ) -> Sequence[Member]:
        kind = keys.members_of(group_id)
        question: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": keys.listed(company_id, kind)}},
            "ConsistentRead": True,
            "Limit": limit,
        }
        if after is not None:
            question["KeyConditionExpression"] += " AND sk > :after"
            question["ExpressionAttributeValues"][":after"] = {"S": after}
        found = islice(every_item(self._client, question), limit)
        return [Member(item["sk"]["S"], item["external_id"]["S"]) for item in found]

    def enter(self, group: Group, members: Sequence[Member]) -> int:
        by_id = {one.id: one for one in members}

        def put(id: str) -> dict[str, Any]:
            item = {**self._member(group, id), "external_id": {"S": by_id[id].external_id}}
            condition = "attribute_not_exists(pk)"
            return {
                "Put": {"TableName": self._table, "Item": item, "ConditionExpression": condition}
            }

        return self._change(group, list(by_id), put, are_members=False)

    def leave(self, group: Group, customer_ids: Sequence[str]) -> int:
        def delete(id: str) -> dict[str, Any]:
            at = self._at(self._member(group, id))
            return {"Delete": {**at, "ConditionExpression": "attribute_exists(pk)"}}

        return self._change(group, list(dict.fromkeys(customer_ids)), delete, are_members=True)

    def sizes(self, company_id: str, group_ids: Sequence[str]) -> Mapping[str, int]:
        asked = {keys.count(company_id, keys.members_of(id))["pk"]["S"]: id for id in group_ids}
        wanted = [keys.count(company_id, keys.members_of(id)) for id in group_ids]
        found = batch_get(self._client, self._table, wanted)
        known = {asked[item["pk"]["S"]]: int(item["members"]["N"]) for item in found}
        return {id: known.get(id, 0) for id in group_ids}

    def _change(
        self,
        group: Group,
        ids: Sequence[str],
        write: Callable[[str], dict[str, Any]],
        *,
        are_members: bool,
    ) -> int:
        """Write of those that are members, or are none, and count them in the same transaction.

        Whoever else changes the same customers at the same moment makes us look again.
        """
        changed = 0
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            for _ in range(_TRIES):
                there = self._present(group, some)
                theirs = [id for id in some if (id in there) is are_members]
                if not theirs:
                    break
                step = -len(theirs) if are_members else len(theirs)
                kind = keys.members_of(group.id)
                count = counted(self._table, keys.count(group.company_id, kind), members=step)
                try:
                    told = self._members_told(group, theirs, are_members)
                    transact(self._client, [*map(write, theirs), count, *told])
                except ConditionsFailed:
                    continue
                changed += len(theirs)
                break
            else:
                raise ChangedMeanwhile(f"group {group.id}")
        return changed

    def _present(self, group: Group, ids: Sequence[str]) -> frozenset[str]:
        wanted = [self._member(group, id) for id in ids]
        found = batch_get(self._client, self._table, wanted)
        return frozenset(item["sk"]["S"] for item in found)

    def _member(self, group: Group, customer_id: str) -> keys.Key:
        return keys.entity(group.company_id, keys.members_of(group.id), customer_id)

    def _members_told(
        self, group: Group, ids: Sequence[str], were_members: bool
    ) -> list[dict[str, Any]]:
        """In the audit trail, the digest of those who left stands as before, else as after."""
        if self._trail is None:
            return []
        listed = "\n".join(sorted(ids)).encode()
        before, after = (listed, None) if were_members else (None, listed)
        return self._trail.writes(group.company_id, "group_members", group.id, before, after)
