"""What a provider's error means for a message: each channel has a table, these are for all.

Texts of providers are not passed on: they may name the person. Whoever does not answer may have
taken the message; whoever says no has not.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from campaigns.domain.message import (
    NoAnswer,
    OptedOut,
    PermanentFailure,
    SendingFailed,
    TemporaryFailure,
    Throttled,
)

Meaning = Callable[[], SendingFailed]


def busy() -> SendingFailed:
    return Throttled()


def opted_out() -> SendingFailed:
    return OptedOut()


def later(reason: str) -> Meaning:
    return lambda: TemporaryFailure(reason)


def never(reason: str) -> Meaning:
    return lambda: PermanentFailure(reason)


_OF_ALL: Mapping[str, Meaning] = {
    "Throttling": busy,
    "ThrottlingException": busy,
    "ThrottledException": busy,
    "TooManyRequestsException": busy,
    "RequestThrottled": busy,
    "RequestLimitExceeded": busy,
    "AccessDenied": later("not_permitted"),
    "AccessDeniedException": later("not_permitted"),
    "ExpiredToken": later("not_permitted"),
    "ExpiredTokenException": later("not_permitted"),
    "ServiceUnavailable": later("provider_error"),
}
_NOT_REACHED = (ConnectTimeoutError, EndpointConnectionError, NoCredentialsError)


@contextmanager
def asking(meanings: Mapping[str, Meaning]) -> Iterator[None]:
    """Raises Throttled, TemporaryFailure, PermanentFailure, NoAnswer.

    `meanings` are by the code of an error, or by code and reason as in "Conflict:OPTED_OUT".
    """
    try:
        yield
    except ClientError as refusal:
        raise _meant(refusal, meanings) from None
    except ParamValidationError:
        raise PermanentFailure("not_valid") from None
    except _NOT_REACHED:
        raise TemporaryFailure("not_reached") from None
    except BotoCoreError:
        raise NoAnswer from None


def _meant(refusal: ClientError, meanings: Mapping[str, Meaning]) -> SendingFailed:
    told: Any = refusal.response
    code = told["Error"]["Code"]
    reason = told.get("Reason", "")
    for name in (f"{code}:{reason}", code):
        meaning = meanings.get(name) or _OF_ALL.get(name)
        if meaning is not None:
            return meaning()
    if told.get("ResponseMetadata", {}).get("HTTPStatusCode", 400) >= 500:
        return TemporaryFailure("provider_error")
    return PermanentFailure("refused")
