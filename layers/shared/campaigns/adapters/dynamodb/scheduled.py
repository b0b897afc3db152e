"""The campaigns that run by schedule, found by a sparse index, and how far they were looked at."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.paging import every_item
from campaigns.domain.campaign import CampaignKind, Scheduled, ScheduledCampaign
from campaigns.domain.identity import moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


_KINDS = {
    "CAMPAIGN": CampaignKind.BORROWER,
    "COLLECTION": CampaignKind.COLLECTION,
    "AGENCY": CampaignKind.AGENCY,
}


def stands_in_index(campaign: Scheduled) -> keys.Key:
    """What a campaign's item carries so that it is found here; nothing unless it is scheduled."""
    if campaign.schedule is None or not campaign.runs_by_schedule:
        return {}
    since = campaign.scheduled_since or campaign.updated_at
    return {
        **keys.scheduled(campaign.company_id, campaign.id),
        "schedule": {"S": campaign.schedule},
        "scheduled_since": {"S": moment(since)},
    }


class DynamoScheduledCampaigns:
    shards = keys.SHARDS

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def in_shard(self, shard: int) -> Iterator[ScheduledCampaign]:
        yield from self._found("scheduled_shard = :n", {":n": {"S": keys.scheduled_shard(shard)}})

    def of_company(self, company_id: str) -> Iterator[ScheduledCampaign]:
        for shard in range(self.shards):
            yield from self._found(
                "scheduled_shard = :n AND begins_with(scheduled_key, :company)",
                {":n": {"S": keys.scheduled_shard(shard)}, ":company": {"S": f"{company_id}#"}},
            )

    def looked_until(self, shard: int) -> datetime | None:
        return self._marked(keys.sweep_mark(shard))

    def look_from(self, shard: int, at: datetime) -> None:
        self._advance(keys.sweep_mark(shard), at)

    def answered(self, company_id: str, campaign_id: str) -> datetime | None:
        return self._marked(keys.clock_mark(company_id, campaign_id))

    def answer(self, company_id: str, campaign_id: str, at: datetime) -> None:
        self._advance(keys.clock_mark(company_id, campaign_id), at)

    def _marked(self, key: keys.Key) -> datetime | None:
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return datetime.fromisoformat(found["Item"]["until"]["S"]) if "Item" in found else None

    def _advance(self, key: keys.Key, at: datetime) -> None:
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**key, "until": {"S": moment(at)}},
                ConditionExpression="attribute_not_exists(pk) OR #until < :at",
                ExpressionAttributeNames={"#until": "until"},
                ExpressionAttributeValues={":at": {"S": moment(at)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return  # Somebody has come further.

    def _found(self, condition: str, values: dict[str, Any]) -> Iterator[ScheduledCampaign]:
        question = {
            "TableName": self._table,
            "IndexName": keys.SCHEDULED_CAMPAIGNS,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        for item in every_item(self._client, question):
            company_id, campaign_id = keys.scheduled_named(item)
            yield ScheduledCampaign(
                company_id=company_id,
                campaign_id=campaign_id,
                kind=_KINDS[keys.kind_of(item)],
                schedule=item["schedule"]["S"],
                since=datetime.fromisoformat(item["scheduled_since"]["S"]),
            )
