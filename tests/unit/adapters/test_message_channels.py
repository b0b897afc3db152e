"""What providers are asked, byte for byte, and what their refusals mean.

Requests are checked against the service's own description, as botocore has it.
"""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from campaigns.adapters.memory_sending import MemoryOutbox
from campaigns.adapters.messaging.email_ses import MEANINGS as OF_EMAIL
from campaigns.adapters.messaging.email_ses import SesEmail
from campaigns.adapters.messaging.listed import Listed
from campaigns.adapters.messaging.not_set_up import NotSetUp
from campaigns.adapters.messaging.text_sms import LONGEST, SmsText
from campaigns.adapters.messaging.text_sms import MEANINGS as OF_TEXT
from campaigns.adapters.messaging.to_outbox import ToOutbox
from campaigns.adapters.messaging.whatsapp import MEANINGS as OF_WHATSAPP
from campaigns.adapters.messaging.whatsapp import WhatsAppTemplates
from campaigns.domain.channel import Channel
from campaigns.domain.message import (
    Card,
    Message,
    NoAnswer,
    OptedOut,
    PermanentFailure,
    SendingFailed,
    TemporaryFailure,
    Throttled,
    Wording,
)
from campaigns.ports import MessageChannel
from tests.builders import a_message, a_wording

Make = Callable[[Any], MessageChannel]
PHONE = "phone-number-id-976c72a700aac43eaf573ae050example"


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")


def email(ses: Any) -> MessageChannel:
    return SesEmail(
        ses, sender="loans@example.com", configuration_set="events", unsubscribe="no@example.com"
    )


def text(sms: Any) -> MessageChannel:
    return SmsText(sms, sender="+12065550100", configuration_set="events")


def whatsapp(social: Any) -> MessageChannel:
    return WhatsAppTemplates(social, sender=PHONE)


def an_email() -> Message:
    return a_message()


def a_text() -> Message:
    return a_message(channel=Channel.TEXT, address="+12065550123")


def a_whatsapp() -> Message:
    return a_message(channel=Channel.WHATSAPP, address="+12065550123", language="es-MX")


def asked(service: str, operation: str, make: Make, answer: Any, expected: Any, *said: Any) -> str:
    stubbed = client(service)
    with Stubber(stubbed) as stub:
        stub.add_response(operation, answer, expected)
        provider_id = make(stubbed).send(*said)
        stub.assert_no_pending_responses()
    return provider_id


# ── requests ─────────────────────────────────────────────────────────────────


def test_an_email_is_sent_with_both_bodies_its_tags_and_a_way_out() -> None:
    message = an_email()
    expected = {
        "FromEmailAddress": "loans@example.com",
        "Destination": {"ToAddresses": ["ada@example.com"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Åmål", "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": "Due.", "Charset": "UTF-8"},
                    "Html": {"Data": "<p>Due.</p>", "Charset": "UTF-8"},
                },
                "Headers": [
                    {
                        "Name": "List-Unsubscribe",
                        "Value": f"<mailto:no@example.com?subject=unsubscribe%20{message.id}>",
                    }
                ],
            }
        },
        "EmailTags": [
            {"Name": "company", "Value": message.company_id},
            {"Name": "message", "Value": message.id},
        ],
        "ConfigurationSetName": "events",
    }
    said = Wording(subject="Åmål", text="Due.", html="<p>Due.</p>")
    assert asked("sesv2", "send_email", email, {"MessageId": "m"}, expected, message, said) == "m"


def test_an_email_without_html_and_settings_is_plain() -> None:
    message = an_email()
    expected = {
        "FromEmailAddress": "loans@example.com",
        "Destination": {"ToAddresses": ["ada@example.com"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Due", "Charset": "UTF-8"},
                "Body": {"Text": {"Data": "Due.", "Charset": "UTF-8"}},
            }
        },
        "EmailTags": [
            {"Name": "company", "Value": message.company_id},
            {"Name": "message", "Value": message.id},
        ],
    }
    said = Wording(subject="Due", text="Due.")

    def plain(ses: Any) -> MessageChannel:
        return SesEmail(ses, sender="loans@example.com")

    assert asked("sesv2", "send_email", plain, {"MessageId": "m"}, expected, message, said) == "m"


def test_a_text_names_its_message() -> None:
    message = a_text()
    expected = {
        "DestinationPhoneNumber": "+12065550123",
        "OriginationIdentity": "+12065550100",
        "MessageBody": "Due on Friday.",
        "MessageType": "TRANSACTIONAL",
        "Context": {"company": message.company_id, "message": message.id},
        "ConfigurationSetName": "events",
    }
    said = Wording(text="Due on Friday.")
    service, operation = "pinpoint-sms-voice-v2", "send_text_message"
    assert asked(service, operation, text, {"MessageId": "t"}, expected, message, said) == "t"


def whatsapp_body(message: Message, said: Wording) -> Any:
    bodies: list[bytes] = []

    class Social:
        def send_whatsapp_message(self, **request: Any) -> Any:
            bodies.append(request["message"])
            stubbed = client("socialmessaging")
            with Stubber(stubbed) as stub:
                stub.add_response("send_whatsapp_message", {"messageId": "w"})
                return stubbed.send_whatsapp_message(**request)

    assert whatsapp(Social()).send(message, said) == "w"
    return json.loads(bodies[0])


