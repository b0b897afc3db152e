"""A file was uploaded: import it. Invoked by the queue of upload notices, one at a time."""

import json
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.domain.imports import parse_upload_key
from campaigns.observability import logger, triggered
from campaigns.usecases.import_people import import_people
from campaigns.usecases.import_results import import_results
from campaigns.usecases.take_results import ResultStores


@triggered
def handler(event: dict[str, Any], _: LambdaContext) -> None:
    files: dict[str, Any] = {"imports": wiring.imports(), "uploads": wiring.uploads()}
    stores = ResultStores(
        people=wiring.people(),
        ledger=wiring.contact_ledger(),
        timeline=wiring.timeline(),
        campaigns=wiring.collections(),
        enrollments=wiring.enrollments(),
        access=wiring.access(),
    )
    notices = [json.loads(message["body"]) for message in event["Records"]]
    for record in (one for notice in notices for one in notice.get("Records", [])):
        company_id, job_id = parse_upload_key(unquote_plus(record["s3"]["object"]["key"]))
        job = wiring.imports().get(company_id, job_id)
        if job.kind.is_of_people:
            job = import_people(job, people=stores.people, now=wiring.now, **files)
        else:
            job = import_results(job, stores=stores, new_id=wiring.new_id, now=wiring.now, **files)
        logger.info("imported", import_id=job.id, status=job.status, rows=job.counts.rows)
