"""Enrollments, the place of each account, and the counters of campaigns.

A change is one transaction over all of them, so none can be seen without the others; several
changes share a transaction as far as they fit. Counters are spread over shards, one of which
is picked at random, because a single item takes about a thousand writes a second and two
transactions that meet at one cancel each other.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from heapq import merge
from itertools import chain
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.audit import Trail
from campaigns.adapters.dynamodb.audit import change as tell
from campaigns.adapters.dynamodb.batches import batch_get, pages
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.dynamodb.collection import counted
from campaigns.adapters.dynamodb.people import put_account
from campaigns.adapters.dynamodb.transactions import ConditionsFailed, transact
from campaigns.domain.account import Account
from campaigns.domain.enrollment import (
    CALLS,
    TOTAL,
    Change,
    Enrollment,
    EnrollmentCounts,
    EnrollmentRef,
    EnrollmentStatus,
    Holder,
)
from campaigns.domain.identity import moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NEW = "attribute_not_exists(pk)"
_MOST_WRITES = 100
"""Of one transaction."""
_READERS = 16
_SPARE = 10


class DynamoEnrollmentStore:
    """`people_table` is where accounts are kept, which change together with their execution."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        people_table: str,
        trail: Trail | None = None,
    ) -> None:
        self._client = client
        self._table = table
        self._people_table = people_table
        self._trail = trail
        self._codec = Codec(Enrollment)
        self._accounts = Codec(Account)

    def holders(self, company_id: str, account_ids: Iterable[str]) -> Mapping[str, Holder]:
        wanted = {id: keys.place(company_id, id) for id in account_ids}
        found = batch_get(self._client, self._table, list(wanted.values()))
        by_key = {item["pk"]["S"]: _holder(company_id, item) for item in found}
        return {
            id: by_key[key["pk"]["S"]] for id, key in wanted.items() if key["pk"]["S"] in by_key
        }

    def write(self, changes: Sequence[Change]) -> Mapping[str, Holder | None]:
        refused: dict[str, Holder | None] = {}
        for together in _that_fit([self._parts(change) for change in changes]):
            left = together
            while left.parts:
                try:
                    transact(self._client, left.writes(self._table))
                    break
                except ConditionsFailed as failed:
                    for part, holder in left.refused(failed):
                        refused[part.account_id] = holder
                    left = left.without(refused)
        return refused

    def settle(self, account: Account) -> bool:
        place = keys.place(account.company_id, account.id)
        put = {
            "TableName": self._table,
            "Item": {**place, "settled": {"BOOL": True}},
            "ConditionExpression": "attribute_not_exists(pk) OR settled = :yes",
            "ExpressionAttributeValues": {":yes": {"BOOL": True}},
        }
        try:
            transact(self._client, [{"Put": put}, *self._put_account(account)])
        except ConditionsFailed:
            return False
        return True

    def find(self, ref: EnrollmentRef) -> Enrollment | None:
        found = self._client.get_item(TableName=self._table, Key=_key(ref), ConsistentRead=True)
        return self._codec.decode(found["Item"]) if "Item" in found else None

    def many(self, refs: Sequence[EnrollmentRef]) -> Sequence[Enrollment]:
        found = batch_get(self._client, self._table, [_key(ref) for ref in refs])
        by_ref = {one.ref: one for one in map(self._codec.decode, found)}
        return [by_ref[ref] for ref in refs if ref in by_ref]

    def of_customer(
        self, company_id: str, customer_id: str, campaign_id: str | None = None
    ) -> Sequence[Enrollment]:
        values = {":pk": {"S": keys.enrollments_of(company_id, customer_id)}}
        condition = "pk = :pk"
        if campaign_id is not None:
            condition += " AND begins_with(sk, :campaign)"
            values[":campaign"] = {"S": f"{campaign_id}#"}
        question = {
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
        }
        return [self._codec.decode(item) for item in self._items(question)]

    def of_customers(
        self, company_id: str, customer_ids: Sequence[str]
    ) -> Mapping[str, Sequence[Enrollment]]:
        with ThreadPoolExecutor(_READERS) as readers:
            found = readers.map(lambda id: self.of_customer(company_id, id), customer_ids)
            return dict(zip(customer_ids, found, strict=True))

    def due(
        self,
        company_id: str,
        campaign_id: str,
        step_id: str,
        until: date,
        *,
        at_once: int | None = None,
    ) -> Iterator[EnrollmentRef]:
        for shard in range(keys.SHARDS):
            partition = keys.due(company_id, campaign_id, step_id, shard)
            question = {
                "IndexName": keys.ENROLLMENTS_DUE,
                "KeyConditionExpression": "due_partition = :pk AND due_at < :end",
                "ExpressionAttributeValues": {
                    ":pk": {"S": partition},
                    # Sorts behind every id of that date.
                    ":end": {"S": f"{until.isoformat()}#~"},
                },
                **({} if at_once is None else {"Limit": at_once}),
            }
            for item in self._items(question):
                yield _ref(company_id, item)

    def by_status(
        self,
        company_id: str,
        groups: Sequence[tuple[str, EnrollmentStatus]],
        *,
        newest_first: bool = True,
        at_once: int = 1000,
    ) -> Iterator[EnrollmentRef]:
        partitions = [
            keys.by_status(company_id, campaign_id, status, shard)
            for campaign_id, status in groups
            for shard in range(keys.SHARDS)
        ]
        if not partitions:
            return
        # Ids spread evenly, so each list holds about its part of what is wanted.
        each = at_once // len(partitions) + _SPARE
        lists = [self._listed(partition, newest_first, each) for partition in partitions]
        with ThreadPoolExecutor(min(_READERS, len(partitions))) as readers:
            first = list(readers.map(lambda pages: next(pages)["Items"], lists))
        order = merge(
            *(
                chain(begun, chain.from_iterable(page["Items"] for page in rest))
                for begun, rest in zip(first, lists, strict=True)
            ),
            key=lambda item: str(item["listed_at"]["S"]),
            reverse=newest_first,
        )
        for item in order:
            yield _ref(company_id, item)

    def counts(
        self, company_id: str, campaign_ids: Sequence[str], today: date | None = None
    ) -> Mapping[str, EnrollmentCounts]:
        days = [""] if today is None else ["", today.isoformat()]
        owners = {
            keys.counts(company_id, id, 0)["pk"]["S"]: id for id in dict.fromkeys(campaign_ids)
        }
        wanted = [
            keys.counts(company_id, id, shard, day)
            for id in owners.values()
            for shard in range(keys.SHARDS)
            for day in days
        ]
        sums: dict[str, dict[str, int]] = {id: {} for id in owners.values()}
        for item in batch_get(self._client, self._table, wanted):
            of = sums[owners[item["pk"]["S"]]]
            of_day = "#" in item["sk"]["S"]
            for name, value in item.items():
                if "N" in value:
                    known = "calls_today" if of_day else name
                    of[known] = of.get(known, 0) + int(value["N"])
        return {id: _counts(of) for id, of in sums.items()}

    def _listed(self, partition: str, newest_first: bool, at_once: int) -> Iterator[dict[str, Any]]:
        question = {
            "IndexName": keys.ENROLLMENTS_BY_STATUS,
            "KeyConditionExpression": "status_partition = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
            "ScanIndexForward": not newest_first,
            "Limit": at_once,
        }
        return pages(self._client, self._table, question)

    def _items(self, question: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for page in pages(self._client, self._table, question):
            yield from page["Items"]

    def _parts(self, change: Change) -> "_Parts":
        now, follows = change.now, change.follows
        place = self._place(change)
        writes = [self._put(now, change.was)]
        if place is not None:
            writes.append(place)
        writes += self._told(now, change.was, writes[0])
        if change.account is not None:
            writes += self._put_account(change.account)
        if follows is not None:
            put = self._put(follows, None)
            writes += [put, *self._told(follows, None, put)]
        counts = {
            (now.company_id, campaign_id, ""): dict(by)
            for campaign_id, by in change.counted().items()
            if by
        }
        if change.called_on is not None:
            day = change.called_on.isoformat()
            counts[now.company_id, now.campaign_id, day] = {CALLS: 1}
        return _Parts(now.account_id, writes, counts, None if place is None else 1)

    def _put(self, one: Enrollment, was: Enrollment | None) -> dict[str, Any]:
        kept = one if was is None else replace(one, version=was.version + 1)
        item = {
            **_key(one.ref),
            **self._codec.encode(kept),
            "version": {"N": str(kept.version)},
            "status_partition": {
                "S": keys.by_status(
                    one.company_id, one.campaign_id, one.status, keys.shard_of(one.id)
                )
            },
            "listed_at": {"S": f"{moment(one.enrolled_at)}#{one.id}"},
        }
        if one.due_on is not None and one.step_id is not None:
            shard = keys.shard_of(one.id)
            partition = keys.due(one.company_id, one.campaign_id, one.step_id, shard)
            item["due_partition"] = {"S": partition}
            item["due_at"] = {"S": f"{one.due_on.isoformat()}#{one.id}"}
        if not one.is_active:
            # Whoever listens to the table takes what bears this for an end, and nothing else.
            item[keys.ENDS] = {"N": str(len(one.history))}
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": _NEW,
        }
        if was is not None:
            put["ConditionExpression"] = "version = :was"
            put["ExpressionAttributeValues"] = {":was": {"N": str(was.version)}}
        return {"Put": put}

    def _place(self, change: Change) -> dict[str, Any] | None:
        """What happens at the account's place; None when nothing does."""
        before, after = change.holds_before, change.holds_after
        if before is not None and after is not None and before.id == after.id:
            return None
        if before is None and after is None and not change.settles:
            return None
        key = keys.place(change.now.company_id, change.now.account_id)
        at: dict[str, Any] = {
            "TableName": self._table,
            "ConditionExpression": _NEW,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if before is not None:
            at["ConditionExpression"] = "enrollment_id = :holder"
            at["ExpressionAttributeValues"] = {":holder": {"S": before.id}}
        if after is not None:
            held = {
                "enrollment_id": {"S": after.id},
                "campaign_id": {"S": after.campaign_id},
                "customer_id": {"S": after.customer_id},
            }
            return {"Put": {**at, "Item": {**key, **held}}}
        if change.settles:
            return {"Put": {**at, "Item": {**key, "settled": {"BOOL": True}}}}
        return {"Delete": {**at, "Key": key}}

    def _put_account(self, account: Account) -> list[dict[str, Any]]:
        put = put_account(self._people_table, self._accounts, account)
        told = tell(
            self._trail,
            account.company_id,
            "account",
            account.id,
            before=lambda: self._stored(put),
            after=put["Put"]["Item"],
        )
        return [put, *told]

    def _told(
        self, now: Enrollment, was: Enrollment | None, put: dict[str, Any]
    ) -> list[dict[str, Any]]:
        return tell(
            self._trail,
            now.company_id,
            "enrollment",
            now.id,
            # As it was read, so it is stored, and need not be read again.
            before=lambda: None if was is None else self._codec.encode(was),
            after=put["Put"]["Item"],
        )

    def _stored(self, put: dict[str, Any]) -> dict[str, Any] | None:
        table = put["Put"]["TableName"]
        key = {name: put["Put"]["Item"][name] for name in ("pk", "sk")}
        found = self._client.get_item(TableName=table, Key=key, ConsistentRead=True)
        return found.get("Item")


@dataclass(frozen=True, slots=True)
class _Parts:
    """The writes of one change, the counters it adds to, and which of its writes is the place."""

    account_id: str
    writes: list[dict[str, Any]]
    counts: dict[tuple[str, str, str], dict[str, int]]
    place: int | None


@dataclass(slots=True)
class _Together:
    """Changes that share a transaction."""

    parts: list[_Parts] = field(default_factory=list)

    def fits(self, more: _Parts) -> bool:
        counters = {name for part in [*self.parts, more] for name in part.counts}
        writes = sum(len(part.writes) for part in self.parts) + len(more.writes)
        return writes + len(counters) <= _MOST_WRITES

    def writes(self, table: str) -> list[dict[str, Any]]:
        sums: dict[tuple[str, str, str], dict[str, int]] = {}
        for part in self.parts:
            for name, by in part.counts.items():
                of = sums.setdefault(name, {})
                for count, more in by.items():
                    of[count] = of.get(count, 0) + more
        counters = [
            counted(table, keys.counts(company_id, campaign_id, _any_shard(), day), **by)
            for (company_id, campaign_id, day), by in sums.items()
            if any(by.values())
        ]
        return [write for part in self.parts for write in part.writes] + counters

    def refused(self, failed: ConditionsFailed) -> Iterator[tuple[_Parts, Holder | None]]:
        """Whose conditions failed; with who holds the place, if it was only that."""
        start = 0
        for part in self.parts:
            places = range(start, start + len(part.writes))
            start += len(part.writes)
            hit = [place - places[0] for place in places if place in failed.failed]
            if not hit:
                continue
            item = failed.failed[places[hit[0]]] if hit == [part.place] else {}
            yield part, _holder(_company_of(item), item) if item else None

    def without(self, refused: Mapping[str, Any]) -> "_Together":
        return _Together([part for part in self.parts if part.account_id not in refused])


def _that_fit(parts: Iterable[_Parts]) -> Iterator[_Together]:
    together = _Together()
    for part in parts:
        if not together.fits(part):
            yield together
            together = _Together()
        together.parts.append(part)
    yield together


def _any_shard() -> int:
    return random.randrange(keys.SHARDS)


def _key(ref: EnrollmentRef) -> keys.Key:
    return keys.enrollment(ref.company_id, ref.customer_id, ref.campaign_id, ref.id)


def _ref(company_id: str, item: Mapping[str, Any]) -> EnrollmentRef:
    return EnrollmentRef(company_id, *keys.enrollment_named(dict(item)))


def _company_of(place: Mapping[str, Any]) -> str:
    return str(place["pk"]["S"]).partition("#")[0] if place else ""


def _holder(company_id: str, item: Mapping[str, Any]) -> Holder:
    if "settled" in item:
        return Holder(None, settled=True)
    customer_id, campaign_id = item["customer_id"]["S"], item["campaign_id"]["S"]
    return Holder(EnrollmentRef(company_id, customer_id, campaign_id, item["enrollment_id"]["S"]))


def _counts(of: Mapping[str, int]) -> EnrollmentCounts:
    return EnrollmentCounts(
        total=of.get(TOTAL, 0),
        calls=of.get(CALLS, 0),
        calls_today=of.get("calls_today", 0),
        by_status={status: of.get(status, 0) for status in EnrollmentStatus},
    )
