"""Customers and accounts: a hundred to a read, twenty-five to a write."""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.domain.account import Account
from campaigns.domain.customer import Customer
from campaigns.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T", Customer, Account)

_READ = 100
_WRITE = 25
_TRIES = 10


class PeopleBusy(Unavailable):
    code = "people_busy"

    def __init__(self) -> None:
        super().__init__("the people table keeps refusing for lack of capacity; try again later")


class DynamoPeople:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._customers = Codec(Customer)
        self._accounts = Codec(Account)

    def customers(self, company_id: str, ids: Iterable[str]) -> Mapping[str, Customer]:
        wanted = [keys.customer(company_id, id) for id in dict.fromkeys(ids)]
        return {one.id: one for one in self._read(wanted, self._customers)}

    def accounts(self, company_id: str, ids: Iterable[str]) -> Mapping[str, Account]:
        wanted = [keys.account(company_id, id) for id in dict.fromkeys(ids)]
        return {one.id: one for one in self._read(wanted, self._accounts)}

    def put_customers(self, customers: Sequence[Customer]) -> None:
        self._write(
            {**keys.customer(one.company_id, one.id), **self._customers.encode(one)}
            for one in customers
        )

    def put_accounts(self, accounts: Sequence[Account]) -> None:
        self._write(
            {**keys.account(one.company_id, one.id), **self._accounts.encode(one)}
            for one in accounts
        )

    def _read(self, wanted: list[keys.Key], codec: Codec[T]) -> list[T]:
        found: list[T] = []

        def take(batch: list[Any]) -> list[Any]:
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": batch}})
            found.extend(codec.decode(item) for item in answer["Responses"][self._table])
            left = answer.get("UnprocessedKeys", {}).get(self._table)
            return list(left["Keys"]) if left else []

        _in_batches(wanted, _READ, take)
        return found

    def _write(self, items: Iterable[dict[str, Any]]) -> None:
        def put(batch: list[Any]) -> list[Any]:
            answer = self._client.batch_write_item(RequestItems={self._table: batch})
            return list(answer.get("UnprocessedItems", {}).get(self._table, []))

        _in_batches([{"PutRequest": {"Item": item}} for item in items], _WRITE, put)


def _in_batches(work: list[Any], size: int, do: Callable[[list[Any]], list[Any]]) -> None:
    """`do` answers what it could not process; that is tried again with growing pauses."""
    for start in range(0, len(work), size):
        left = work[start : start + size]
        for attempt in range(_TRIES):
            left = do(left)
            if not left:
                break
            time.sleep(random.uniform(0, 0.05 * 2 ** min(attempt, 7)))
        else:
            raise PeopleBusy
