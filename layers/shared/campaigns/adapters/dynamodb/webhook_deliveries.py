"""What was sent to webhooks, or is to be. DynamoDB forgets each by itself when its time is over."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.audit import Trail, change
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.dynamodb.transactions import ConditionsFailed, transact
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.webhook_delivery import (
    DeliveryRef,
    DeliveryStatus,
    WebhookDelivery,
    WebhookDeliveryNotFound,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDeliveryStore:
    def __init__(self, client: "DynamoDBClient", table: str, *, trail: Trail | None = None) -> None:
        self._client = client
        self._table = table
        self._trail = trail
        self._codec = Codec(WebhookDelivery)

    def add_or_get(self, delivery: WebhookDelivery) -> WebhookDelivery:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=self._item(delivery),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self.get(delivery.ref)
        return delivery

    def get(self, ref: DeliveryRef) -> WebhookDelivery:
        found = self.find(ref)
        if found is None:
            raise WebhookDeliveryNotFound(ref.delivery_id)
        return found

    def find(self, ref: DeliveryRef) -> WebhookDelivery | None:
        item = self._stored(ref)
        return None if item is None else self._codec.decode(item)

    def move(self, delivery: WebhookDelivery) -> WebhookDelivery:
        moved = replace(delivery, version=delivery.version + 1)
        item = self._item(moved)
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "version = :was",
            "ExpressionAttributeValues": {":was": {"N": str(delivery.version)}},
        }
        told = change(
            self._trail,
            delivery.company_id,
            "delivery",
            delivery.id,
            before=lambda: self._stored(delivery.ref),
            after=item,
        )
        try:
            if told:
                transact(self._client, [{"Put": put}, *told])
            else:
                # Half the price, and nearly every move is one that nobody asked for.
                self._client.put_item(**put)
        except (ConditionsFailed, self._client.exceptions.ConditionalCheckFailedException):
            raise ChangedMeanwhile(f"delivery {delivery.id}") from None
        return moved

    def list(
        self,
        company_id: str,
        webhook_id: str,
        *,
        status: DeliveryStatus | None,
        after: str | None,
        limit: int,
    ) -> Sequence[WebhookDelivery]:
        ours = keys.deliveries_to(company_id, webhook_id)
        index, name, partition = (
            (keys.DELIVERIES_BY_TIME, "pk", ours)
            if status is None
            else (keys.DELIVERIES_BY_STATUS, "delivery_status", f"{ours}#{status}")
        )
        condition, values = "#partition = :partition", {":partition": {"S": partition}}
        if after is not None:
            condition += " AND told_at < :after"
            values[":after"] = {"S": after}
        question: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": index,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": {"#partition": name},
            "ExpressionAttributeValues": values,
            "ScanIndexForward": False,
            "Limit": limit,
        }
        found: list[WebhookDelivery] = []
        while len(found) < limit:
            answer = self._client.query(**question)
            found += [self._codec.decode(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            question["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found[:limit]

    def _stored(self, ref: DeliveryRef) -> dict[str, Any] | None:
        key = keys.webhook_delivery(ref)
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return found.get("Item")

    def _item(self, delivery: WebhookDelivery) -> keys.Key:
        ours = keys.deliveries_to(delivery.company_id, delivery.webhook_id)
        return {
            **keys.webhook_delivery(delivery.ref),
            **self._codec.encode(delivery),
            "told_at": {"S": delivery.place},
            "delivery_status": {"S": f"{ours}#{delivery.status}"},
            "expires": {"N": str(int(delivery.expires_at.timestamp()))},
            "version": {"N": str(delivery.version)},
        }
