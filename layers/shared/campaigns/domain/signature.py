"""How a message proves who sent it and when: an HMAC over the moment and the body, as it is."""

import hmac
import re
from hashlib import sha256
from typing import Final

MOST_APART: Final = 300
"""Seconds between the clocks of who signs and who looks."""
_HEADER = re.compile(r"t=([1-9][0-9]{0,11}), ?v1=([0-9a-fA-F]{64})")


def signature(secret: str, at: int, body: bytes) -> str:
    """What the header X-Signature says of a body sent at `at`, in seconds since the epoch."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return f"t={at},v1={digest}"


def is_signed(secret: str, header: str, body: bytes, now: float) -> bool:
    """Whether a header is the signature of this body, made at most five minutes from `now`.

    It takes as long whatever the header says, as far as it says anything.
    """
    told = _HEADER.fullmatch(header.strip())
    if told is None:
        return False
    at = int(told[1])
    is_equal = hmac.compare_digest(signature(secret, at, body), f"t={at},v1={told[2].lower()}")
    return is_equal and abs(now - at) <= MOST_APART
