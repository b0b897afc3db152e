"""A campaign runs in half an hour, if its schedule means today: can its files be delivered?"""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.observability import report_flight_check, triggered
from campaigns.usecases.check_flight import check_flight


@triggered
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    probe = check_flight(
        event["companyId"],
        event["campaignId"],
        datetime.fromisoformat(event["scheduledTime"]),
        access=wiring.access(),
        campaigns=wiring.campaigns(),
        secrets=wiring.secrets(),
        open_channel=wiring.open_channel,
        events=wiring.events(),
    )
    if probe is None:
        return {"checked": False}
    failed = None if probe.failed is None else probe.failed.step
    report_flight_check(event["campaignId"], failed)
    return {"checked": True, "failed": failed}
