"""Moving a company's schedules: an asynchronous invocation of the function that does it."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.company import Company
from campaigns.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class MoverUnavailable(Unavailable):
    code = "mover_unavailable"

    def __init__(self) -> None:
        super().__init__("the schedules could not be moved now; the sweep will see to it")


class LambdaScheduleMover:
    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def start(self, company: Company, *, after: str | None = None) -> None:
        event = {"companyId": company.id, "times": company.times, "after": after}
        try:
            self._client.invoke(
                FunctionName=self._function,
                InvocationType="Event",
                Payload=json.dumps(event).encode(),
            )
        except (BotoCoreError, ClientError) as broken:
            raise MoverUnavailable from broken
