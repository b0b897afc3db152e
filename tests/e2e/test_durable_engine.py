"""What the local engine adds to the one that it stands on."""

import time
from pathlib import Path
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python_testing.stores.sqlite import SQLiteExecutionStore

from local.durable import LocalDurable


@durable_execution
def greet(event: dict[str, Any], context: DurableContext) -> Any:
    return context.step(lambda _: f"good morning, {event['name']}", name="greet")


def engine(state: Path) -> LocalDurable:
    return LocalDurable(greet, state=state, functions={}, hurry=True)


def wait_until_idle(state: Path) -> None:
    store = SQLiteExecutionStore(state / "executions.db")
    deadline = time.monotonic() + 30
    while store.query(status_filter="RUNNING")[0]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_name_is_used_once_also_by_the_next_process(tmp_path: Path) -> None:
    first = engine(tmp_path)
    assert first.start("monday", {"name": "Ada"})
    assert not first.start("monday", {"name": "Grace"})
    wait_until_idle(tmp_path)
    first.close()

    second = engine(tmp_path)
    assert second.resume() == 0
    assert not second.start("monday", {"name": "Ada"})
    assert second.start("tuesday", {"name": "Ada"})
    wait_until_idle(tmp_path)
    second.close()
