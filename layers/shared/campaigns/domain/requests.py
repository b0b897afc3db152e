"""What is remembered of a request: that it was made, and how it was answered.

A client that is not sure whether its request arrived sends it again with the same
Idempotency-Key, and gets the first answer again.
"""

from datetime import timedelta
from typing import Any, TypeAlias

from campaigns.domain.errors import Conflict, Invalid, Unavailable

LONGEST_KEY = 255
REMEMBERED = timedelta(days=1)
Answer: TypeAlias = dict[str, Any]
"""What a handler answers: status, headers and body as text."""


class StillInFlight(Conflict):
    code = "still_in_flight"

    def __init__(self) -> None:
        super().__init__("a request with this Idempotency-Key is still being worked on; wait")


class KeyOfAnotherRequest(Invalid):
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "this Idempotency-Key was sent with another body before; use a new one",
            field="idempotency-key",
        )


class NotNoted(Unavailable):
    code = "requests_unavailable"

    def __init__(self) -> None:
        super().__init__("the request was not worked on, since it could not be noted; try again")
