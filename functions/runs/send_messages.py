"""Messages of runs are due: hand each to its provider, once, and put off what has to wait."""

import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.domain.message import Parcel
from campaigns.edge.batch import Message, take_each
from campaigns.observability import report_failure, triggered
from campaigns.pipeline.clear import GuardAtSend
from campaigns.pipeline.gate import RunGate
from campaigns.pipeline.send import SendTools, send_parcel
from campaigns.pipeline.tell_sent import SentTeller


@triggered
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    ledger, now, agency = wiring.contact_ledger(), wiring.now, wiring.agency_campaigns()
    tools = SendTools(
        messages=wiring.messages(),
        look=RunGate(wiring.runs(), wiring.campaigns(), wiring.collections(), agency).look,
        clear=GuardAtSend(wiring.access(), wiring.people(), ledger).clear,
        tell=SentTeller(ledger, wiring.timeline(), wiring.notices(), now).tell,
        channel=wiring.message_channel,
        pace=wiring.pace(),
        rates=wiring.rates(),
        now=now,
        sleep=time.sleep,
        is_time_up=lambda: context.get_remaining_time_in_millis() < 20_000,
        report=report_failure,
    )

    def take(message: Message) -> bool:
        if (wait := send_parcel(Parcel.of(message.body), tools)) is not None:
            wiring.message_queue().put_off(message.receipt, wait)
        return wait is None

    return take_each(event, take)
