"""Payment plans, and the clients that may ask for them: collections with one more thing to know."""

from typing import TYPE_CHECKING

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.audit import Trail
from campaigns.adapters.dynamodb.collection import DynamoCollection
from campaigns.domain.financing_client import ClientNotFound, FinancingClient
from campaigns.domain.plan import LARGEST_NUMBER, NumbersUsedUp, Plan, PlanNotFound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PLAN = "PLAN"
_CLIENT = "CLIENT"


class DynamoPlanStore(DynamoCollection[Plan]):
    def __init__(self, client: "DynamoDBClient", table: str, *, trail: Trail | None = None) -> None:
        super().__init__(client, table, kind=_PLAN, of=Plan, missing=PlanNotFound, trail=trail)

    def next_number(self, company_id: str) -> int:
        """A number that was taken and not used, because something failed then, stays unused."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=keys.numbers(company_id, _PLAN),
                UpdateExpression="ADD taken :one",
                ConditionExpression="attribute_not_exists(taken) OR taken < :last",
                ExpressionAttributeValues={":one": {"N": "1"}, ":last": {"N": str(LARGEST_NUMBER)}},
                ReturnValues="UPDATED_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise NumbersUsedUp from None
        return int(answer["Attributes"]["taken"]["N"])


class DynamoClientStore(DynamoCollection[FinancingClient]):
    def __init__(self, client: "DynamoDBClient", table: str, *, trail: Trail | None = None) -> None:
        super().__init__(
            client, table, kind=_CLIENT, of=FinancingClient, missing=ClientNotFound, trail=trail
        )

    def add(self, entity: FinancingClient) -> FinancingClient:
        # First, so that no client is kept that could not be found. One that leads nowhere, because
        # the next write fails, does no harm.
        self._client.put_item(
            TableName=self._table,
            Item={**keys.client_company(entity.id), "company": {"S": entity.company_id}},
            ConditionExpression="attribute_not_exists(pk)",
        )
        return super().add(entity)

    def company_of(self, client_id: str) -> str | None:
        found = self._client.get_item(
            TableName=self._table, Key=keys.client_company(client_id), ConsistentRead=True
        )
        return found["Item"]["company"]["S"] if "Item" in found else None
