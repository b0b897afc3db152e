"""SFTP: files to a customer's server, each exactly once under its name, over one connection."""

import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

from campaigns.adapters.delivery.sftp_probe import Resolve, probe
from campaigns.adapters.delivery.sftp_protocol import Sftp
from campaigns.adapters.delivery.sftp_session import TIMEOUT, SftpSession
from campaigns.adapters.delivery.sftp_upload import Placed, Upload, WriteSize, enter
from campaigns.adapters.delivery.sources import Source
from campaigns.domain.delivery import (
    ConnectionLost,
    Probe,
    Receipt,
    SftpDestination,
    check_directory,
    check_name,
)


class SftpChannel:
    """One destination. Connects on first use, again after a loss, and has to be closed.

    `connect` gives a connected socket for host and port and enforces which hosts may be reached;
    an OSError of it becomes ConnectionLost, anything else passes. `resolve` gives the addresses
    that `connect` would try, under the same rule. `timeout` is in seconds without progress.
    """

    def __init__(
        self,
        destination: SftpDestination,
        *,
        connect: Callable[[str, int], socket.socket],
        resolve: Resolve,
        now: Callable[[], datetime],
        timeout: float = TIMEOUT,
    ) -> None:
        self._to = destination
        self._connect = connect
        self._resolve = resolve
        self._timeout = timeout
        self._now = now
        self._connected: _Connected | None = None
        self._write_size = WriteSize()

    def deliver(self, source: Source, name: str, *, attempts: int = 1) -> Receipt:
        """Put `source` under `name` in the destination's directory and prove it.

        Delivering the same again gives a receipt and changes nothing. A retry is another call,
        also from another process; `attempts` says which one this is, for the receipt. Waiting
        between them is the caller's business: see `retry_delay`.
        """
        check_name(name)
        started_at = self._now()
        try:
            session, placed = self._place(source, name)
        except ConnectionLost:
            if not self._write_size.doubtful:
                raise
            # Some servers hang up on a packet that is too large for them.
            self._write_size = WriteSize.small()
            session, placed = self._place(source, name)
        return Receipt(
            host=self._to.host,
            port=self._to.port,
            fingerprint=session.fingerprint,
            host_key=session.host_key,
            remote_path=placed.path,
            bytes=source.size,
            sha256=source.sha256,
            published=placed.published,
            attempts=attempts,
            resumed_from=placed.resumed_from,
            started_at=started_at,
            finished_at=self._now(),
        )

    def probe(self, *, writing: bool, within: float) -> Probe:
        """Try everything a delivery needs, leave nothing behind, stop at the first failure."""
        session = SftpSession(self._to, self._connect, timeout=self._timeout)
        return probe(self._to, session, self._resolve, writing=writing, within=within)

    def close(self) -> None:
        connected, self._connected = self._connected, None
        if connected is not None:
            connected.session.close()

    def __enter__(self) -> "SftpChannel":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _place(self, source: Source, name: str) -> tuple[SftpSession, Placed]:
        with contextlib.ExitStack() as on_failure:
            # After any failure answers may be under way that nobody waits for: begin afresh.
            on_failure.callback(self.close)
            at = self._connected = self._connected or self._connect_now()
            upload = Upload(at.sftp, self._to, at.directory, self._write_size, source, name)
            placed = upload.place()
            on_failure.pop_all()
        return at.session, placed

    def _connect_now(self) -> "_Connected":
        check_directory(self._to.directory)
        session = SftpSession(self._to, self._connect, timeout=self._timeout)
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(session.close)
            sftp = session.open()
            directory = enter(sftp, self._to)
            if not self._write_size.proven:
                self._write_size = WriteSize.of(sftp)
            on_failure.pop_all()
        return _Connected(session, sftp, directory)


@dataclass(frozen=True)
class _Connected:
    session: SftpSession
    sftp: Sftp
    directory: str