def test_a_whatsapp_is_the_template_of_the_cloud_api() -> None:
    message = a_whatsapp()
    said = Wording(
        template_name="payment_due",
        header=("Ada",),
        body=("412,50 $", "5 de marzo"),
        cards=(
            Card(image_url="https://x.example/1.png", body=("uno",)),
            Card(image_url="https://x.example/2.png"),
        ),
    )
    assert whatsapp_body(message, said) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+12065550123",
        "type": "template",
        "template": {
            "name": "payment_due",
            "language": {"code": "es_MX"},
            "components": [
                {"type": "header", "parameters": [{"type": "text", "text": "Ada"}]},
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "text": "412,50 $"},
                        {"type": "text", "text": "5 de marzo"},
                    ],
                },
                {
                    "type": "carousel",
                    "cards": [
                        {
                            "card_index": 0,
                            "components": [
                                {
                                    "type": "header",
                                    "parameters": [
                                        {
                                            "type": "image",
                                            "image": {"link": "https://x.example/1.png"},
                                        }
                                    ],
                                },
                                {"type": "body", "parameters": [{"type": "text", "text": "uno"}]},
                            ],
                        },
                        {
                            "card_index": 1,
                            "components": [
                                {
                                    "type": "header",
                                    "parameters": [
                                        {
                                            "type": "image",
                                            "image": {"link": "https://x.example/2.png"},
                                        }
                                    ],
                                }
                            ],
                        },
                    ],
                },
            ],
        },
        "biz_opaque_callback_data": f"{message.company_id}/{message.id}",
    }


def test_a_whatsapp_without_variables_has_no_components() -> None:
    body = whatsapp_body(a_whatsapp(), Wording(template_name="hello"))
    assert body["template"] == {"name": "hello", "language": {"code": "es_MX"}}


def test_an_image_stands_in_the_header() -> None:
    said = Wording(template_name="hello", image_url="https://x.example/a.png", body=("1",))
    header, body = whatsapp_body(a_whatsapp(), said)["template"]["components"]
    image = {"type": "image", "image": {"link": "https://x.example/a.png"}}
    assert header == {"type": "header", "parameters": [image]}
    assert body["type"] == "body"


# ── refusals ─────────────────────────────────────────────────────────────────

EMAIL = ("sesv2", "send_email", email, an_email, OF_EMAIL)
TEXT = ("pinpoint-sms-voice-v2", "send_text_message", text, a_text, OF_TEXT)
WHATSAPP = ("socialmessaging", "send_whatsapp_message", whatsapp, a_whatsapp, OF_WHATSAPP)
CHANNELS = pytest.mark.parametrize(
    ("service", "operation", "make", "message", "meanings"),
    [EMAIL, TEXT, WHATSAPP],
    ids=["email", "text", "whatsapp"],
)


def refused(channel: Any, code: str, reason: str = "", status: int = 400) -> SendingFailed:
    service, operation, make, message, _ = channel
    stubbed = client(service)
    with Stubber(stubbed) as stub:
        stub.add_client_error(
            operation,
            code,
            "of ada@example.com",
            http_status_code=status,
            modeled_fields={"Reason": reason} if reason else None,
        )
        with pytest.raises(SendingFailed) as failed:
            make(stubbed).send(message(), a_wording())
    assert "ada" not in str(failed.value)
    assert failed.value.__cause__ is None
    return failed.value


CONFLICT, VALIDATION = "ConflictException", "ValidationException"
QUOTA, TO = "ServiceQuotaExceededException", "DESTINATION_PHONE_NUMBER"


