"""A file was uploaded: import it. Invoked by the queue of upload notices, one at a time."""

import json
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.domain.imports import parse_upload_key
from campaigns.observability import logger
from campaigns.usecases.import_people import import_people


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _: LambdaContext) -> None:
    notices = [json.loads(message["body"]) for message in event["Records"]]
    for record in (one for notice in notices for one in notice.get("Records", [])):
        company_id, job_id = parse_upload_key(unquote_plus(record["s3"]["object"]["key"]))
        job = import_people(
            company_id,
            job_id,
            imports=wiring.imports(),
            uploads=wiring.uploads(),
            people=wiring.people(),
            now=wiring.now,
        )
        logger.info("imported", import_id=job.id, status=job.status, rows=job.counts.rows)
