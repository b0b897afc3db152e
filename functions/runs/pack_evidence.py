"""Somebody asked for the evidence of a run: put it together."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.domain.run import RunRef
from campaigns.observability import logger, triggered
from campaigns.usecases.pack_evidence import pack_evidence


@triggered
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, bool]:
    ref = RunRef.of(event)
    packed = pack_evidence(
        ref,
        event["version"],
        runs=wiring.runs(),
        files=wiring.files(),
        audit=wiring.audit(),
        now=wiring.now,
    )
    logger.info("evidence", company_id=ref.company_id, run_id=ref.run_id, packed=packed)
    return {"packed": packed}
