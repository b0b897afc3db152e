"""The connection test: everything a delivery needs, step by step, with a file that goes again.

Whoever waits for the answer has a limit, so the test has one as well. It runs in a thread of its
own: a name service or a server that says nothing can be waited for, but not interrupted.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from threading import Thread

from campaigns.adapters.delivery.sftp_protocol import Refused, Sftp
from campaigns.adapters.delivery.sftp_session import SftpSession
from campaigns.adapters.delivery.sftp_upload import Upload, WriteSize, enter
from campaigns.adapters.delivery.sources import BytesSource
from campaigns.domain.delivery import (
    DirectoryMissing,
    Overwrite,
    Probe,
    Publish,
    SftpDestination,
    Step,
    check_directory,
)
from campaigns.domain.errors import DomainError

Resolve = Callable[[str, int], Iterable[str]]

_CLEAN_UP = 0.2
"""The part of the time that is kept for cleaning up."""
_LAST_WORD_S = 1.0


def probe(
    to: SftpDestination, session: SftpSession, resolve: Resolve, *, writing: bool, within: float
) -> Probe:
    """The steps in order; they end with the first one that failed, save for the clean-up.

    Without `writing`, the test ends in the directory and leaves no trace there.
    """
    test = _Test(to, session, resolve, writing, within)
    worker = Thread(target=test.run, name="sftp-probe", daemon=True)
    worker.start()
    worker.join(within * (1 - _CLEAN_UP))
    test.out_of_time = worker.is_alive()
    worker.join(within * _CLEAN_UP)
    if worker.is_alive():
        session.close()
        worker.join(_LAST_WORD_S)
    if test.fault is not None:
        raise test.fault
    return test.answer()


class _Stop(Exception):
    """A step failed and the following ones make no sense."""


class _Test:
    def __init__(
        self,
        to: SftpDestination,
        session: SftpSession,
        resolve: Resolve,
        writing: bool,
        within: float,
    ) -> None:
        self._to = to
        self._session = session
        self._resolve = resolve
        self._writing = writing
        self._too_late = f"not done within the {within:g} seconds of this test"
        self._steps: list[Step] = []
        self._under_way: tuple[str, float] | None = None
        self.out_of_time = False
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            with contextlib.suppress(_Stop):
                self._run()
        except BaseException as fault:
            self.fault = fault
        finally:
            self._session.close()

    def answer(self) -> Probe:
        """What was reached. A thread that is still at it adds nothing to this."""
        steps, under_way = list(self._steps), self._under_way
        if under_way is not None:
            step, began = under_way
            steps.append(Step(step, False, self._too_late, _ms_since(began)))
        session = self._session
        return Probe(tuple(steps), session.host_key or None, session.fingerprint or None)

    def _run(self) -> None:
        to, session = self._to, self._session
        with self._step("resolve") as say:
            say(", ".join(self._resolve(to.host, to.port)))
        with self._step("connect") as say:
            session.connect()
            say(f"connected to {to.address}")
        with self._step("host key") as say:
            session.check_host_key()
            pinned = "as pinned" if to.host_key else "not pinned yet"
            say(f"{session.host_key.split()[0]} {session.fingerprint}, {pinned}")
        with self._step("auth") as say:
            session.authenticate()
            sftp = session.start()
            say(f"accepted {to.username!r}")
        with self._step("cd") as say:
            check_directory(to.directory)
            directory = self._enter(sftp)
            say("not there yet, and will be made" if directory is None else directory or ".")
        if self._writing and directory is not None:
            self._write_and_clean_up(sftp, directory)

    def _enter(self, sftp: Sftp) -> str | None:
        if self._writing:
            return enter(sftp, self._to)
        try:
            return enter(sftp, replace(self._to, create_dirs=False))
        except DirectoryMissing:
            if not self._to.create_dirs:
                raise
            return None

    def _write_and_clean_up(self, sftp: Sftp, directory: str) -> None:
        # Short and unlike any campaign's file, so that a receiver's filter passes it by.
        name = f".connection-test-{os.urandom(4).hex()}.tmp"
        first = _upload(sftp, self._to, directory, b"connection test\n", name)
        second = _upload(sftp, self._to, directory, b"connection test, again\n", name)
        direct = self._to.publish == Publish.DIRECT
        try:
            with self._step("write") as say:
                first.fill()
                say(first.growing)
            with self._step("rename") as say:
                say("not needed: publish is direct" if direct else first.publish())
            with self._step("overwrite") as say:
                if self._to.overwrite == Overwrite.REFUSE:
                    say("not needed: overwrite is refused")
                else:
                    second.fill()
                    say("direct" if direct else second.publish())
        finally:
            self._delete(sftp, {first.growing, first.final, second.growing})

    def _delete(self, sftp: Sftp, paths: set[str]) -> None:
        with self._step("delete", at_any_time=True) as say:
            left = [path for path in sorted(paths) if not _gone(sftp, path)]
            if left:
                raise Refused(0, f"the server keeps {', '.join(left)}; remove it by hand")
            say("nothing is left behind")

    @contextlib.contextmanager
    def _step(self, step: str, *, at_any_time: bool = False) -> Iterator[Callable[[str], None]]:
        said: list[str] = []
        began = time.perf_counter()
        self._under_way = (step, began)

        def done(ok: bool, detail: str) -> None:
            self._steps.append(Step(step, ok, detail, _ms_since(began)))
            self._under_way = None

        if self.out_of_time and not at_any_time:
            done(False, self._too_late)
            raise _Stop
        try:
            yield said.append
        except (DomainError, Refused, OSError) as error:
            # Out of time, the connection was closed by us: what broke then is no news.
            late = self.out_of_time and not at_any_time
            done(False, self._too_late if late else str(error))
            raise _Stop from error
        done(True, " ".join(said))


def _ms_since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


def _upload(sftp: Sftp, to: SftpDestination, directory: str, content: bytes, name: str) -> Upload:
    return Upload(sftp, to, directory, WriteSize.small(), BytesSource(content), name)


def _gone(sftp: Sftp, path: str) -> bool:
    with contextlib.suppress(Refused):
        sftp.remove(path)
    try:
        return sftp.find(path) is None
    except Refused:
        return False
