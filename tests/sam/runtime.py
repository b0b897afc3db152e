"""Lambda's runtime without containers: its interface emulator, as aws-sam-cli carries it."""

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.template import ROOT
from tests.sam.durable_runner import durable_runner, start, wait_for_port
from tests.sam.world import World


@dataclass
class Runtime:
    """Starts a function afresh for every event, so each call is a cold start."""

    emulator: Path
    python: Path
    """Has awslambdaric."""
    libraries: Path
    """What the layer puts on the path."""
    world: World
    port: int = 9200
    starts: dict[str, float] = field(default_factory=dict)
    """Milliseconds that each function took to come up."""
    _said: str = ""

    def __call__(self, module: str, event: Any) -> Any:
        with self._started(module, {}) as (url, child):
            answer = _posted(url, event, child)
        if isinstance(answer, dict) and "errorMessage" in answer:
            raise RuntimeError(f"{module} failed: {answer['errorMessage']}\n{self._said[-3000:]}")
        return answer

    def execute(self, module: str, event: Any, port: int, *, over: Callable[[], bool]) -> None:
        """A durable function, whose executions are kept by a runner at `port`."""
        told = {"AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{port}"}
        with durable_runner(port, everywhere=False), self._started(module, told) as (url, child):
            wait_for_port(self.port, child)
            start(port, self.world.ref.run_id, event, url)
            end = time.monotonic() + 60
            while not over() and time.monotonic() < end:
                time.sleep(0.1)

    @contextmanager
    def _started(
        self, module: str, told: Mapping[str, str]
    ) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
        _, family, file = module.split(".")
        address = f"127.0.0.1:{self.port}"
        command = [str(self.emulator), "--log-level", "info"]
        command += ["--runtime-interface-emulator-address", address]
        command += ["--runtime-api-address", f"127.0.0.1:{self.port + 1}"]
        command += [str(self.python), "-m", "awslambdaric", f"{file}.handler"]
        child = subprocess.Popen(
            command,
            cwd=ROOT / "functions" / family,
            env={**self._environment(module), **told},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield f"http://{address}", child
        finally:
            child.terminate()
            self._said = child.communicate()[0]
            if found := re.search(r"INIT REPORT\(durationMs: ([\d.]+)", self._said):
                self.starts[module] = float(found[1])

    def _environment(self, module: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        ours = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        return {
            **kept,
            **ours,
            **self.world.environment,
            "PYTHONPATH": os.pathsep.join([".", str(self.libraries)]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_LAMBDA_FUNCTION_NAME": module.rpartition(".")[2],
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "60",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
        }


def _posted(url: str, event: Any, child: "subprocess.Popen[str]") -> Any:
    request = urllib.request.Request(
        f"{url}/2015-03-31/functions/function/invocations", json.dumps(event).encode()
    )
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refusal:
            # A function that fails is an answer too; what it says is in the body.
            with refusal:
                return json.loads(refusal.read() or b'{"errorMessage": "no answer"}')
        except urllib.error.URLError:
            if child.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.05)
