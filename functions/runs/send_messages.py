"""Messages of runs are due: hand each to its provider, once, and put off what has to wait."""

import time
from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.domain.message import Parcel
from campaigns.edge.batch import take_each, until_done
from campaigns.observability import report_failure, triggered
from campaigns.pipeline.clear import GuardAtSend
from campaigns.pipeline.gate import RunGate
from campaigns.pipeline.send import SendTools, send_parcel
from campaigns.pipeline.tell_sent import SentTeller
from campaigns.usecases.bar_address import opt_out_address


@triggered
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    queue, ledger, now = wiring.message_queue(), wiring.contact_ledger(), wiring.now
    people, timeline, agency = wiring.people(), wiring.timeline(), wiring.agency_campaigns()
    tools = SendTools(
        messages=wiring.messages(),
        look=RunGate(wiring.runs(), wiring.campaigns(), wiring.collections(), agency).look,
        clear=GuardAtSend(wiring.access(), people, ledger).clear,
        tell=SentTeller(ledger, timeline, wiring.notices(), now).tell,
        opt_out=partial(opt_out_address, people=people, timeline=timeline, now=now),
        channel=wiring.message_channel,
        pace=wiring.pace(),
        rates=wiring.rates(),
        now=now,
        sleep=time.sleep,
        is_time_up=lambda: context.get_remaining_time_in_millis() < 20_000,
        report=report_failure,
    )
    send = until_done(lambda body: send_parcel(Parcel.of(body), tools), queue.put_off)
    return take_each(event, send)
