"""What agencies have sent by themselves; each is written with the counts of its template."""

from typing import TYPE_CHECKING

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.audit import Trail
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.dynamodb.collection import counted
from campaigns.adapters.dynamodb.transactions import ConditionsFailed, transact
from campaigns.domain.reported_send import ReportedSend, SendCounts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoReportedSends:
    def __init__(self, client: "DynamoDBClient", table: str, *, trail: Trail | None = None) -> None:
        self._client = client
        self._table = table
        self._trail = trail
        self._codec = Codec(ReportedSend)

    def add(self, send: ReportedSend) -> bool:
        kind = keys.reported_to(send.template_id)
        item = {**keys.entity(send.company_id, kind, send.id), **self._codec.encode(send)}
        put = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        by = {"failed": 1} if send.is_failed else {"sent": 1}
        writes = [{"Put": put}, counted(self._table, keys.count(send.company_id, kind), **by)]
        if self._trail is not None:
            after: bytes = item["data"]["B"]
            writes += self._trail.writes(send.company_id, "reported_send", send.id, None, after)
        try:
            transact(self._client, writes)
        except ConditionsFailed:
            return False
        return True

    def counts(self, company_id: str, template_id: str) -> SendCounts:
        key = keys.count(company_id, keys.reported_to(template_id))
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        item = found.get("Item", {})
        told = {name: int(item[name]["N"]) for name in ("sent", "failed") if name in item}
        return SendCounts(**told)
