"""Starting a run: an asynchronous invocation of the durable function, named after the run."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.errors import Unavailable
from campaigns.domain.run import RunRef

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class EngineUnavailable(Unavailable):
    code = "engine_unavailable"

    def __init__(self) -> None:
        super().__init__("the run could not be started; send the same request again")


class LambdaRunEngine:
    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def start(self, ref: RunRef, *, restart: int = 0) -> None:
        try:
            self._client.invoke(
                FunctionName=self._function,
                InvocationType="Event",
                DurableExecutionName=f"{ref.run_id}-{restart}" if restart else ref.run_id,
                Payload=json.dumps(ref.event).encode(),
            )
        except self._client.exceptions.DurableExecutionAlreadyStartedException:
            return
        except (BotoCoreError, ClientError) as broken:
            raise EngineUnavailable from broken
