"""Resolve one part of a long list: invoked by a run, once for each chunk."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.domain.answer import answered
from campaigns.domain.run import RunRef
from campaigns.observability import triggered
from campaigns.pipeline.resolve import resolve
from campaigns.pipeline.writing import Writing


@triggered
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    access, templates = wiring.access(), wiring.templates()
    writing = Writing(access, wiring.senders(), templates, wiring.renderer(), wiring.notices())
    return answered(
        lambda: resolve(
            RunRef.of(event),
            event,
            runs=wiring.runs(),
            people=wiring.people(),
            ledger=wiring.contact_ledger(),
            files=wiring.files(),
            writing=writing,
        )
    )
