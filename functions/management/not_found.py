"""$default: no route matches; say so in the words of the API whose base path was called."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns.edge.not_found import refuse_unknown_route
from campaigns.observability import triggered


@triggered
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    return refuse_unknown_route(event)
