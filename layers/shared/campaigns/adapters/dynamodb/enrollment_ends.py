"""Enrollments that ended, out of what DynamoDB tells of changes of their table."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.domain.enrollment import Enrollment


class EnrollmentEnds:
    def __init__(self) -> None:
        self._codec = Codec(Enrollment)

    def ended(self, change: Mapping[str, Any]) -> Enrollment | None:
        """`change` is a record of the table's stream as Lambda hands it over."""
        item = change["dynamodb"].get("NewImage", {})
        if keys.ENDS not in item:
            return None
        # Lambda is told in JSON, which has no bytes.
        return self._codec.decode({"data": {"B": b64decode(item["data"]["B"])}})
