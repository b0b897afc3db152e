"""Collection campaigns, and one item per company that every change of a chain goes through."""

from typing import TYPE_CHECKING

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.audit import Trail
from campaigns.adapters.dynamodb.batches import put_over
from campaigns.adapters.dynamodb.collection import DynamoCollection
from campaigns.adapters.dynamodb.scheduled import stands_in_index
from campaigns.domain.collection_campaign import CollectionCampaign, CollectionCampaignNotFound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoCollectionCampaigns(DynamoCollection[CollectionCampaign]):
    def __init__(self, client: "DynamoDBClient", table: str, *, trail: Trail | None = None) -> None:
        super().__init__(
            client,
            table,
            kind="COLLECTION",
            of=CollectionCampaign,
            missing=CollectionCampaignNotFound,
            index=stands_in_index,
            trail=trail,
        )

    def chain_version(self, company_id: str) -> int:
        key = keys.chain(company_id)
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return int(found.get("Item", {}).get("version", {"N": "0"})["N"])

    def rechain(self, campaign: CollectionCampaign, chain_version: int) -> CollectionCampaign:
        put = put_over(self._table, keys.chain(campaign.company_id), chain_version)
        return self._moved(campaign, [{"Put": put}])
