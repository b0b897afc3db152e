"""Where ports meet adapters; the only module that knows both.

A factory builds its adapter on first use and keeps it while the function stays warm, so a
function pays only for what its handler asks for.
"""

import os
import secrets as random_secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from time import sleep
from typing import TYPE_CHECKING, Any

import boto3

from campaigns import ports
from campaigns.domain import identity
from campaigns.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from socket import socket

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from campaigns.adapters.dynamodb.audit import Trail
    from campaigns.adapters.engine import LambdaRunEngine
    from campaigns.adapters.outbound import Outbound
    from campaigns.adapters.scratch import Scratch
    from campaigns.domain.channel import Channel
    from campaigns.domain.pace import Rate


@cache
def settings() -> Settings:
    return Settings.from_env()


def _utc_now() -> datetime:
    return datetime.now(UTC)


_clock: ports.Clock = _utc_now


def now() -> datetime:
    return _clock()


def use_clock(clock: ports.Clock | None) -> None:
    """Tell the time by another clock, for the embedded stack and for tests; None: the real one."""
    global _clock
    _clock = clock or _utc_now


def _sleep(time: timedelta) -> None:
    sleep(time.total_seconds())


_pause: Callable[[timedelta], None] = _sleep


def pause(time: timedelta) -> None:
    _pause(time)


def use_pauses(pauses: Callable[[timedelta], None] | None) -> None:
    """Pause otherwise, for the embedded stack and for tests; None: as long as is said."""
    global _pause
    _pause = pauses or _sleep


def new_id() -> str:
    return identity.time_ordered(now(), os.urandom(10))


@cache
def access() -> ports.Access:
    from campaigns.adapters.dynamodb.access import DynamoAccess

    return DynamoAccess(_dynamodb(), settings().access_table, trail=_trail())


@cache
def audit() -> ports.Audit:
    from campaigns.adapters.dynamodb.audit import DynamoAudit

    return DynamoAudit(_dynamodb(), settings().audit_table)


@cache
def _trail() -> "Trail":
    from campaigns.adapters.dynamodb.audit import Trail

    known = settings()
    return Trail(known.audit_table, days=int(known.audit_days), now=now, new_id=new_id)


@cache
def requests() -> ports.Requests:
    from campaigns.adapters.requests import DynamoRequests

    return DynamoRequests(_dynamodb(), settings().requests_table)


def new_token() -> str:
    """240 random bits."""
    return random_secrets.token_urlsafe(30)


@cache
def campaigns() -> ports.CampaignStore:
    from campaigns.adapters.dynamodb.collection import DynamoCollection
    from campaigns.adapters.dynamodb.scheduled import stands_in_index
    from campaigns.domain.campaign import Campaign, CampaignNotFound

    return DynamoCollection(
        _dynamodb(),
        settings().campaigns_table,
        kind="CAMPAIGN",
        of=Campaign,
        missing=CampaignNotFound,
        index=stands_in_index,
        trail=_trail(),
    )


@cache
def scheduled_campaigns() -> ports.ScheduledCampaigns:
    from campaigns.adapters.dynamodb.scheduled import DynamoScheduledCampaigns

    return DynamoScheduledCampaigns(_dynamodb(), settings().campaigns_table)


@cache
def collections() -> ports.CollectionCampaignStore:
    from campaigns.adapters.dynamodb.collection_campaigns import DynamoCollectionCampaigns

    return DynamoCollectionCampaigns(_dynamodb(), settings().campaigns_table, trail=_trail())


@cache
def agency_campaigns() -> ports.AgencyCampaignStore:
    from campaigns.adapters.dynamodb.collection import DynamoCollection
    from campaigns.adapters.dynamodb.scheduled import stands_in_index
    from campaigns.domain.agency_campaign import AgencyCampaign, AgencyCampaignNotFound

    return DynamoCollection(
        _dynamodb(),
        settings().campaigns_table,
        kind="AGENCY",
        of=AgencyCampaign,
        missing=AgencyCampaignNotFound,
        index=stands_in_index,
        trail=_trail(),
    )


@cache
def enrollments() -> ports.EnrollmentStore:
    from campaigns.adapters.dynamodb.enrollments import DynamoEnrollmentStore

    known = settings()
    return DynamoEnrollmentStore(
        _dynamodb(), known.enrollments_table, people_table=known.people_table, trail=_trail()
    )


