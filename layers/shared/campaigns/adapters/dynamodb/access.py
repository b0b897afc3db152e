"""Companies and keys."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.audit import Trail, change
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.dynamodb.transactions import ConditionsFailed, transact
from campaigns.domain.api_key import ApiKey, KeyNotFound
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.company import Company, CompanyNotFound, live_space_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NEW = "attribute_not_exists(pk)"


class DynamoAccess:
    """A key stands under its digest, where it is looked up; its company only names the digest."""

    def __init__(self, client: "DynamoDBClient", table: str, *, trail: Trail | None = None) -> None:
        self._client = client
        self._table = table
        self._trail = trail
        self._companies = Codec(Company)
        self._keys = Codec(ApiKey)

    def company(self, company_id: str) -> Company:
        key = keys.company(live_space_of(company_id))
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in found:
            raise CompanyNotFound(company_id)
        return self._companies.decode(found["Item"]).in_space(company_id)

    def put_company(self, company: Company) -> None:
        self._client.put_item(TableName=self._table, Item=self._company(company))

    def move_company(self, company: Company) -> Company:
        moved = replace(company, version=company.version + 1)
        item = self._company(moved)
        put = self._put(item, "version = :was", {":was": {"N": str(company.version)}})
        told = change(
            self._trail,
            company.id,
            "company",
            company.id,
            before=lambda: self._item_at(keys.company(company.id)),
            after=item,
        )
        try:
            transact(self._client, [put, *told])
        except ConditionsFailed:
            raise ChangedMeanwhile(f"company {company.id}") from None
        return moved

    def _company(self, company: Company) -> keys.Key:
        """It is kept as the owner of its live data."""
        company = company.in_space(live_space_of(company.id))
        version = {"N": str(company.version)}
        return {
            **keys.company(company.id),
            **self._companies.encode(company),
            "version": version,
        }

    def find_key(self, digest: str) -> ApiKey | None:
        # Consistent, because a token is used at the very moment it was issued.
        found = self._client.get_item(
            TableName=self._table, Key=keys.api_key(digest), ConsistentRead=True
        )
        return self._keys.decode(found["Item"]) if "Item" in found else None

    def _stored(self, digest: str) -> keys.Key | None:
        return self._item_at(keys.api_key(digest))

    def _item_at(self, key: keys.Key) -> keys.Key | None:
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return found.get("Item")

    def get_key(self, company_id: str, key_id: str) -> ApiKey:
        tag = self._client.get_item(
            TableName=self._table, Key=keys.api_key_tag(company_id, key_id), ConsistentRead=True
        )
        if "Item" not in tag:
            raise KeyNotFound(key_id)
        item = self._stored(tag["Item"]["digest"]["S"])
        if item is None:
            raise KeyNotFound(key_id)
        return self._keys.decode(item)

    def list_keys(self, company_id: str, *, after: str | None, limit: int) -> Sequence[ApiKey]:
        start = {} if after is None else {"ExclusiveStartKey": keys.api_key_tag(company_id, after)}
        tags = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": keys.api_keys(company_id)}},
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=limit,
            **start,  # type: ignore[arg-type]
        )["Items"]
        found: dict[str, ApiKey] = {}
        wanted = [keys.api_key(tag["digest"]["S"]) for tag in tags]
        while wanted:
            answer = self._client.batch_get_item(
                RequestItems={self._table: {"Keys": wanted, "ConsistentRead": True}}
            )
            for item in answer["Responses"][self._table]:
                key = self._keys.decode(item)
                found[key.id] = key
            left = answer["UnprocessedKeys"].get(self._table, {"Keys": []})
            wanted = list(left["Keys"])
        return [found[tag["sk"]["S"]] for tag in tags]

    def add_key(self, key: ApiKey) -> None:
        transact(self._client, self._added(key))

    def add_token(self, token: ApiKey) -> None:
        assert token.expires_at is not None, "a token without an end is a key"
        expires = {"N": str(ceil(token.expires_at.timestamp()))}
        item = {**self._item(token), "expires": expires}
        self._client.put_item(TableName=self._table, Item=item, ConditionExpression=_NEW)

    def rotate_key(self, old: ApiKey, new: ApiKey) -> None:
        try:
            transact(self._client, [*self._over(old), *self._added(new)])
        except ConditionsFailed as conflict:
            if 0 in conflict.failed:
                raise ChangedMeanwhile(f"key {old.id}") from None
            raise

    def move_key(self, key: ApiKey) -> ApiKey:
        try:
            transact(self._client, self._over(key))
        except ConditionsFailed:
            raise ChangedMeanwhile(f"key {key.id}") from None
        return replace(key, version=key.version + 1)

    def _added(self, key: ApiKey) -> list[dict[str, object]]:
        tag = {**keys.api_key_tag(key.company_id, key.id), "digest": {"S": key.digest}}
        item = self._item(key)
        told = change(self._trail, key.company_id, "key", key.id, after=item)
        return [self._put(item, _NEW), self._put(tag, _NEW), *told]

    def _over(self, key: ApiKey) -> list[dict[str, object]]:
        item = self._item(replace(key, version=key.version + 1))
        told = change(
            self._trail,
            key.company_id,
            "key",
            key.id,
            before=lambda: self._stored(key.digest),
            after=item,
        )
        return [self._put(item, "version = :was", {":was": {"N": str(key.version)}}), *told]

    def _item(self, key: ApiKey) -> keys.Key:
        version = {"N": str(key.version)}
        return {**keys.api_key(key.digest), **self._keys.encode(key), "version": version}

    def _put(
        self, item: keys.Key, condition: str, values: keys.Key | None = None
    ) -> dict[str, object]:
        put = {"TableName": self._table, "Item": item, "ConditionExpression": condition}
        if values:
            put["ExpressionAttributeValues"] = values
        return {"Put": put}
