"""Requests that were made: their answers for a day, and how often each key asked.

Answers are kept by Powertools' idempotency utility, loaded by the first request that needs it.
An answer that the table cannot hold is given all the same and not kept, as is one whose
keeping fails once the work is done.
"""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.domain.api_key import RateLimit
from campaigns.domain.requests import (
    REMEMBERED,
    Answer,
    KeyOfAnotherRequest,
    NotNoted,
    StillInFlight,
)

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer
    from mypy_boto3_dynamodb import DynamoDBClient

_DAY = int(REMEMBERED.total_seconds())
_LARGEST = 300_000
"""Bytes of an answer. An item of the table holds 400 KB in all."""


class DynamoRequests:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._answers = cache(self._persistence)

    def spend(self, company_id: str, key_id: str, limit: RateLimit, at: float) -> int:
        begin = int(at) // limit.seconds * limit.seconds
        end = begin + limit.seconds
        try:
            self._client.update_item(
                TableName=self._table,
                Key=keys.window(company_id, key_id, begin),
                UpdateExpression="SET expires = :expires ADD used :one",
                ConditionExpression="attribute_not_exists(used) OR used < :most",
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":most": {"N": str(limit.requests)},
                    ":expires": {"N": str(end + _DAY)},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return max(1, round(end - at))
        return 0

    def once(
        self,
        company_id: str,
        name: str,
        body: str,
        do: Callable[[], Answer],
        *,
        keep: Callable[[Answer], Answer],
        seconds: float,
    ) -> tuple[Answer, bool]:
        from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig
        from aws_lambda_powertools.utilities.idempotency import exceptions as refusals
        from aws_lambda_powertools.utilities.idempotency.base import IdempotencyHandler

        given: list[Answer] = []
        kept: list[Answer] = []

        def work() -> Answer:
            given.append(do())
            to_keep = keep(given[0])
            if len(to_keep["body"] or "") > _LARGEST:
                raise _TooLarge
            return to_keep

        def replay(answer: Answer, _: Any) -> Answer:
            kept.append(answer)
            return answer

        config = IdempotencyConfig(
            event_key_jmespath="name",
            payload_validation_jmespath="body",
            expires_after_seconds=_DAY,
            hash_function="sha256",
            response_hook=replay,  # type: ignore[arg-type]
            lambda_context=SimpleNamespace(  # type: ignore[arg-type]
                get_remaining_time_in_millis=lambda: int(seconds * 1000)
            ),
        )
        handler = IdempotencyHandler(
            function=work,
            function_payload={"name": name, "body": body},
            config=config,
            persistence_store=self._answers(company_id),
            key_prefix="answer",
            function_args=(),
            function_kwargs={},
        )
        try:
            handler.handle()
        except refusals.IdempotencyAlreadyInProgressError:
            raise StillInFlight from None
        except refusals.IdempotencyValidationError:
            raise KeyOfAnotherRequest from None
        except _TooLarge:
            pass
        except (
            refusals.IdempotencyPersistenceLayerError,
            refusals.IdempotencyInconsistentStateError,
        ) as broken:
            if not given:
                raise NotNoted from broken
        return (kept[0], True) if kept else (given[0], False)

    def _persistence(self, company_id: str) -> "DynamoDBPersistenceLayer":
        from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

        return DynamoDBPersistenceLayer(
            self._table,
            key_attr="pk",
            sort_key_attr="sk",
            static_pk_value=keys.answers(company_id),
            expiry_attr="expires",
            boto3_client=self._client,
        )


class _TooLarge(Exception): ...
