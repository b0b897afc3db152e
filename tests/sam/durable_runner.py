"""AWS's own runner of durable executions; `sam local` would take it from an image."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def durable_runner(port: int, *, everywhere: bool) -> Iterator[None]:
    """`everywhere`, so that containers reach it too; otherwise on loopback."""
    command = [f"{sys.prefix}/bin/dex-local-runner", "start-server", "--log-level", "ERROR"]
    command += ["--host", "0.0.0.0" if everywhere else "127.0.0.1", "--port", str(port)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, child)
        yield
    finally:
        child.terminate()
        child.wait()


def start(port: int, name: str, event: Any, function_url: str) -> None:
    """Begin an execution of the function that answers at `function_url`."""
    wanted = {
        "AccountId": "000000000000",
        "FunctionName": "function",
        "FunctionQualifier": "$LATEST",
        "ExecutionName": name,
        "ExecutionTimeoutSeconds": 300,
        "ExecutionRetentionPeriodDays": 1,
        "Input": json.dumps(event),
        "LambdaEndpoint": function_url,
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/start-durable-execution",
        json.dumps(wanted).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30):
        pass


def wait_for_port(port: int, child: "subprocess.Popen[Any]") -> None:
    """Until the child listens there on loopback."""
    end = time.monotonic() + 120
    while child.poll() is None and time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"nothing came up on port {port}")
