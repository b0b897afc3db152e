"""Runs, and the one place that each campaign has for a run in progress."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.audit import Trail, change
from campaigns.adapters.dynamodb.batches import batch_get, pages
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.dynamodb.collection import counted
from campaigns.adapters.dynamodb.paging import every_item, paged
from campaigns.adapters.dynamodb.transactions import ConditionsFailed, transact
from campaigns.domain.campaign import ChangedMeanwhile, UnknownCursor
from campaigns.domain.identity import moment
from campaigns.domain.page import Page, Slice
from campaigns.domain.run import Run, RunInProgress, RunNotFound, RunRef

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NEW = "attribute_not_exists(pk)"
_AT_ONCE = 50


class DynamoRunStore:
    def __init__(self, client: "DynamoDBClient", table: str, *, trail: Trail | None = None) -> None:
        self._client = client
        self._table = table
        self._trail = trail
        self._codec = Codec(Run)

    def open(self, run: Run) -> Run:
        writes = [
            self._put(run, _NEW, old=True),
            counted(self._table, self._count_key(run.company_id, run.campaign_id), all=1),
        ]
        if not run.is_over:
            writes.append(self._take_slot(run))
        writes += change(self._trail, run.company_id, "run", run.id, after=writes[0]["Put"]["Item"])
        try:
            transact(self._client, writes)
        except ConditionsFailed as taken:
            if 0 in taken.failed:
                return self._codec.decode(taken.failed[0])
            raise RunInProgress(taken.failed[2]["run_id"]["S"]) from None
        return run

    def get(self, company_id: str, campaign_id: str, run_id: str) -> Run:
        item = self._item(company_id, campaign_id, run_id)
        if item is None:
            raise RunNotFound(run_id)
        return self._codec.decode(item)

    def move(self, run: Run) -> Run:
        moved = replace(run, version=run.version + 1)
        writes = [self._put_over(run, moved)]
        if moved.is_over:
            slot = keys.run_slot(run.company_id, run.place)
            writes.append(
                {
                    "Delete": {
                        "TableName": self._table,
                        "Key": slot,
                        # The place may have been given back before, and be another run's now.
                        "ConditionExpression": "attribute_not_exists(pk) OR run_id = :run",
                        "ExpressionAttributeValues": {":run": {"S": run.id}},
                    }
                }
            )
        told = self._told(run, writes[0])
        try:
            try:
                transact(self._client, [*writes, *told])
            except ConditionsFailed as changed:
                if 0 in changed.failed:
                    raise
                transact(self._client, [*writes[:1], *told])
        except ConditionsFailed:
            raise ChangedMeanwhile(f"run {run.id}") from None
        return moved

    def reopen(self, run: Run) -> Run:
        moved = replace(run, version=run.version + 1)
        put = self._put_over(run, moved)
        try:
            transact(self._client, [put, self._take_slot(run), *self._told(run, put)])
        except ConditionsFailed as refused:
            if 0 in refused.failed:
                raise ChangedMeanwhile(f"run {run.id}") from None
            raise RunInProgress(refused.failed[1]["run_id"]["S"]) from None
        return moved

    def list(self, company_id: str, campaign_id: str, ask: Slice) -> Page[Run]:
        return paged(
            ask,
            self._cursor(company_id, campaign_id, ask),
            place_of=lambda run: run,
            beyond=lambda cursor, limit, newer: self._beyond(
                company_id, campaign_id, cursor, limit, newer=newer
            ),
            total=self._total(company_id, campaign_id),
        )

    def of_company(
        self,
        company_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
    ) -> Iterator[Run]:
        first = moment(since) if since else "0"
        last = min(after or "~", moment(until) if until else "~")
        if last < first:
            return
        question = {
            "IndexName": keys.RUNS_OF_COMPANY,
            "KeyConditionExpression": "runs_of = :company AND run_opened_at BETWEEN :from AND :to",
            "ExpressionAttributeValues": {
                ":company": keys.run_of_company(company_id)["runs_of"],
                ":from": {"S": first},
                ":to": {"S": last},
            },
            "ScanIndexForward": False,
            "Limit": _AT_ONCE,
        }
        for page in pages(self._client, self._table, question):
            named = [one for one in page["Items"] if one["run_opened_at"]["S"] != after]
            wanted = [{"pk": one["pk"], "sk": one["sk"]} for one in named]
            found = batch_get(self._client, self._table, wanted)
            runs = {item["sk"]["S"]: self._codec.decode(item) for item in found}
            yield from (runs[one["sk"]["S"]] for one in named if one["sk"]["S"] in runs)

    def idle(self, since: datetime) -> Iterator[RunRef]:
        for shard in range(keys.SHARDS):
            question = {
                "TableName": self._table,
                "IndexName": keys.RUNS_AT_WORK,
                "KeyConditionExpression": "at_work_shard = :n AND at_work_key < :since",
                "ExpressionAttributeValues": {
                    ":n": {"S": keys.at_work_shard(shard)},
                    ":since": {"S": moment(since)},
                },
            }
            for item in every_item(self._client, question):
                yield RunRef(*keys.run_named(item))

    def _cursor(self, company_id: str, campaign_id: str, ask: Slice) -> Run | None:
        named = ask.ending_before or ask.starting_after
        if named is None:
            return None
        try:
            return self.get(company_id, campaign_id, named)
        except RunNotFound:
            field = "endingBefore" if ask.ending_before else "startingAfter"
            raise UnknownCursor(field) from None

    def _beyond(
        self, company_id: str, campaign_id: str, cursor: Run | None, limit: int, *, newer: bool
    ) -> Sequence[Run]:
        partition = keys.listed(company_id, keys.runs_of(campaign_id))
        question: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": keys.RUNS_BY_TIME,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
            "ScanIndexForward": newer,
            "Limit": limit,
        }
        if cursor is not None:
            question["ExclusiveStartKey"] = {
                **keys.entity(company_id, keys.runs_of(campaign_id), cursor.id),
                "run_opened_at": {"S": cursor.opened_place},
            }
        found = tuple[Run, ...]()
        while len(found) < limit:
            answer = self._client.query(**question)
            found += tuple(self._codec.decode(item) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                break
            question["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found[:limit]

    def _item(self, company_id: str, campaign_id: str, run_id: str) -> dict[str, Any] | None:
        key = keys.entity(company_id, keys.runs_of(campaign_id), run_id)
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return found.get("Item")

    def _told(self, run: Run, put: dict[str, Any]) -> Sequence[dict[str, Any]]:
        return change(
            self._trail,
            run.company_id,
            "run",
            run.id,
            before=lambda: self._item(run.company_id, run.campaign_id, run.id),
            after=put["Put"]["Item"],
        )

    def _count_key(self, company_id: str, campaign_id: str) -> keys.Key:
        return keys.count(company_id, keys.runs_of(campaign_id))

    def _total(self, company_id: str, campaign_id: str) -> int:
        key = self._count_key(company_id, campaign_id)
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return int(found.get("Item", {}).get("all", {"N": "0"})["N"])

    def _take_slot(self, run: Run) -> dict[str, Any]:
        item = {**keys.run_slot(run.company_id, run.place), "run_id": {"S": run.id}}
        return {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": _NEW,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _put_over(self, was: Run, moved: Run) -> dict[str, Any]:
        return self._put(moved, "version = :was", {":was": {"N": str(was.version)}})

    def _put(
        self,
        run: Run,
        condition: str,
        values: dict[str, Any] | None = None,
        *,
        old: bool = False,
    ) -> dict[str, Any]:
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": {
                **keys.entity(run.company_id, keys.runs_of(run.campaign_id), run.id),
                **self._codec.encode(run),
                **(keys.at_work(run.id, run.updated_at) if run.is_at_work else {}),
                "run_opened_at": {"S": run.opened_place},
                **keys.run_of_company(run.company_id),
                "version": {"N": str(run.version)},
            },
            "ConditionExpression": condition,
        }
        if values:
            put["ExpressionAttributeValues"] = values
        if old:
            put["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return {"Put": put}
