"""WhatsApp by AWS End User Messaging Social: the Cloud API's template message, as it is."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from campaigns.adapters.messaging.refusals import Meaning, asking, busy, later, never
from campaigns.domain.message import Card, Message, Wording

if TYPE_CHECKING:
    from mypy_boto3_socialmessaging import EndUserMessagingSocialClient

META_API: Final = "v20.0"
MEANINGS: Final[dict[str, Meaning]] = {
    "ThrottledRequestException": busy,
    "InvalidParametersException": never("not_valid"),
    "ValidationException": never("not_valid"),
    "ResourceNotFoundException": later("sender_missing"),
    "InternalServiceException": later("provider_error"),
    "DependencyException": later("provider_error"),
}


class WhatsAppTemplates:
    repeats_safely = False

    def __init__(self, client: "EndUserMessagingSocialClient", *, sender: str) -> None:
        """`sender` is a phone number's id, as AWS has it."""
        self._client = client
        self._sender = sender

    def send(self, message: Message, wording: Wording) -> str:
        body = json.dumps(template_message(message, wording), ensure_ascii=False)
        with asking(MEANINGS):
            answer = self._client.send_whatsapp_message(
                originationPhoneNumberId=self._sender,
                message=body.encode(),
                metaApiVersion=META_API,
            )
        return answer["messageId"]


def template_message(message: Message, wording: Wording) -> dict[str, Any]:
    """A component without variables is left out."""
    template: dict[str, Any] = {
        "name": wording.template_name,
        "language": {"code": message.language.replace("-", "_")},
    }
    if components := [*_components(wording.image_url, wording.header, wording.body)]:
        template["components"] = components
    if wording.cards:
        cards = [_card(place, card) for place, card in enumerate(wording.cards)]
        template.setdefault("components", []).append({"type": "carousel", "cards": cards})
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.address,
        "type": "template",
        "template": template,
        # By this its events name the message.
        "biz_opaque_callback_data": f"{message.company_id}/{message.id}",
    }


def _components(
    image_url: str, header: Iterable[str], body: Iterable[str]
) -> Iterable[dict[str, Any]]:
    if image_url:
        image = {"type": "image", "image": {"link": image_url}}
        yield {"type": "header", "parameters": [image]}
    elif texts := [_text(one) for one in header]:
        yield {"type": "header", "parameters": texts}
    if texts := [_text(one) for one in body]:
        yield {"type": "body", "parameters": texts}


def _card(place: int, card: Card) -> dict[str, Any]:
    return {"card_index": place, "components": [*_components(card.image_url, (), card.body)]}


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}