@cache
def enrollment_ends() -> ports.EnrollmentEnds:
    from campaigns.adapters.dynamodb.enrollment_ends import EnrollmentEnds

    return EnrollmentEnds()


@cache
def exporters() -> ports.ExporterStore:
    from campaigns.adapters.dynamodb.collection import DynamoCollection
    from campaigns.domain.exporter import Exporter, ExporterNotFound

    return DynamoCollection(
        _dynamodb(),
        settings().workers_table,
        kind="EXPORTER",
        of=Exporter,
        missing=ExporterNotFound,
        trail=_trail(),
    )


@cache
def senders() -> ports.SenderStore:
    from campaigns.adapters.dynamodb.collection import DynamoCollection
    from campaigns.domain.sender import Sender, SenderNotFound

    return DynamoCollection(
        _dynamodb(),
        settings().workers_table,
        kind="SENDER",
        of=Sender,
        missing=SenderNotFound,
        trail=_trail(),
    )


@cache
def templates() -> ports.TemplateStore:
    from campaigns.adapters.dynamodb.templates import DynamoTemplateStore

    return DynamoTemplateStore(_dynamodb(), settings().workers_table, trail=_trail())


@cache
def groups() -> ports.GroupStore:
    from campaigns.adapters.dynamodb.groups import DynamoGroupStore

    return DynamoGroupStore(_dynamodb(), settings().workers_table, trail=_trail())


@cache
def reported_sends() -> ports.ReportedSendStore:
    from campaigns.adapters.dynamodb.reported_sends import DynamoReportedSends

    return DynamoReportedSends(_dynamodb(), settings().workers_table, trail=_trail())


@cache
def renderer() -> ports.Renderer:
    from campaigns.adapters.rendering.jinja import JinjaRenderer

    return JinjaRenderer()


@cache
def runs() -> ports.RunStore:
    from campaigns.adapters.dynamodb.runs import DynamoRunStore

    return DynamoRunStore(_dynamodb(), settings().campaigns_table, trail=_trail())


@cache
def people() -> ports.PeopleDirectory:
    from campaigns.adapters.dynamodb.people import DynamoPeople

    return DynamoPeople(_dynamodb(), settings().people_table, trail=_trail())


@cache
def contact_ledger() -> ports.ContactLedger:
    from campaigns.adapters.dynamodb.contacts import DynamoContactLedger

    return DynamoContactLedger(_dynamodb(), settings().contacts_table)


@cache
def recalls() -> ports.RecallStore:
    from campaigns.adapters.dynamodb.recalls import DynamoRecallStore

    return DynamoRecallStore(_dynamodb(), settings().contacts_table)


@cache
def people_changes() -> ports.PeopleChanges:
    from campaigns.adapters.dynamodb.people_changes import DynamoPeopleChanges

    return DynamoPeopleChanges()


@cache
def timeline() -> ports.Timeline:
    from campaigns.adapters.dynamodb.timeline import DynamoTimeline

    known = settings()
    days = int(known.evidence_days)
    return DynamoTimeline(_dynamodb(), known.contacts_table, days=days, now=now)


@cache
def plans() -> ports.PlanStore:
    from campaigns.adapters.dynamodb.financing import DynamoPlanStore

    return DynamoPlanStore(_dynamodb(), settings().plans_table, trail=_trail())


@cache
def financing_clients() -> ports.ClientStore:
    from campaigns.adapters.dynamodb.financing import DynamoClientStore

    return DynamoClientStore(_dynamodb(), settings().access_table, trail=_trail())


@cache
def imports() -> ports.ImportStore:
    from campaigns.adapters.dynamodb.imports import DynamoImportStore

    return DynamoImportStore(_dynamodb(), settings().people_table, trail=_trail())


@cache
def files() -> ports.RunFiles:
    from campaigns.adapters.s3 import S3RunFiles

    return S3RunFiles(_s3(), settings().files_bucket)


@cache
def uploads() -> ports.Uploads:
    from campaigns.adapters.s3 import S3Uploads

    return S3Uploads(_s3(), settings().files_bucket)


@cache
def secrets() -> ports.Secrets:
    from campaigns.adapters.secrets import KmsSecrets

    return KmsSecrets(boto3.client("kms"), settings().secrets_key_id)


