"""POST /v1/messages/{messageId}/retry: send a message that is in doubt once more."""

from campaigns import wiring
from campaigns.domain.message import MessageRef, message_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.messages import MessageOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.retry_message import retry_message


@endpoint("POST /v1/messages/{messageId}/retry", scope="manage:messages", wiring=wiring)
def handler(message_id: Id, caller: Caller) -> MessageOut:
    moved = retry_message(
        MessageRef(caller.company_id, message_id_of(message_id)),
        access=wiring.access(),
        messages=wiring.messages(),
        queue=wiring.message_queue(),
        now=wiring.now,
    )
    return MessageOut.of(moved)
