"""Enrollments changed: tell of those that ended."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.observability import logger, triggered
from campaigns.usecases.announce_ends import announce_ends


@triggered
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, int]:
    # What fails here comes again: the stream stands still before it.
    told = announce_ends(event["Records"], ends=wiring.enrollment_ends(), events=wiring.events())
    logger.info("announced", ends=told)
    return {"told": told}
