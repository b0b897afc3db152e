"""Import jobs, beside the people they bring."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.audit import Trail, change
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.dynamodb.transactions import transact
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.imports import ImportJob, ImportNotFound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoImportStore:
    def __init__(self, client: "DynamoDBClient", table: str, *, trail: Trail | None = None) -> None:
        self._client = client
        self._table = table
        self._trail = trail
        self._codec = Codec(ImportJob)

    def add(self, job: ImportJob) -> ImportJob:
        item = self._item(job)
        put = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        told = change(self._trail, job.company_id, "import", job.id, after=item)
        transact(self._client, [{"Put": put}, *told])
        return job

    def get(self, company_id: str, job_id: str) -> ImportJob:
        key = keys.import_job(company_id, job_id)
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in found:
            raise ImportNotFound(job_id)
        return self._codec.decode(found["Item"])

    def move(self, job: ImportJob) -> ImportJob:
        moved = replace(job, version=job.version + 1)
        try:
            self._client.put_item(
                TableName=self._table,
                Item=self._item(moved),
                ConditionExpression="version = :was",
                ExpressionAttributeValues={":was": {"N": str(job.version)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise ChangedMeanwhile(f"import {job.id}") from None
        return moved

    def _item(self, job: ImportJob) -> dict[str, Any]:
        return {
            **keys.import_job(job.company_id, job.id),
            **self._codec.encode(job),
            "version": {"N": str(job.version)},
        }
