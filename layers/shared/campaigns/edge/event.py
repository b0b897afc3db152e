"""A request as API Gateway hands it over: payload version 2.0."""

import base64
from typing import Any, TypeAlias

Event: TypeAlias = dict[str, Any]


def headers_of(event: Event) -> dict[str, str]:
    """By lower-case names, as API Gateway sends them; what plays its part may not."""
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def body_of(event: Event) -> bytes:
    """Raises ValueError where it is said to be base64 and is not."""
    body = event.get("body") or ""
    return base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
