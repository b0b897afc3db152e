"""The genuine `sam local`, in containers."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.api_client import ApiClient
from local.template import ROOT, Template
from tests.sam.checks import Invoke
from tests.sam.durable_runner import durable_runner, wait_for_port
from tests.sam.world import World

_IMAGE = "campaigns/lambda-of-this-check"
_NAMES = {function.module: function.name for function in Template().functions()}


class Containers:
    """Functions in containers of `image`, which are told where the emulator is."""

    def __init__(self, sam: Path, image: str, world: World, folder: Path) -> None:
        self._sam = sam
        self._variables = folder / "environment.json"
        self._log = folder / "start-api.log"
        self._variables.write_text(json.dumps({"Parameters": world.environment}))
        # `sam local` hands over only variables that the template names; these it does not.
        told = " ".join(f"{name}={value}" for name, value in world.endpoints.items())
        made = subprocess.run(
            ["docker", "build", "--quiet", "--tag", _IMAGE, "-"],
            # A name that cannot be looked up from in there should be given up soon.
            input=f'FROM {image}\nENV {told}\nENV RES_OPTIONS="attempts:1 timeout:1"\n',
            text=True,
            capture_output=True,
        )
        if made.returncode:
            raise RuntimeError(f"the image cannot be built: {made.stderr[-3000:]}")

    def invoke(self, module: str, event: Any) -> Any:
        """`sam local invoke`: a container for this one event."""
        done = self._invoked(module, event)
        answer = json.loads(done.stdout.strip().splitlines()[-1])
        if isinstance(answer, dict) and "errorMessage" in answer:
            raise RuntimeError(f"{module} failed: {answer}\n{done.stderr[-3000:]}")
        return answer

    def execute(self, module: str, event: Any, port: int) -> None:
        """The same for a durable function, whose executions are kept by a runner at `port`."""
        with durable_runner(port, everywhere=True):
            self._invoked(module, event, DURABLE_EXECUTIONS_EXTERNAL_EMULATOR_PORT=str(port))

    def _invoked(
        self, module: str, event: Any, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            self._command("invoke", _NAMES[module], "--event", "-"),
            cwd=ROOT,
            env={**os.environ, **variables},
            input=json.dumps(event),
            text=True,
            capture_output=True,
        )
        if done.returncode:
            raise RuntimeError(f"sam local invoke {_NAMES[module]} failed:\n{done.stderr[-3000:]}")
        return done

    @contextmanager
    def api(self, port: int) -> Iterator[Invoke]:
        """`sam local start-api`: sample events become requests to it."""
        with self._log.open("w") as said:
            server = subprocess.Popen(
                self._command("start-api", "--port", str(port), "--warm-containers", "LAZY"),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
            try:
                wait_for_port(port, server)
                yield lambda _, event: _requested(f"http://127.0.0.1:{port}", event)
            finally:
                # SAM removes its containers when it is told to end, not when it is killed.
                server.terminate()
                server.wait(60)

    @property
    def api_said(self) -> str:
        """The last that `sam local start-api` and its functions said."""
        return self._log.read_text()[-20_000:] if self._log.exists() else ""

    def _command(self, verb: str, *arguments: str) -> list[str]:
        return [
            str(self._sam),
            "local",
            verb,
            *arguments,
            "--config-env=local",
            "--skip-pull-image",
            f"--invoke-image={_IMAGE}",
            f"--env-vars={self._variables}",
        ]


def _requested(url: str, event: Any) -> Any:
    """What is sent is what API Gateway would have made the event of."""
    query = f"?{event['rawQueryString']}" if event["rawQueryString"] else ""
    left_out = {"host", "x-api-key", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
    headers = {name: value for name, value in event["headers"].items() if name not in left_out}
    body = event.get("body")
    answer = ApiClient(url, event["headers"].get("x-api-key", "")).call(
        event["requestContext"]["http"]["method"],
        event["rawPath"] + query,
        headers=headers,
        raw=None if body is None else body.encode(),
    )
    return {
        "statusCode": answer.status,
        "headers": dict(answer.headers),
        "body": answer.text.decode(),
    }


def tidy() -> None:
    """`sam local` builds an image of every function; these can go."""
    if os.environ.get("CI"):
        subprocess.run(["docker", "image", "prune", "--force"], stdout=subprocess.DEVNULL)
