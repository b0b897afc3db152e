"""Durable executions, run in this process by the SDK's own testing engine.

Two things it lacks are added: an execution name is used once, and executions that a dead
process left unfinished go on where they stood. What it knows is kept in one SQLite file.
"""

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import OperationStatus, OperationType
from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.stores.sqlite import SQLiteExecutionStore

_DAY = 24 * 3600
Handler = Callable[..., Any]


class LocalDurable:
    """`functions` are those that an execution may invoke, by name."""

    def __init__(
        self, handler: Handler, *, state: Path, functions: Mapping[str, Handler], hurry: bool
    ) -> None:
        # The engine reports every step that is tried again; the run's own log says it better.
        logging.getLogger("aws_durable_execution_sdk_python").setLevel(logging.CRITICAL)
        logging.getLogger("aws_durable_execution_sdk_python_testing").setLevel(logging.CRITICAL)
        state.mkdir(parents=True, exist_ok=True)
        self._store = SQLiteExecutionStore.create_and_initialize(state / "executions.db")
        self._starting = Lock()
        self._runner = DurableFunctionTestRunner(
            handler,
            store=self._store,
            execution_timeout=_DAY,
            skip_time=hurry,
            poll_interval=0.05,
        )
        for name, function in functions.items():
            self._runner.register_function(name, function)

    def start(self, name: str, event: Mapping[str, Any]) -> bool:
        """Begin the execution called `name`; False when there has been one of that name."""
        with self._starting:
            # A name is taken by the execution itself and by nothing beside it, so that a crash
            # cannot leave a name without an execution.
            known, _ = self._store.query(execution_name=name, limit=1)
            if known:
                return False
            self._runner.run_async(
                input=json.dumps(event),
                execution_timeout=_DAY,
                execution_name=name,
                function_name="run",
            )
        return True

    def status_of(self, name: str) -> str | None:
        """How the execution called `name` stands, in Lambda's words; None when there is none."""
        known, _ = self._store.query(execution_name=name, limit=1)
        return known[0].current_status().value if known else None

    def stop(self, name: str) -> None:
        """End an execution as somebody might in the console, wherever it stands."""
        known, _ = self._store.query(execution_name=name, limit=1)
        self._runner._executor.stop_execution(known[0].durable_execution_arn)

    def resume(self) -> int:
        """Go on with every execution that has not ended; answer how many there were."""
        unfinished, _ = self._store.query(status_filter="RUNNING")
        for execution in unfinished:
            self._go_on(execution)
        return len(unfinished)

    def close(self) -> None:
        self._runner.close()  # type: ignore[no-untyped-call]
        # The engine stops its event loop and leaves it open.
        self._runner._scheduler._loop.close()

    def _go_on(self, execution: Execution) -> None:
        # The engine offers no door for this: it is what it does itself at a first start, and
        # when a function is invoked. Waits and retries need nothing: their times are kept.
        engine = self._runner._executor
        engine._launch_execution(execution, _DAY)
        unanswered = {
            operation.operation_id
            for operation in execution.operations
            if operation.operation_type is OperationType.CHAINED_INVOKE
            and operation.status is OperationStatus.STARTED
        }
        for update in execution.updates:
            invoked = update.chained_invoke_options
            if invoked is not None and update.operation_id in unanswered:
                engine.on_chained_invoke_started(
                    execution.durable_execution_arn,
                    update.operation_id,
                    invoked.function_name,
                    invoked.tenant_id,
                    update.payload,
                )
