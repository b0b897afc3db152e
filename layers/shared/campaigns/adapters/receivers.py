"""The receivers of webhooks: one POST each, of whose answer only the status counts."""

import ssl
from collections.abc import Mapping
from contextlib import closing
from functools import cached_property

from campaigns.adapters.http_connection import (
    CheckedConnection,
    Connect,
    Deadline,
    NoAnswer,
    Untrusted,
    telling_failures,
)
from campaigns.domain.errors import DomainError
from campaigns.domain.webhook import webhook_url
from campaigns.domain.webhook_delivery import Outcome

ANSWER_TIMEOUT_S = 10.0


class HttpReceivers:
    """`connect` opens every connection, so the outbound-host rule cannot be gone around."""

    def __init__(
        self,
        *,
        connect: Connect,
        allow_http: bool = False,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self._connect = connect
        self._allow_http = allow_http
        self._given_tls = tls
        self._timeout_s = timeout_s

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        try:
            return Outcome(self._status(url, headers, body))
        except Untrusted as failure:
            return Outcome(error=f"its certificate cannot be verified ({failure})")
        except (NoAnswer, DomainError) as failure:
            return Outcome(error=str(failure))

    def _status(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        to = webhook_url(url, allow_http=self._allow_http)
        connection = CheckedConnection(
            to.host,
            to.port,
            connect=self._connect,
            tls=self._tls if to.scheme == "https" else None,
            # Longer than the deadline, which is what ends it and knows more.
            timeout_s=self._timeout_s + 1,
        )
        whole = {
            "Host": to.origin.partition("://")[2],
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "campaign-service",
            **headers,
        }
        deadline = Deadline(connection, self._timeout_s)
        try:
            with telling_failures(), deadline:
                connection.request("POST", to.target, body, whole, preload_content=False)
                with closing(connection.getresponse()) as response:
                    return response.status
        except NoAnswer:
            if deadline.has_passed:
                raise NoAnswer(f"it did not answer within {self._timeout_s:g} seconds") from None
            raise
        finally:
            connection.close()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or ssl.create_default_context()
