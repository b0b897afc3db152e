"""Durable executions, run in this process by the SDK's own testing engine.

Two things it lacks are added: an execution name is used once, and executions that a dead
process left unfinished go on where they stood. What it knows is kept in one SQLite file.
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner
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
        self._names = sqlite3.connect(state / "names.db", check_same_thread=False)
        self._names.execute("CREATE TABLE IF NOT EXISTS names (name TEXT PRIMARY KEY)")
        self._lock = Lock()
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
        with self._lock:
            try:
                with self._names:
                    self._names.execute("INSERT INTO names VALUES (?)", (name,))
            except sqlite3.IntegrityError:
                return False
            self._runner.run_async(
                input=json.dumps(event),
                execution_timeout=_DAY,
                execution_name=name,
                function_name="run",
            )
        return True

    def resume(self) -> int:
        """Go on with every execution that has not ended; answer how many there were."""
        unfinished, _ = self._store.query(status_filter="RUNNING")
        for execution in unfinished:
            # The engine offers no door for this: it is what it does itself at a first start.
            self._runner._executor._launch_execution(execution, _DAY)
        return len(unfinished)

    def close(self) -> None:
        self._runner.close()  # type: ignore[no-untyped-call]
        self._names.close()
