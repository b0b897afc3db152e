"""People changed: put down who is to be taken off the lists that name them."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.observability import logger, triggered
from campaigns.usecases.note_recalls import note_recalls


@triggered
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, int]:
    # What fails here comes again: the stream stands still before it.
    noted = note_recalls(
        event["Records"],
        read=wiring.people_changes(),
        ledger=wiring.contact_ledger(),
        recalls=wiring.recalls(),
        pause=wiring.pause,
        now=wiring.now,
    )
    logger.info("recalls noted", addresses=noted)
    return {"noted": noted}
