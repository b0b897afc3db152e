"""How a message proves who sent it and when: an HMAC over the moment and the body, as it is."""

import hmac
from hashlib import sha256


def signature(secret: str, at: int, body: bytes) -> str:
    """What the header X-Signature says of a body sent at `at`, in seconds since the epoch."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return f"t={at},v1={digest}"
