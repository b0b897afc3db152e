"""POST /v1/webhooks/{webhookId}/deliveries/{deliveryId}/replay:
send a delivery to its webhook again, signed afresh.
"""

from campaigns import wiring
from campaigns.domain.webhook import webhook_id_of
from campaigns.domain.webhook_delivery import DeliveryRef, delivery_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import Id
from campaigns.edge.management.webhooks import DeliveryOut
from campaigns.usecases.replay_delivery import replay_delivery


@endpoint(
    "POST /v1/webhooks/{webhookId}/deliveries/{deliveryId}/replay",
    scope="manage:webhooks",
    wiring=wiring,
)
def handler(webhook_id: Id, delivery_id: Id, caller: Caller) -> DeliveryOut:
    replayed = replay_delivery(
        DeliveryRef(caller.company_id, webhook_id_of(webhook_id), delivery_id_of(delivery_id)),
        webhooks=wiring.webhooks(),
        deliveries=wiring.webhook_deliveries(),
        queue=wiring.webhook_queue(),
        now=wiring.now,
    )
    return DeliveryOut.of(replayed)
