"""E-mail by Amazon SES."""

from typing import TYPE_CHECKING, Any, Final

from campaigns.adapters.messaging.refusals import Meaning, asking, later, never
from campaigns.domain.message import Message, Wording

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

MEANINGS: Final[dict[str, Meaning]] = {
    "LimitExceededException": later("quota_exceeded"),
    "SendingPausedException": later("sending_paused"),
    "AccountSuspendedException": later("account_suspended"),
    "MailFromDomainNotVerifiedException": later("sender_not_verified"),
    "NotFoundException": later("configuration_missing"),
    # Of the content, or of an address that an account in the sandbox may not write to.
    "MessageRejected": never("message_rejected"),
    "BadRequestException": never("not_valid"),
}


class SesEmail:
    repeats_safely = False

    def __init__(
        self,
        client: "SESV2Client",
        *,
        sender: str,
        configuration_set: str = "",
        unsubscribe: str = "",
    ) -> None:
        """`unsubscribe` is an address that takes mails of those who want no more."""
        self._client = client
        self._sender = sender
        self._configuration_set = configuration_set
        self._unsubscribe = unsubscribe

    def send(self, message: Message, wording: Wording) -> str:
        with asking(MEANINGS):
            answer = self._client.send_email(**self._request(message, wording))
        return answer["MessageId"]

    def _request(self, message: Message, wording: Wording) -> Any:
        body = {"Text": _utf8(wording.text)}
        if wording.html:
            body["Html"] = _utf8(wording.html)
        simple: dict[str, Any] = {"Subject": _utf8(wording.subject), "Body": body}
        if self._unsubscribe:
            link = f"<mailto:{self._unsubscribe}?subject=unsubscribe%20{message.id}>"
            simple["Headers"] = [{"Name": "List-Unsubscribe", "Value": link}]
        request: dict[str, Any] = {
            "FromEmailAddress": self._sender,
            "Destination": {"ToAddresses": [message.address]},
            "Content": {"Simple": simple},
            # By these its events name the message.
            "EmailTags": [
                {"Name": "company", "Value": message.company_id},
                {"Name": "message", "Value": message.id},
            ],
        }
        if self._configuration_set:
            request["ConfigurationSetName"] = self._configuration_set
        return request


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
