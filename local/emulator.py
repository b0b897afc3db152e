"""The AWS emulator as a child process: on loopback, quiet, and gone when we are gone.

Its own schedule ticker stays off, because the embedded stack has a clockwork of its own.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

HOST: Final = "127.0.0.1"
_START_S = 60.0
_STOP_S = 30.0
_TRIES = 3

# The child reads its standard input until that ends, which it does however this process ends;
# it then stops as if it had been told to, so that its state is saved. The emulator tells its
# streams nothing of what PartiQL statements write, as DynamoDB does: the child sees to that.
_CHILD = """
import os, signal, sys, threading
from ministack.services import dynamodb, scheduler
scheduler.start_scheduler = lambda: None
from ministack.app import main

set_item = dynamodb._set_item

def set_and_tell(table, pk, sk, item):
    was = set_item(table, pk, sk, item)
    if sys._getframe(1).f_code.co_name in ("_partiql_insert", "_partiql_update"):
        what = "INSERT" if was is None else "MODIFY"
        dynamodb._emit_stream_event(table["TableName"], what, was, item)
    return was

dynamodb._set_item = set_and_tell

def outlive_nobody():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=outlive_nobody, daemon=True).start()
main()
"""


class EmulatorFailed(RuntimeError):
    """The emulator could not be started; the text says why."""


class Emulator:
    """Runs while its block does. Port 0 takes a free one.

    With `data`, what it holds is kept in that folder: loaded at the start, saved at the end.
    """

    def __init__(self, port: int = 0, data: Path | None = None) -> None:
        self._asked_port = port
        self._data = data
        self._child: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self.port = port

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        # A port that is free now may be taken by the time the child gets to it.
        for _ in range(1 if self._asked_port else _TRIES):
            self.port = self._asked_port or _free_port()
            _check_free(self.port)
            self._start()
            if self._is_up():
                return self
            said = self._close()
        raise EmulatorFailed(f"the emulator did not start on port {self.port}: {said}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def stop(self) -> None:
        """Let it save its state and end. Stopping what has stopped is fine."""
        self._close()

    def _start(self) -> None:
        python = Path(sys.prefix, "emulator", "bin", "python")
        if not python.exists():
            raise EmulatorFailed(f"{python} does not exist; install requirements-emulator.txt")
        self._said = tempfile.TemporaryFile()  # noqa: SIM115, closed with the child
        self._child = subprocess.Popen(
            [str(python), "-c", _CHILD],
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=self._said,
            stderr=subprocess.STDOUT,
            # A Ctrl-C in our terminal is for us; we stop the child in our own time.
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        """Ours without anything of AWS or of another Python."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "PYTHON"))
        }
        kept |= {"GATEWAY_PORT": str(self.port), "BIND_HOST": HOST, "LOG_LEVEL": "ERROR"}
        if self._data is not None:
            state, objects = self._data / "state", self._data / "objects"
            for folder in (state, objects):
                folder.mkdir(parents=True, exist_ok=True)
            kept |= {
                "PERSIST_STATE": "1",
                "STATE_DIR": str(state),
                "S3_PERSIST": "1",
                "S3_DATA_DIR": str(objects),
            }
        return kept

    def _is_up(self) -> bool:
        end = time.monotonic() + _START_S
        while self._child is not None and self._child.poll() is None:
            if _answers(f"{self.endpoint}/health"):
                return self._child.poll() is None
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return False

    def _close(self) -> str:
        """End the child, wait for it, and answer the last things it said."""
        child, said = self._child, self._said
        self._child = self._said = None
        if child is None or said is None:
            return ""
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
        try:
            child.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdin is not None:
            child.stdin.close()
        with said:
            said.seek(0)
            return said.read()[-2000:].decode(errors="replace").strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as taken:
            reason = f"port {port} on {HOST} cannot be had: {taken.strerror}"
            raise EmulatorFailed(f"{reason}; choose another port") from None


def _answers(url: str) -> bool:
    ours: Any = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with ours.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
