"""Companies and keys."""

from typing import TYPE_CHECKING

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.domain.company import ApiKey, Company, CompanyNotFound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoAccess:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._companies = Codec(Company)
        self._keys = Codec(ApiKey)

    def company(self, company_id: str) -> Company:
        found = self._client.get_item(TableName=self._table, Key=keys.company(company_id))
        if "Item" not in found:
            raise CompanyNotFound(company_id)
        return self._companies.decode(found["Item"])

    def put_company(self, company: Company) -> None:
        item = {**keys.company(company.id), **self._companies.encode(company)}
        self._client.put_item(TableName=self._table, Item=item)

    def find_key(self, digest: str) -> ApiKey | None:
        found = self._client.get_item(TableName=self._table, Key=keys.api_key(digest))
        return self._keys.decode(found["Item"]) if "Item" in found else None

    def add_key(self, key: ApiKey) -> None:
        item = {**keys.api_key(key.digest), **self._keys.encode(key)}
        self._client.put_item(
            TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
        )
