"""Changes of customers and accounts, out of what DynamoDB tells of changes of their table."""

from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from campaigns.adapters.dynamodb.codec import Codec
from campaigns.domain.account import Account
from campaigns.domain.customer import Customer
from campaigns.domain.recall import AccountChange, PersonChange


class DynamoPeopleChanges:
    def __init__(self) -> None:
        self._customers = Codec(Customer)
        self._accounts = Codec(Account)

    def read(self, change: Mapping[str, Any]) -> PersonChange | AccountChange | None:
        """`change` is a record of the table's stream as Lambda hands it over."""
        told = change["dynamodb"]
        kind, new, old = (
            told["Keys"]["sk"]["S"],
            _item(told.get("NewImage")),
            _item(told.get("OldImage")),
        )
        if new is None:
            return None
        at = datetime.fromtimestamp(float(told["ApproximateCreationDateTime"]), UTC)
        if kind == "CUSTOMER":
            person = None if old is None else self._customers.decode(old)
            return PersonChange(person, self._customers.decode(new), at)
        if kind == "ACCOUNT":
            account = None if old is None else self._accounts.decode(old)
            return AccountChange(account, self._accounts.decode(new), at)
        return None


def _item(image: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Lambda is told in JSON, which has no bytes."""
    return None if image is None else {"data": {"B": b64decode(image["data"]["B"])}}