@cache
def schedules(page_size: int = 100) -> ports.Schedules:
    """`page_size` is how many are listed at once; Scheduler takes up to 100."""
    from botocore.config import Config

    from campaigns.adapters.scheduler import EventBridgeSchedules
    from campaigns.domain.schedule import Purpose

    known = settings()
    # Many are put at once when a company moves; what is too many a second is asked again.
    patient = Config(retries={"mode": "standard", "max_attempts": 8})
    return EventBridgeSchedules(
        boto3.client("scheduler", config=patient),
        group=known.schedule_group,
        targets={
            Purpose.RUN: known.schedule_target_arn,
            Purpose.FLIGHT_CHECK: known.flight_check_target_arn,
        },
        role_arn=known.schedule_role_arn,
        dead_letter_arn=known.schedule_dead_letter_arn,
        page_size=page_size,
    )


@cache
def events() -> ports.Events:
    from campaigns.adapters.events import EventBridgeEvents

    return EventBridgeEvents(boto3.client("events"), settings().event_bus)


@cache
def webhooks() -> ports.WebhookStore:
    from campaigns.adapters.dynamodb.webhooks import DynamoWebhookStore

    return DynamoWebhookStore(_dynamodb(), settings().webhooks_table, trail=_trail())


@cache
def webhook_deliveries() -> ports.DeliveryStore:
    from campaigns.adapters.dynamodb.webhook_deliveries import DynamoDeliveryStore

    return DynamoDeliveryStore(_dynamodb(), settings().webhooks_table, trail=_trail())


@cache
def webhook_queue() -> ports.DeliveryQueue:
    from campaigns.adapters.delivery_queue import SqsDeliveryQueue

    return SqsDeliveryQueue(boto3.client("sqs"), settings().webhook_queue_url)


@cache
def webhook_receivers() -> ports.Receivers:
    from campaigns.adapters.receivers import HttpReceivers

    return HttpReceivers(connect=hosts().connect, allow_http=settings().http_allowed)


@cache
def messages() -> ports.MessageStore:
    from campaigns.adapters.dynamodb.messages import DynamoMessageStore

    known = settings()
    return DynamoMessageStore(_dynamodb(), known.messages_table, days=int(known.evidence_days))


@cache
def notices() -> ports.Notices:
    from campaigns.adapters.dynamodb.notices import DynamoNotices

    return DynamoNotices(_dynamodb(), settings().messages_table)


@cache
def message_queue() -> ports.MessageQueue:
    from campaigns.adapters.message_queue import SqsMessageQueue

    return SqsMessageQueue(boto3.client("sqs"), settings().message_queue_url)


@cache
def outbox() -> ports.Outbox:
    from campaigns.adapters.dynamodb.messages import DynamoOutbox

    known = settings()
    return DynamoOutbox(_dynamodb(), known.messages_table, days=int(known.evidence_days))


@cache
def pace() -> ports.Pace:
    from campaigns.adapters.dynamodb.pace import DynamoPace

    return DynamoPace(_dynamodb(), settings().messages_table)


@cache
def rates() -> dict["Channel", "Rate"]:
    """Those of the providers; an outbox takes whatever comes."""
    from campaigns.domain.channel import Channel
    from campaigns.domain.pace import Rate

    known = settings()
    if not known.reaches_people:
        return {}
    return {
        Channel.EMAIL: Rate(float(known.emails_per_second)),
        Channel.TEXT: Rate(float(known.texts_per_second)),
        Channel.WHATSAPP: Rate(float(known.whats_apps_per_second)),
    }


def message_channel(company_id: str, channel: "Channel") -> ports.MessageChannel:
    """Test data reach nobody, whatever is set up."""
    from campaigns.adapters.messaging.listed import Listed
    from campaigns.adapters.messaging.to_outbox import ToOutbox
    from campaigns.domain.channel import Channel
    from campaigns.domain.company import is_test_space

    if channel in (Channel.MAIL, Channel.VOICE):
        return Listed()
    if is_test_space(company_id) or not settings().reaches_people:
        return ToOutbox(outbox())
    return _providers()[channel]


