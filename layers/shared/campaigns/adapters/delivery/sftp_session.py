"""The way in: socket, key exchange, host key, authentication, SFTP subsystem, in this order.

The host key is judged before anything about the user is said. No agent and no key of this
machine is ever offered. paramiko is imported on use, because most functions deliver nothing.
"""

import contextlib
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from campaigns.adapters.delivery.sftp_key import private_key
from campaigns.adapters.delivery.sftp_protocol import Sftp
from campaigns.domain.delivery import (
    AuthenticationRefused,
    ConnectionLost,
    HostKeyChanged,
    PermissionRefused,
    SftpDestination,
    fingerprint,
    parse_host_key,
)

if TYPE_CHECKING:
    import paramiko

TIMEOUT = 30.0  # seconds without progress, for each stage and each read or write
KEEPALIVE = 15
_FAST_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
_WIRE_LOG = "campaigns.sftp.wire"

Connect = Callable[[str, int], socket.socket]


class SftpSession:
    """One connection to one destination. `open` does all four stages; a test does them singly."""

    def __init__(
        self, destination: SftpDestination, connect: Connect, *, timeout: float = TIMEOUT
    ) -> None:
        self._to = destination
        self._connect = connect
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._transport: paramiko.Transport | None = None
        self.host_key = ""
        self.fingerprint = ""

    def open(self) -> Sftp:
        self.connect()
        self.check_host_key()
        self.authenticate()
        return self.start()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        # A transport that failed in the key exchange leaves closing to its thread, some time.
        if self._socket is not None:
            self._socket.close()

    def connect(self) -> None:
        """TCP and the key exchange."""
        import paramiko

        try:
            self._socket = self._connect(self._to.host, self._to.port)
            _tune(self._socket, self._timeout)
        except OSError as error:
            raise self._lost(error) from error
        self._transport = transport = paramiko.Transport(self._socket)
        transport.set_log_channel(_silent_log())
        transport.banner_timeout = transport.handshake_timeout = self._timeout
        transport.auth_timeout = self._timeout
        options = transport.get_security_options()
        ciphers = tuple(options.ciphers)
        options.ciphers = _FAST_CIPHERS + tuple(c for c in ciphers if c not in _FAST_CIPHERS)
        options.key_types = self._key_types(tuple(options.key_types))
        with self._connection_needed():
            transport.start_client(timeout=2 * self._timeout)
            key = transport.get_remote_server_key()
        self.host_key = f"{key.get_name()} {key.get_base64()}"
        self.fingerprint = fingerprint(key.asbytes())

    def check_host_key(self) -> None:
        if self._to.host_key is not None:
            _, pinned = parse_host_key(self._to.host_key)
            _, seen = parse_host_key(self.host_key)
            if pinned != seen:
                raise HostKeyChanged(self._to.address, fingerprint(pinned), fingerprint(seen))

    def authenticate(self) -> None:
        """Try what is configured, in the order and combination the server asks for.

        The password is judged by the server at most once: as `password`, or by answering
        `keyboard-interactive` where `password` is not offered. A second try could lock the user.
        """
        import paramiko

        transport, user = self._running(), self._to.username
        offers: dict[str, Callable[[], list[str]]] = {}
        if self._to.private_key is not None:
            key = private_key(self._to)
            offers["publickey"] = lambda: transport.auth_publickey(user, key)
        if (password := self._to.password) is not None:
            offers["password"] = lambda: transport.auth_password(user, password, fallback=False)
            answers = _answers(password)
            offers["keyboard-interactive"] = lambda: transport.auth_interactive(user, answers)
        allowed: set[str] | None = None
        tried: list[str] = []

        def fitting(method: str) -> bool:
            return method != "keyboard-interactive" if allowed is None else method in allowed

        while method := next(filter(fitting, offers), None):
            offer = offers.pop(method)
            try:
                allowed = set(offer())
                if transport.is_authenticated():
                    return
            except paramiko.BadAuthenticationType as refusal:
                # Not judged, only out of turn; the server may ask for it after another method.
                allowed = set(refusal.allowed_types)
                offers[method] = offer
                continue
            except paramiko.AuthenticationException as refusal:
                if "timeout" in str(refusal) or not (tried or transport.is_active()):
                    raise self._lost(refusal) from refusal
            except (paramiko.SSHException, EOFError, OSError) as error:
                if not tried:
                    raise self._lost(error) from error
            tried.append(method)
            if method == "password":
                offers.pop("keyboard-interactive", None)
            if not transport.is_active():
                break
        raise AuthenticationRefused(
            self._to.address,
            user,
            ", ".join(tried) or "nothing that the server takes",
            ", ".join(sorted(allowed)) if allowed else "not said",
        )

    def start(self) -> Sftp:
        import paramiko

        transport = self._running()
        transport.set_keepalive(KEEPALIVE)
        with self._connection_needed():
            channel = transport.open_session(timeout=self._timeout)
        channel.settimeout(self._timeout)
        # paramiko waits for this answer without a limit of its own.
        guard = threading.Timer(self._timeout, transport.close)
        guard.daemon = True
        guard.start()
        try:
            with self._connection_needed():
                try:
                    channel.invoke_subsystem("sftp")
                except paramiko.SSHException as error:
                    if transport.is_active():
                        raise PermissionRefused(self._to.address, "use SFTP") from error
                    raise
        finally:
            guard.cancel()
        return Sftp(_ChannelStream(channel, self._lost))

    def _running(self) -> "paramiko.Transport":
        if self._transport is None:
            raise RuntimeError("connect comes first")
        return self._transport

    def _key_types(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """The pinned key's own algorithms first: a server may have several keys."""
        if self._to.host_key is None:
            return known
        kind, _ = parse_host_key(self._to.host_key)
        own = {"rsa-sha2-512", "rsa-sha2-256"} if kind == "ssh-rsa" else {kind}
        return tuple(sorted(known, key=lambda algorithm: algorithm not in own))

    @contextlib.contextmanager
    def _connection_needed(self) -> Iterator[None]:
        import paramiko

        try:
            yield
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self._lost(error) from error

    def _lost(self, error: BaseException | str) -> ConnectionLost:
        return ConnectionLost(self._to.address, _reason(error, self._timeout))


class _ChannelStream:
    """A channel whose every failure is a lost connection."""

    def __init__(self, channel: "paramiko.Channel", lost: Callable[..., ConnectionLost]) -> None:
        import paramiko

        self._channel = channel
        self.lost = lost
        self._failures = (paramiko.SSHException, EOFError, OSError)

    def send(self, data: bytes) -> int:
        try:
            sent = self._channel.send(data)
        except self._failures as error:
            raise self.lost(error) from error
        if not sent:
            raise self.lost("the server closed the connection")
        return sent

    def recv(self, size: int) -> bytes:
        try:
            data = self._channel.recv(size)
        except self._failures as error:
            raise self.lost(error) from error
        if not data:
            raise self.lost("the server closed the connection")
        return data


def _tune(sock: socket.socket, timeout: float) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # paramiko repeats a blocked write for ever; this lets the kernel end it.
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(timeout * 1000))


def _silent_log() -> str:
    """paramiko logs user names, paths and tracebacks; nothing of it may reach an output."""
    log = logging.getLogger(_WIRE_LOG)
    log.propagate = False
    log.setLevel(logging.CRITICAL + 1)
    return _WIRE_LOG


def _answers(password: str) -> Callable[[str, str, list[tuple[str, bool]]], list[str]]:
    """Answers the hidden question of the first round that asks anything; later ones get nothing."""
    rounds = iter([password])

    def answer(title: str, instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
        if not prompts:
            return []
        told = next(rounds, "")
        return ["" if shown else told for _, shown in prompts]

    return answer


def _reason(error: BaseException | str, timeout: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout:g} seconds"
    if isinstance(error, socket.gaierror):
        return "its name cannot be resolved"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = re.sub(r"[^\x20-\x7e]+", " ", str(error)).strip()[:200]
    return text or "the server closed the connection"
