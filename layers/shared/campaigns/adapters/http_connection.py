"""One HTTP request over a socket that somebody else checked, and how it can fail.

Redirects are answers like any other here; following one would hand what was sent to whatever
host it names.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from types import TracebackType
from typing import Self

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError

Connect = Callable[[str, int], socket.socket]


class CheckedConnection(HTTPConnection):
    """A connection over the injected socket, with TLS if given.

    The certificate is verified against the host of the URL, whatever address
    the socket leads to.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        connect: Connect,
        tls: ssl.SSLContext | None,
        timeout_s: float,
    ) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._connect_checked = connect
        self._tls = tls
        self._read_timeout = timeout_s
        self._is_ended = False

    def connect(self) -> None:
        plain = self._connect_checked(self.host, self.port)
        try:
            self.sock = plain
            if self._tls is not None:
                # Known to us before the handshake, so that a deadline can end that as well.
                self.sock = self._tls.wrap_socket(
                    plain, server_hostname=self.host, do_handshake_on_connect=False
                )
            if self._is_ended:
                raise TimeoutError
            if isinstance(self.sock, ssl.SSLSocket):
                self.sock.do_handshake()
            self.sock.settimeout(self._read_timeout)
        except BaseException:
            self.close()
            plain.close()
            raise

    def hang_up(self) -> None:
        """From another thread: whoever connects, reads or writes finds the connection ended."""
        self._is_ended = True
        if self.sock is not None:
            # TLS is not asked, which would wait for the other side or disturb who is using it.
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class Deadline:
    """Ends what a connection does within its block so many seconds after it began.

    A timeout of a socket is about each single read; who answers a byte at a time passes it.
    """

    def __init__(self, connection: CheckedConnection, seconds: float) -> None:
        self.has_passed = False
        self._connection = connection
        self._timer = Timer(seconds, self._pass)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()

    def _pass(self) -> None:
        self.has_passed = True
        self._connection.hang_up()


class NoAnswer(Exception):
    """Nothing that could be used came back; the text says why."""


class NotHttp(NoAnswer):
    """Whatever is there speaks something else."""


class Untrusted(NoAnswer):
    """Its certificate could not be verified; the text is the reason alone."""


@contextmanager
def telling_failures() -> Iterator[None]:
    """What goes wrong below HTTP, as NoAnswer or one of its kinds."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Untrusted(error.verify_message) from None
    except (TimeoutError, ReadTimeoutError):
        raise NoAnswer("it did not answer in time") from None
    except http.client.BadStatusLine as error:
        if isinstance(error, http.client.RemoteDisconnected):
            raise NoAnswer("the connection was closed without answer") from None
        raise NotHttp("something that is not HTTP") from None
    except (http.client.HTTPException, HTTPError) as error:
        raise NoAnswer(f"the answer broke off ({type(error).__name__})") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NoAnswer(f"the connection failed ({reason})") from None
