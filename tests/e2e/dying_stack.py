"""Stacks in processes of their own that kill themselves where they are told to.

    python -m tests.e2e.dying_stack ENDPOINT NAME

takes a line `{"data", "point"}` for each of them, one after the other, and forks: to import the
service anew for each would take longer than the test. It answers `{"pid", "url"}` when the
stack is up and `{"status"}` when it is dead.

The point `begin` lies between opening a run and beginning it, `taken` when the engine has noted
it and not begun; `write F` and `wrote F` in the middle and at the end of writing the run's file
F; `send F` and `sent F` the same of taking F to the dialer; `end` when the run has ended and
the engine does not know yet. `slowly` is none, and waits where the others skip.
"""

import io
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

from aws_durable_execution_sdk_python_testing.executor import Executor

from campaigns.adapters.delivery.sftp import SftpChannel
from campaigns.adapters.dynamodb.runs import DynamoRunStore
from campaigns.adapters.engine import LambdaRunEngine
from campaigns.adapters.messaging.to_outbox import ToOutbox
from campaigns.adapters.s3 import S3Writer
from campaigns.domain import message
from campaigns.domain.run import Run, RunRef
from campaigns.pipeline import screen
from campaigns.pipeline.deliver import StoredFile
from local.clock import LocalClock
from local.queues import QueueDrain
from local.stack import Stack

HALF: int = 300_000
"""More than an SFTP client's first write, which is answered before the second is sent."""


# So that a list need not be long to be cut.
screen._LEAST_CHUNK = 2_000
# So that nobody has to wait until whoever died is taken for dead.
message.CLAIM = timedelta(seconds=2)  # type: ignore[misc]
HIDDEN_S = 4
"""How long a queue hides what was taken out by somebody who died."""


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives that")


def arm(point: str) -> None:
    what, _, name = point.partition(" ")
    at: dict[str, Callable[[str], None]] = {
        "begin": _at_beginning,
        "taken": _once_taken,
        "write": _while_writing,
        "wrote": _once_written,
        "send": _while_sending,
        "sent": _once_sent,
        "hand": _before_handing,
        "handed": _once_handed,
        "end": _once_ended,
        "slowly": _nowhere,
    }
    at[what](name)


def _nowhere(_: str) -> None: ...


def _at_beginning(_: str) -> None:
    def start(engine: LambdaRunEngine, ref: RunRef) -> None:
        die()

    _replace(LambdaRunEngine, "start", start)


def _once_taken(_: str) -> None:
    _replace(Executor, "_launch_execution", lambda *_: die())


def _while_writing(name: str) -> None:
    write: Callable[..., int] = S3Writer.write

    def some(writer: S3Writer, data: Any) -> int:
        if writer.facts.name == name and writer.facts.bytes:
            die()
        return write(writer, data)

    _replace(S3Writer, "write", some)


def _once_written(name: str) -> None:
    _after(S3Writer, "commit", lambda _, writer: bool(writer.facts.name == name))


def _while_sending(name: str) -> None:
    opened: Callable[[StoredFile, int], BinaryIO] = StoredFile.open

    def halting(file: StoredFile, offset: int) -> BinaryIO:
        whole = opened(file, offset)
        mine = file._facts.name == name
        return cast(BinaryIO, _Halting(whole, min(HALF, file.size - 1))) if mine else whole

    _replace(StoredFile, "open", halting)


def _once_sent(name: str) -> None:
    _after(SftpChannel, "deliver", lambda _, channel, source, *__: source._facts.name == name)


def _before_handing(number: str) -> None:
    hand: Callable[..., str] = ToOutbox.send
    calls = count(1)

    def perhaps(channel: ToOutbox, *given: Any) -> str:
        if next(calls) == int(number):
            die()
        return hand(channel, *given)

    _replace(ToOutbox, "send", perhaps)


def _once_handed(number: str) -> None:
    calls = count(1)
    _after(ToOutbox, "send", lambda *_: next(calls) == int(number))


def _once_ended(_: str) -> None:
    _after(DynamoRunStore, "move", lambda run, *_: isinstance(run, Run) and run.is_over)


def _after(kind: type, method: str, fatal: Callable[..., bool]) -> None:
    """Die when `method` has done its work; `fatal` is told its answer and what it was given."""
    original = getattr(kind, method)

    def then_perhaps_die(*given: Any, **named: Any) -> Any:
        answer = original(*given, **named)
        if fatal(answer, *given):
            die()
        return answer

    _replace(kind, method, then_perhaps_die)


def _replace(kind: type, method: str, by: Callable[..., Any]) -> None:
    setattr(kind, method, by)


class _Brief:
    """Queues that soon show again what was taken out of them."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sqs, name)

    def receive_message(self, **asked: Any) -> Any:
        return self._sqs.receive_message(**asked, VisibilityTimeout=HIDDEN_S)


def _hide_briefly() -> None:
    made: Callable[..., None] = QueueDrain.__init__

    def make(drain: QueueDrain, sqs: Any, *given: Any, **named: Any) -> None:
        made(drain, _Brief(sqs), *given, **named)

    _replace(QueueDrain, "__init__", make)


class _Halting(io.RawIOBase):
    """Gives `left` bytes, and dies when asked for more."""

    def __init__(self, whole: BinaryIO, left: int) -> None:
        self._whole = whole
        self._left = left

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            die()
        data = self._whole.read(min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._whole.close()
        super().close()


def live(data: Path, endpoint: str, name: str, ahead: timedelta, point: str) -> NoReturn:
    arm(point)
    _hide_briefly()
    # As with a provider that cannot be asked twice.
    ToOutbox.repeats_safely = False
    clock, hurry = LocalClock(datetime.now(UTC) + ahead), point != "slowly"
    with Stack(
        data, clock=clock, endpoint=endpoint, name=name, lenders=False, hurry=hurry
    ) as stack:
        say(pid=os.getpid(), url=stack.url)
        # Only one reads at a time: whoever started this waits until the stack is dead.
        sys.stdin.read()
        die()


def say(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


def main() -> None:
    endpoint, name, seconds = sys.argv[1:]
    ahead = timedelta(seconds=float(seconds))
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        child = os.fork()
        if not child:
            live(Path(asked["data"]), endpoint, name, ahead, asked["point"])
        _, status = os.waitpid(child, 0)
        say(status=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
