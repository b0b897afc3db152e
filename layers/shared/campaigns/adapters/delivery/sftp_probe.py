"""The connection test: everything a delivery needs, step by step, with a file that goes again."""

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from datetime import datetime

from campaigns.adapters.delivery.sftp_protocol import Refused, Sftp
from campaigns.adapters.delivery.sftp_session import SftpSession
from campaigns.adapters.delivery.sftp_upload import Upload, WriteSize, enter
from campaigns.adapters.delivery.sources import BytesSource
from campaigns.domain.delivery import (
    Overwrite,
    Publish,
    SftpDestination,
    Step,
    check_directory,
)
from campaigns.domain.errors import DomainError


def probe(to: SftpDestination, session: SftpSession, now: Callable[[], datetime]) -> list[Step]:
    """The steps in order; the list ends with the first one that failed, save for the clean-up."""
    test = _Test(to, session, now)
    with contextlib.suppress(_Stop):
        test.run()
    return test.steps


class _Stop(Exception):
    """A step failed and the following ones make no sense."""


class _Test:
    def __init__(
        self, to: SftpDestination, session: SftpSession, now: Callable[[], datetime]
    ) -> None:
        self._to = to
        self._session = session
        self._now = now
        self.steps: list[Step] = []

    def run(self) -> None:
        to, session = self._to, self._session
        with self._step("resolve") as say:
            say(", ".join(_addresses(to.host, to.port)))
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
            directory = enter(sftp, to)
            say(directory or ".")
        self._write_and_clean_up(sftp, directory)

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
        with self._step("delete") as say:
            left = [path for path in sorted(paths) if not _gone(sftp, path)]
            if left:
                raise Refused(0, f"the server keeps {', '.join(left)}; remove it by hand")
            say("nothing is left behind")

    @contextlib.contextmanager
    def _step(self, step: str) -> Iterator[Callable[[str], None]]:
        said: list[str] = []
        began = self._now()

        def done(ok: bool, detail: str) -> None:
            ms = round((self._now() - began).total_seconds() * 1000)
            self.steps.append(Step(step, ok, detail, ms))

        try:
            yield said.append
        except (DomainError, Refused, OSError) as error:
            done(False, str(error))
            raise _Stop from error
        done(True, " ".join(said))


def _upload(sftp: Sftp, to: SftpDestination, directory: str, content: bytes, name: str) -> Upload:
    return Upload(sftp, to, directory, WriteSize.small(), BytesSource(content), name)


def _gone(sftp: Sftp, path: str) -> bool:
    with contextlib.suppress(Refused):
        sftp.remove(path)
    try:
        return sftp.find(path) is None
    except Refused:
        return False


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise Refused(0, f"{host} cannot be resolved; check the spelling of the host") from None
    return sorted({str(address[0]) for *_, address in found})