@cache
def _providers() -> dict["Channel", ports.MessageChannel]:
    """Who sends for each channel: a line for each."""
    from botocore.config import Config

    from campaigns.adapters.messaging.email_ses import SesEmail
    from campaigns.adapters.messaging.not_set_up import NotSetUp
    from campaigns.adapters.messaging.text_sms import SmsText
    from campaigns.adapters.messaging.whatsapp import WhatsAppTemplates
    from campaigns.domain.channel import Channel

    known = settings()
    # Nobody is asked twice by itself: who has not answered may have taken the message.
    once = Config(retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=10)
    made: dict[Channel, ports.MessageChannel] = dict.fromkeys(Channel, NotSetUp())
    if known.email_sender:
        made[Channel.EMAIL] = SesEmail(
            boto3.client("sesv2", config=once),
            sender=known.email_sender,
            configuration_set=known.email_configuration_set,
            unsubscribe=known.email_unsubscribe,
        )
    if known.text_sender:
        made[Channel.TEXT] = SmsText(
            boto3.client("pinpoint-sms-voice-v2", config=once),
            sender=known.text_sender,
            configuration_set=known.text_configuration_set,
        )
    if known.whats_app_sender:
        made[Channel.WHATSAPP] = WhatsAppTemplates(
            boto3.client("socialmessaging", config=once), sender=known.whats_app_sender
        )
    return made


@cache
def engine() -> ports.RunEngine:
    return _lambda_engine()


@cache
def executions() -> ports.Executions:
    return _lambda_engine()


@cache
def schedule_mover() -> ports.ScheduleMover:
    from campaigns.adapters.background import LambdaScheduleMover

    return LambdaScheduleMover(boto3.client("lambda"), settings().move_schedules_function)


@cache
def evidence_packer() -> ports.EvidencePacker:
    from campaigns.adapters.background import LambdaEvidencePacker

    return LambdaEvidencePacker(boto3.client("lambda"), settings().pack_evidence_function)


@cache
def hosts() -> "Outbound":
    from campaigns.adapters.outbound import Outbound

    return Outbound(settings().outbound_allowed)


@cache
def queries() -> ports.QuerySource:
    from campaigns.adapters.redash import RedashQuerySource

    return RedashQuerySource(connect=hosts().connect, allow_http=settings().http_allowed)


def time_budget(seconds: float) -> ports.TimeBudget:
    from campaigns.adapters.stopwatch import Stopwatch

    return Stopwatch(seconds)


def queries_within(time: ports.TimeBudget) -> ports.QuerySource:
    """A query source that waits no longer than there is time."""
    from campaigns.adapters.outbound import CONNECT_TIMEOUT_S, MOST_ATTEMPTS
    from campaigns.adapters.redash import SHORTEST_TIMEOUT_S, RedashQuerySource

    def connect(host: str, port: int) -> "socket":
        each = max(time.left() / MOST_ATTEMPTS, SHORTEST_TIMEOUT_S)
        return hosts().connect(host, port, timeout=min(each, CONNECT_TIMEOUT_S))

    return RedashQuerySource(
        connect=connect, allow_http=settings().http_allowed, time_left=time.left
    )


def scratch() -> "AbstractContextManager[Scratch]":
    """Stores for a run that leaves nothing behind."""
    from campaigns.adapters import scratch

    return scratch.scratch()


def open_channel(destination: Any) -> ports.DeliveryChannel:
    from campaigns.adapters.delivery.sftp import SftpChannel

    to = hosts()
    return SftpChannel(destination, connect=to.connect, resolve=to.addresses, now=now)


def check_private_key(destination: Any) -> None:
    from campaigns.adapters.delivery.sftp_key import check_private_key as check

    check(destination)


def steps(context: Any, report: Callable[[str], None]) -> ports.Steps:
    from campaigns.adapters.durable import DurableSteps

    return DurableSteps(context, chunk_function=settings().resolve_chunk_function, report=report)


def allow_http() -> bool:
    return settings().http_allowed


@cache
def _dynamodb() -> "DynamoDBClient":
    client: DynamoDBClient = boto3.client("dynamodb")
    return client


def _lambda_engine() -> "LambdaRunEngine":
    from campaigns.adapters.engine import LambdaRunEngine

    return LambdaRunEngine(boto3.client("lambda"), settings().campaign_run_function)


@cache
def _s3() -> "S3Client":
    from botocore.config import Config

    # Presigned links must be of the current signature version to work with KMS encryption, and
    # name the host of the bucket's region: left to itself, boto3 signs them for the global one,
    # which redirects. An emulator at an IP address is spoken to by path all the same.
    config = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    client: S3Client = boto3.client("s3", config=config)
    return client


def forget() -> None:
    """Drop every adapter built so far, as a fresh function would. For tests and local use."""
    for made in list(globals().values()):
        if hasattr(made, "cache_clear"):
            made.cache_clear()
