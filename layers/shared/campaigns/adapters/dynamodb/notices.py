"""When each subject was last sent to a person about a debt: one item for both, for good."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.batches import batch_get
from campaigns.domain.identity import moment
from campaigns.domain.message import Message

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SUBJECT = "subject:"


class DynamoNotices:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def sent(self, messages: Sequence[Message]) -> None:
        for one in messages:
            at = one.sent_at or one.updated_at
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=keys.notices(one.company_id, one.person_id, one.debt),
                    UpdateExpression="SET #subject = :at",
                    ConditionExpression="attribute_not_exists(#subject) OR #subject < :at",
                    ExpressionAttributeNames={"#subject": f"{_SUBJECT}{one.subject}"},
                    ExpressionAttributeValues={":at": {"S": moment(at)}},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                # It is known of one that was sent later.
                continue

    def last(
        self, company_id: str, about: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Mapping[str, datetime]]:
        wanted = [keys.notices(company_id, person, debt) for person, debt in dict.fromkeys(about)]
        return {
            keys.notices_named(item): {
                name.removeprefix(_SUBJECT): datetime.fromisoformat(value["S"])
                for name, value in item.items()
                if name.startswith(_SUBJECT)
            }
            for item in batch_get(self._client, self._table, wanted)
        }
