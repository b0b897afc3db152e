"""Transactions that collide are tried again; conditions that fail are told apart."""

from typing import Any

import boto3
import pytest

from campaigns.adapters.dynamodb.transactions import ConditionsFailed, StoreBusy, transact

CLIENT: Any = boto3.client(
    "dynamodb", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
)
Canceled = CLIENT.exceptions.TransactionCanceledException


class Table:
    """A DynamoDB client that cancels with these reasons, one list for each call, then agrees."""

    exceptions = CLIENT.exceptions

    def __init__(self, *canceled: list[dict[str, Any]]) -> None:
        self._canceled = list(canceled)
        self.calls = 0

    def transact_write_items(self, TransactItems: list[Any]) -> None:
        self.calls += 1
        if self._canceled:
            answer = {"Error": {"Code": "x"}, "CancellationReasons": self._canceled.pop(0)}
            raise Canceled(answer, "TransactWriteItems")


NONE, COLLISION = {"Code": "None"}, {"Code": "TransactionConflict"}
REFUSED = {"Code": "ConditionalCheckFailed", "Item": {"id": {"S": "7"}}}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.adapters.dynamodb.transactions.time.sleep", lambda _: None)


def test_a_collision_is_tried_again() -> None:
    table: Any = Table([NONE, COLLISION], [COLLISION, NONE])
    transact(table, [{}, {}])
    assert table.calls == 3


def test_collisions_without_end_are_given_up_on() -> None:
    table: Any = Table(*[[COLLISION]] * 99)
    with pytest.raises(StoreBusy):
        transact(table, [{}])
    assert table.calls == 16


def test_a_failed_condition_is_told_by_its_place_with_what_stood_in_its_way() -> None:
    table: Any = Table([NONE, REFUSED, {"Code": "ConditionalCheckFailed"}])
    with pytest.raises(ConditionsFailed) as failed:
        transact(table, [{}, {}, {}])
    assert failed.value.failed == {1: {"id": {"S": "7"}}, 2: {}}
    assert table.calls == 1


def test_a_failed_condition_beside_a_collision_is_no_collision() -> None:
    table: Any = Table([COLLISION, REFUSED])
    with pytest.raises(ConditionsFailed):
        transact(table, [{}, {}])


def test_any_other_reason_is_an_error() -> None:
    table: Any = Table([{"Code": "ValidationError"}])
    with pytest.raises(Canceled):
        transact(table, [{}])
    assert table.calls == 1
