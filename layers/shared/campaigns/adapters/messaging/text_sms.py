"""Text messages by AWS End User Messaging SMS."""

from typing import TYPE_CHECKING, Any, Final

from campaigns.adapters.messaging.refusals import Meaning, asking, later, never, opted_out
from campaigns.domain.message import Message, PermanentFailure, Wording

if TYPE_CHECKING:
    from mypy_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client

LONGEST: Final = 1600
"""Characters that the service takes."""
_CONFLICT, _VALIDATION = "ConflictException", "ValidationException"
MEANINGS: Final[dict[str, Meaning]] = {
    f"{_CONFLICT}:DESTINATION_PHONE_NUMBER_OPTED_OUT": opted_out,
    # An account in the sandbox writes to numbers that were verified only.
    f"{_CONFLICT}:DESTINATION_PHONE_NUMBER_NOT_VERIFIED": never("sandbox"),
    f"{_CONFLICT}:DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": never("country_blocked"),
    f"{_CONFLICT}:DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": never(
        "number_blocked"
    ),
    _CONFLICT: later("sender_not_ready"),
    f"{_VALIDATION}:DESTINATION_COUNTRY_BLOCKED": never("country_blocked"),
    f"{_VALIDATION}:COUNTRY_NOT_ENABLED": never("country_blocked"),
    f"{_VALIDATION}:INTERNATIONAL_SENDING_NOT_SUPPORTED": never("country_blocked"),
    f"{_VALIDATION}:INVALID_IDENTITY_FOR_DESTINATION_COUNTRY": never("country_blocked"),
    f"{_VALIDATION}:PRICE_OVER_THRESHOLD": never("too_dear"),
    f"{_VALIDATION}:MAXIMUM_SIZE_EXCEEDED": never("too_long"),
    f"{_VALIDATION}:INVALID_PARAMETER": never("invalid_number"),
    f"{_VALIDATION}:CANNOT_PARSE": never("invalid_number"),
    _VALIDATION: never("not_valid"),
    "ServiceQuotaExceededException": later("spend_limit_reached"),
    "ResourceNotFoundException": later("sender_missing"),
    "InternalServerException": later("provider_error"),
}


class SmsText:
    repeats_safely = False

    def __init__(
        self,
        client: "PinpointSMSVoiceV2Client",
        *,
        sender: str,
        configuration_set: str = "",
    ) -> None:
        self._client = client
        self._sender = sender
        self._configuration_set = configuration_set

    def send(self, message: Message, wording: Wording) -> str:
        if len(wording.text) > LONGEST:
            raise PermanentFailure("too_long")
        request: dict[str, Any] = {
            "DestinationPhoneNumber": message.address,
            "OriginationIdentity": self._sender,
            "MessageBody": wording.text,
            "MessageType": "TRANSACTIONAL",
            # By these its events name the message.
            "Context": {"company": message.company_id, "message": message.id},
        }
        if self._configuration_set:
            request["ConfigurationSetName"] = self._configuration_set
        with asking(MEANINGS):
            answer = self._client.send_text_message(**request)
        return answer["MessageId"]
