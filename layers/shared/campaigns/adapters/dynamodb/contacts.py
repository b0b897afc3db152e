"""What was lately tried to reach people: one record each, read a hundred at a time.

A record expires when nothing in it counts any more, which spares the table those who are no
longer contacted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.batches import batch_get, put_all_over
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.domain.contact_history import ContactHistory

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SPARE = timedelta(days=1)
"""A record that was read stays long enough to be written again."""


class DynamoContactLedger:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._codec = Codec(ContactHistory)

    def histories(self, company_id: str, person_ids: Iterable[str]) -> Mapping[str, ContactHistory]:
        wanted = [keys.contact_history(company_id, id) for id in dict.fromkeys(person_ids)]
        items = batch_get(self._client, self._table, wanted)
        found = (self._codec.decode(item) for item in items)
        return {one.person_id: one for one in found}

    def write(self, histories: Sequence[ContactHistory]) -> frozenset[str]:
        records = [(self._item(one), one.version) for one in histories]
        written = put_all_over(self._client, self._table, records)
        return frozenset(
            one.person_id for one, done in zip(histories, written, strict=True) if not done
        )

    def _item(self, one: ContactHistory) -> dict[str, Any]:
        moved = replace(one, version=one.version + 1)
        item = {
            **keys.contact_history(one.company_id, one.person_id),
            **self._codec.encode(moved),
        }
        if (until := one.counts_until) is not None:
            item["expires"] = {"N": str(int((until + _SPARE).timestamp()))}
        return item
