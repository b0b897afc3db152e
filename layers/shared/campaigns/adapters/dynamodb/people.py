"""Customers and accounts: a hundred to a read, each written unless it changed since it was read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.audit import Trail, change
from campaigns.adapters.dynamodb.batches import (
    batch_get,
    pages,
    put_all_over,
    put_over,
    refused,
)
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.dynamodb.transactions import ConditionsFailed, transact
from campaigns.domain.account import Account
from campaigns.domain.customer import Customer
from campaigns.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T", Customer, Account)

_COUNTERS = 8


class PeopleBusy(Unavailable):
    code = "people_busy"

    def __init__(self) -> None:
        super().__init__("the people table keeps refusing for lack of capacity; try again later")


class DynamoPeople:
    def __init__(self, client: "DynamoDBClient", table: str, *, trail: Trail | None = None) -> None:
        self._client = client
        self._table = table
        self._trail = trail
        self._customers = Codec(Customer)
        self._accounts = Codec(Account)

    def customers(self, company_id: str, ids: Iterable[str]) -> Mapping[str, Customer]:
        wanted = [keys.customer(company_id, id) for id in dict.fromkeys(ids)]
        return {one.id: one for one in self._read(wanted, self._customers)}

    def accounts(self, company_id: str, ids: Iterable[str]) -> Mapping[str, Account]:
        wanted = [keys.account(company_id, id) for id in dict.fromkeys(ids)]
        return {one.id: one for one in self._read(wanted, self._accounts)}

    def customer_ids(self, company_id: str, *, descending: bool = False) -> Iterator[str]:
        for shard in sorted(keys.ID_SHARDS, reverse=descending):
            question = {**self._listed(company_id, shard), "ScanIndexForward": not descending}
            for page in pages(self._client, self._table, question):
                yield from (item["customer_id"]["S"] for item in page["Items"])

    def customer_count(self, company_id: str) -> int:
        def count(shard: str) -> int:
            question = {**self._listed(company_id, shard), "Select": "COUNT"}
            return sum(page["Count"] for page in pages(self._client, self._table, question))

        with ThreadPoolExecutor(_COUNTERS) as readers:
            return sum(readers.map(count, keys.ID_SHARDS))

    def _listed(self, company_id: str, shard: str) -> dict[str, Any]:
        return {
            "IndexName": keys.CUSTOMERS_BY_ID,
            "KeyConditionExpression": "customers_partition = :pk",
            "ExpressionAttributeValues": {":pk": {"S": keys.customers_listed(company_id, shard)}},
        }

    def put_customers(self, customers: Sequence[Customer]) -> frozenset[str]:
        return self._put([(self._customer(one), one) for one in customers], "customer")

    def put_accounts(self, accounts: Sequence[Account]) -> frozenset[str]:
        return self._put([(_account_item(self._accounts, one), one) for one in accounts], "account")

    def _customer(self, one: Customer) -> dict[str, Any]:
        moved = replace(one, version=one.version + 1)
        return {
            **keys.customer(one.company_id, one.id),
            **self._customers.encode(moved),
            "customers_partition": {"S": keys.customers_listed(one.company_id, one.id[0])},
            "customer_id": {"S": one.id},
            keys.FORBIDS: {"BOOL": one.is_restricted},
        }

    def _read(self, wanted: list[keys.Key], codec: Codec[T]) -> list[T]:
        found = batch_get(self._client, self._table, wanted, busy=PeopleBusy)
        return [codec.decode(item) for item in found]

    def _put(
        self, records: "Sequence[tuple[dict[str, Any], Customer | Account]]", kind: str
    ) -> frozenset[str]:
        """The ids of those whose record no longer was at its version; the others are written."""
        told: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
        plain: list[tuple[dict[str, Any], int]] = []
        for item, one in records:
            before = partial(self._stored, item)
            trail = change(self._trail, one.company_id, kind, one.id, before=before, after=item)
            if trail:
                told.append((put_over(self._table, item, one.version), trail))
            else:
                plain.append((item, one.version))
        late = [put["Item"] for put, _ in refused(told, lambda one: self._write_told(*one))]
        if plain:
            written = put_all_over(self._client, self._table, plain, busy=PeopleBusy)
            late += [item for (item, _), done in zip(plain, written, strict=True) if not done]
        ids = {(item["pk"]["S"], item["sk"]["S"]): one.id for item, one in records}
        return frozenset(ids[item["pk"]["S"], item["sk"]["S"]] for item in late)

    def _write_told(self, put: dict[str, Any], told: list[dict[str, Any]]) -> bool:
        try:
            transact(self._client, [{"Put": put}, *told])
        except ConditionsFailed:
            return False
        return True

    def _stored(self, item: dict[str, Any]) -> dict[str, Any] | None:
        key = {name: item[name] for name in ("pk", "sk")}
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return found.get("Item")


def put_account(table: str, codec: Codec[Account], one: Account) -> dict[str, Any]:
    """The write of an account as it was read and changed, for a transaction."""
    return {"Put": put_over(table, _account_item(codec, one), one.version)}


def _account_item(codec: Codec[Account], one: Account) -> dict[str, Any]:
    moved = replace(one, version=one.version + 1)
    return {
        **keys.account(one.company_id, one.id),
        **codec.encode(moved),
        keys.FORBIDS: {"BOOL": one.settled_at is not None},
    }
