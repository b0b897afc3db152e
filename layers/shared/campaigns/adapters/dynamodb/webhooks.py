"""Webhooks of a company, counted so that there are never too many."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.audit import Trail, change
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.dynamodb.collection import counted
from campaigns.adapters.dynamodb.transactions import ConditionsFailed, transact
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.webhook import MOST_WEBHOOKS, TooManyWebhooks, Webhook, WebhookNotFound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KIND = "WEBHOOK"


class DynamoWebhookStore:
    def __init__(self, client: "DynamoDBClient", table: str, *, trail: Trail | None = None) -> None:
        self._client = client
        self._table = table
        self._trail = trail
        self._codec = Codec(Webhook)

    def get(self, company_id: str, webhook_id: str) -> Webhook:
        found = self.find(company_id, webhook_id)
        if found is None:
            raise WebhookNotFound(webhook_id)
        return found

    def find(self, company_id: str, webhook_id: str) -> Webhook | None:
        item = self._stored(company_id, webhook_id)
        return None if item is None else self._codec.decode(item)

    def list(self, company_id: str, *, after: str | None, limit: int) -> Sequence[Webhook]:
        question: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": keys.listed(company_id, _KIND)}},
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": limit,
        }
        if after is not None:
            question["ExclusiveStartKey"] = keys.entity(company_id, _KIND, after)
        return [self._codec.decode(item) for item in self._client.query(**question)["Items"]]

    def add(self, webhook: Webhook) -> Webhook:
        one_more = counted(self._table, keys.count(webhook.company_id, _KIND), live=1)
        update = one_more["Update"]
        update["ConditionExpression"] = "attribute_not_exists(#live) OR #live < :most"
        update["ExpressionAttributeValues"][":most"] = {"N": str(MOST_WEBHOOKS)}
        item = self._item(webhook)
        put = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        told = self._told(webhook.company_id, webhook.id, item)
        try:
            transact(self._client, [one_more, {"Put": put}, *told])
        except ConditionsFailed as conflict:
            if 0 in conflict.failed:
                raise TooManyWebhooks from None
            raise
        return webhook

    def move(self, webhook: Webhook) -> Webhook:
        moved = replace(webhook, version=webhook.version + 1)
        item = self._item(moved)
        put = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "version = :was",
            "ExpressionAttributeValues": {":was": {"N": str(webhook.version)}},
        }
        told = self._told(webhook.company_id, webhook.id, item)
        try:
            transact(self._client, [{"Put": put}, *told])
        except ConditionsFailed:
            raise ChangedMeanwhile(f"webhook {webhook.id}") from None
        return moved

    def remove(self, company_id: str, webhook_id: str) -> None:
        gone = {
            "TableName": self._table,
            "Key": keys.entity(company_id, _KIND, webhook_id),
            "ConditionExpression": "attribute_exists(pk)",
        }
        one_less = counted(self._table, keys.count(company_id, _KIND), live=-1)
        told = self._told(company_id, webhook_id, None)
        try:
            transact(self._client, [{"Delete": gone}, one_less, *told])
        except ConditionsFailed:
            raise WebhookNotFound(webhook_id) from None

    def _stored(self, company_id: str, webhook_id: str) -> dict[str, Any] | None:
        key = keys.entity(company_id, _KIND, webhook_id)
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return found.get("Item")

    def _told(
        self, company_id: str, webhook_id: str, after: keys.Key | None
    ) -> Sequence[dict[str, Any]]:
        return change(
            self._trail,
            company_id,
            "webhook",
            webhook_id,
            before=lambda: self._stored(company_id, webhook_id),
            after=after,
        )

    def _item(self, webhook: Webhook) -> keys.Key:
        return {
            **keys.entity(webhook.company_id, _KIND, webhook.id),
            **self._codec.encode(webhook),
            "version": {"N": str(webhook.version)},
        }
