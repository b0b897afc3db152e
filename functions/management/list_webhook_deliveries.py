"""GET /v1/webhooks/{webhookId}/deliveries: what was sent to a webhook, newest first."""

from campaigns import wiring
from campaigns.domain.webhook import webhook_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.params import Listed, listed
from campaigns.edge.management.schemas import Id
from campaigns.edge.management.webhooks import DeliveryAsk, DeliveryOut


@endpoint("GET /v1/webhooks/{webhookId}/deliveries", scope="manage:webhooks", wiring=wiring)
def handler(webhook_id: Id, ask: DeliveryAsk, caller: Caller) -> Listed[DeliveryOut]:
    webhook = wiring.webhooks().get(caller.company_id, webhook_id_of(webhook_id))
    found = wiring.webhook_deliveries().list(
        caller.company_id,
        webhook.id,
        status=ask.status,
        after=ask.next_token,
        limit=ask.limit + 1,
    )
    return listed(found, ask.limit, DeliveryOut.of, lambda delivery: delivery.place)
