"""Starting a run: an asynchronous invocation of the durable function, named after the run.

The same name with the same payload names the same execution, whatever has become of it: asking
for it again begins nothing and answers the one that there is.
"""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.errors import Unavailable
from campaigns.domain.run import ExecutionState, RunRef

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_STATES = {
    "RUNNING": ExecutionState.RUNNING,
    "PAUSING": ExecutionState.RUNNING,
    "PAUSED": ExecutionState.RUNNING,
    "SUCCEEDED": ExecutionState.SUCCEEDED,
    "FAILED": ExecutionState.FAILED,
    "TIMED_OUT": ExecutionState.TIMED_OUT,
    "STOPPED": ExecutionState.STOPPED,
}


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
            self._begun(ref, restart)
        except (BotoCoreError, ClientError) as broken:
            raise EngineUnavailable from broken

    def look(self, ref: RunRef, *, restart: int = 0) -> ExecutionState:
        try:
            arn = self._begun(ref, restart)
            if arn is None:
                return ExecutionState.UNKNOWN
            found = self._client.get_durable_execution(
                DurableExecutionArn=arn, IncludeExecutionData=False
            )
        except self._client.exceptions.ResourceNotFoundException:
            return ExecutionState.UNKNOWN
        except (BotoCoreError, ClientError) as broken:
            raise EngineUnavailable from broken
        return _STATES.get(found["Status"], ExecutionState.UNKNOWN)

    def _begun(self, ref: RunRef, restart: int) -> str | None:
        """The execution of that name, begun if there was none; None if the engine does not say."""
        try:
            answer = self._client.invoke(
                FunctionName=self._function,
                InvocationType="Event",
                DurableExecutionName=f"{ref.run_id}-{restart}" if restart else ref.run_id,
                Payload=json.dumps(ref.event).encode(),
            )
        except self._client.exceptions.DurableExecutionAlreadyStartedException:
            return None
        return answer.get("DurableExecutionArn")