@pytest.mark.parametrize(
    ("channel", "code", "reason", "kind", "told"),
    [
        (EMAIL, "TooManyRequestsException", "", Throttled, "throttled"),
        (EMAIL, "Throttling", "", Throttled, "throttled"),
        (EMAIL, "LimitExceededException", "", TemporaryFailure, "quota_exceeded"),
        (EMAIL, "SendingPausedException", "", TemporaryFailure, "sending_paused"),
        (EMAIL, "AccountSuspendedException", "", TemporaryFailure, "account_suspended"),
        (EMAIL, "MailFromDomainNotVerifiedException", "", TemporaryFailure, "sender_not_verified"),
        (EMAIL, "NotFoundException", "", TemporaryFailure, "configuration_missing"),
        (EMAIL, "MessageRejected", "", PermanentFailure, "message_rejected"),
        (EMAIL, "BadRequestException", "", PermanentFailure, "not_valid"),
        (EMAIL, "AccessDeniedException", "", TemporaryFailure, "not_permitted"),
        (TEXT, "ThrottlingException", "", Throttled, "throttled"),
        (TEXT, CONFLICT, TO + "_OPTED_OUT", OptedOut, "opted_out"),
        (TEXT, CONFLICT, TO + "_NOT_VERIFIED", PermanentFailure, "sandbox"),
        (TEXT, CONFLICT, "RESOURCE_NOT_ACTIVE", TemporaryFailure, "sender_not_ready"),
        (TEXT, VALIDATION, "INVALID_PARAMETER", PermanentFailure, "invalid_number"),
        (TEXT, VALIDATION, "MAXIMUM_SIZE_EXCEEDED", PermanentFailure, "too_long"),
        (TEXT, VALIDATION, "DESTINATION_COUNTRY_BLOCKED", PermanentFailure, "country_blocked"),
        (TEXT, VALIDATION, "SENDER_ID_NOT_SUPPORTED", PermanentFailure, "not_valid"),
        (TEXT, QUOTA, "", TemporaryFailure, "spend_limit_reached"),
        (TEXT, "ResourceNotFoundException", "", TemporaryFailure, "sender_missing"),
        (TEXT, "InternalServerException", "", TemporaryFailure, "provider_error"),
        (WHATSAPP, "ThrottledRequestException", "", Throttled, "throttled"),
        (WHATSAPP, "InvalidParametersException", "", PermanentFailure, "not_valid"),
        (WHATSAPP, VALIDATION, "", PermanentFailure, "not_valid"),
        (WHATSAPP, "ResourceNotFoundException", "", TemporaryFailure, "sender_missing"),
        (WHATSAPP, "DependencyException", "", TemporaryFailure, "provider_error"),
        (WHATSAPP, "AccessDeniedException", "", TemporaryFailure, "not_permitted"),
    ],
)  # fmt: skip
def test_a_refusal_means_one_thing_and_names_nobody(
    channel: Any, code: str, reason: str, kind: type[SendingFailed], told: str
) -> None:
    failure = refused(channel, code, reason)
    assert (type(failure), failure.reason) == (kind, told)


@CHANNELS
def test_every_error_that_the_service_describes_has_a_meaning_of_its_own(
    service: str, operation: str, make: Make, message: Any, meanings: Any
) -> None:
    described = client(service).meta
    name = described.method_to_api_mapping[operation]
    channel = (service, operation, make, message, meanings)
    for error in described.service_model.operation_model(name).error_shapes:
        assert refused(channel, error.name).reason != "refused", error.name


@CHANNELS
def test_reasons_that_are_told_apart_are_the_services_own(
    service: str, operation: str, make: Make, message: Any, meanings: Any
) -> None:
    model = client(service).meta.service_model
    for name in meanings:
        error, _, reason = name.partition(":")
        assert not reason or reason in model.shape_for(f"{error}Reason").enum


@CHANNELS
def test_what_nobody_has_described_is_later_if_it_is_the_providers_fault(
    service: str, operation: str, make: Make, message: Any, meanings: Any
) -> None:
    channel = (service, operation, make, message, meanings)
    assert refused(channel, "Strange", status=503).reason == "provider_error"
    assert isinstance(refused(channel, "Strange", status=418), PermanentFailure)


class Broken:
    """A client whose requests end in this."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    def __getattr__(self, name: str) -> Any:
        def ask(**_: Any) -> Any:
            raise self._failure

        return ask


WHERE = "https://email.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (ConnectTimeoutError(endpoint_url=WHERE), TemporaryFailure),
        (EndpointConnectionError(endpoint_url=WHERE), TemporaryFailure),
        (ReadTimeoutError(endpoint_url=WHERE), NoAnswer),
        (ConnectionClosedError(endpoint_url=WHERE), NoAnswer),
    ],
)
@CHANNELS
def test_who_was_not_reached_has_taken_nothing_and_who_is_silent_may_have(
    service: str,
    operation: str,
    make: Make,
    message: Any,
    meanings: Any,
    failure: Exception,
    kind: type[SendingFailed],
) -> None:
    with pytest.raises(kind):
        make(Broken(failure)).send(message(), a_wording())


def test_a_text_that_is_too_long_is_not_even_asked_about() -> None:
    with pytest.raises(PermanentFailure, match="too_long"):
        text(None).send(a_text(), Wording(text="x" * (LONGEST + 1)))


def test_an_address_that_is_none_is_refused_before_anybody_is_asked() -> None:
    bad = a_message(channel=Channel.WHATSAPP)
    with pytest.raises(PermanentFailure, match="not_valid"):
        WhatsAppTemplates(client("socialmessaging"), sender="").send(bad, a_wording())


def test_providers_are_not_asked_twice_and_the_others_may_be() -> None:
    assert not any(make(None).repeats_safely for make in (email, text, whatsapp))
    outbox = MemoryOutbox()
    assert all(one.repeats_safely for one in (Listed(), ToOutbox(outbox), NotSetUp()))


def test_the_outbox_keeps_what_would_be_sent() -> None:
    outbox, message = MemoryOutbox(), an_email()
    assert ToOutbox(outbox).send(message, a_wording()) == f"outbox-{message.id}"
    assert outbox.list(message.company_id, after=None, limit=5) == [(message, a_wording())]


def test_a_channel_that_is_not_set_up_says_so() -> None:
    with pytest.raises(PermanentFailure, match="channel_not_set_up"):
        NotSetUp().send(a_text(), a_wording())
