"""What a function leaves to another one, which is invoked and not waited for."""

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.company import Company
from campaigns.domain.errors import Unavailable
from campaigns.domain.run import RunRef

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class MoverUnavailable(Unavailable):
    code = "mover_unavailable"

    def __init__(self) -> None:
        super().__init__("the schedules could not be moved now; the sweep will see to it")


class PackerUnavailable(Unavailable):
    code = "packer_unavailable"

    def __init__(self) -> None:
        super().__init__("the evidence cannot be put together now; ask again")


class LambdaScheduleMover:
    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def start(self, company: Company, *, after: str | None = None) -> None:
        event = {"companyId": company.id, "times": company.times, "after": after}
        _invoke(self._client, self._function, event, MoverUnavailable)


class LambdaEvidencePacker:
    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def start(self, ref: RunRef, version: int) -> None:
        _invoke(self._client, self._function, {**ref.event, "version": version}, PackerUnavailable)


def _invoke(
    client: "LambdaClient", function: str, event: dict[str, Any], away: type[Unavailable]
) -> None:
    try:
        client.invoke(
            FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode()
        )
    except (BotoCoreError, ClientError) as broken:
        # Each of the errors builds its own text.
        raise away() from broken
