"""Domain objects for tests: whole by default, each test naming only what it is about."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Final

from campaigns.domain.account import Account
from campaigns.domain.agency_campaign import AgencyCampaign
from campaigns.domain.agency_schedule import AgencySchedule
from campaigns.domain.amortisation import Terms
from campaigns.domain.api_key import ApiKey, digest_of
from campaigns.domain.campaign import Campaign, SftpSettings
from campaigns.domain.channel import USUAL, Channel
from campaigns.domain.collection_campaign import (
    CollectionCampaign,
    CollectionStatus,
    CollectionType,
    Step,
)
from campaigns.domain.company import Company
from campaigns.domain.contact_history import Attempt, ContactHistory
from campaigns.domain.customer import ContactPoint, ContactType, Customer
from campaigns.domain.enrollment import Enrollment, enroll
from campaigns.domain.exporter import Column, Exporter
from campaigns.domain.financing_client import FinancingClient
from campaigns.domain.group import Group
from campaigns.domain.guard import Occasion, Ruling, decide, list_for, send_at
from campaigns.domain.guard_rules import ContactPolicy, rules_on
from campaigns.domain.identity import time_ordered
from campaigns.domain.imports import ImportFormat, ImportJob, ImportKind, ImportMode
from campaigns.domain.message import Message, Wording, message_id
from campaigns.domain.people_rows import account_id, customer_id
from campaigns.domain.plan import Plan
from campaigns.domain.run import Run, TriggeredBy
from campaigns.domain.schedule import RunWindow
from campaigns.domain.secret import Sealed
from campaigns.domain.sender import Sender
from campaigns.domain.sending import Parameters
from campaigns.domain.template import Content, Template, TemplateVersion, VersionRef
from campaigns.domain.timeline import EntryKind, TimelineEntry
from campaigns.domain.webhook import Webhook
from campaigns.domain.webhook_delivery import Told, WebhookDelivery, delivery_of

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday."""
MONDAY: Final = NOON.date()
COMPANY: Final = "018f4e9a-0000-7000-8000-00000000c0de"
OTHER_COMPANY: Final = "018f4e9a-0000-7000-8000-00000000beef"

_numbers = count(1)


def an_id(number: int | None = None) -> str:
    """A new id, or the id of that number; later and larger numbers sort behind."""
    number = next(_numbers) if number is None else number
    return time_ordered(NOON + timedelta(milliseconds=number), number.to_bytes(10, "big"))


def new_ids(start: int = 1) -> Iterator[str]:
    return (an_id(number) for number in count(start))


def a_company(**but: Any) -> Company:
    whole = Company(
        id=COMPANY,
        name="Northwind Lending",
        zone="America/New_York",
        run_window=RunWindow(time(6), time(8)),
        created_at=NOON,
    )
    return replace(whole, **but)


def a_key(secret: str = "sk_live_0123456789", **but: Any) -> ApiKey:
    whole = ApiKey(
        id=an_id(),
        company_id=COMPANY,
        digest=digest_of(secret),
        prefix="sk_live_",
        name="reporting",
        scopes=frozenset({"campaigns:read"}),
        created_at=NOON,
    )
    return replace(whole, **but)


def a_campaign(**but: Any) -> Campaign:
    whole = Campaign(
        id=but.pop("id", None) or an_id(),
        company_id=COMPANY,
        name="Early reminder",
        query_url="https://redash.example.com/queries/42",
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(whole, **but)


def a_step(**but: Any) -> Step:
    """One that exports at once."""
    return Step(**{"id": but.pop("id", None) or an_id(), "exporter_id": an_id(0), **but})


def a_collection(**but: Any) -> CollectionCampaign:
    """An active collection campaign of one step."""
    whole = CollectionCampaign(
        id=but.pop("id", None) or an_id(),
        company_id=COMPANY,
        name="Early stage",
        type=CollectionType.EARLY_STAGE,
        status=CollectionStatus.ACTIVE,
        steps=but.pop("steps", None) or (a_step(),),
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(whole, **but)


def an_enrollment(**but: Any) -> Enrollment:
    """Of an account in an active campaign, before its first step."""
    campaign = a_collection(id=but.pop("campaign_id", None))
    made = enroll(an_account(), campaign, id=an_id(), today=NOON.date(), at=NOON)
    return replace(made, **but)


def an_agency_campaign(timing: AgencySchedule | None = None, **but: Any) -> AgencyCampaign:
    """At noon in New York on the Thursday after NOON, unless it is to come otherwise."""
    whole = AgencyCampaign(
        id=but.pop("id", None) or an_id(),
        company_id=COMPANY,
        name="Spring offer",
        timing=timing or AgencySchedule.once("2026-03-05 12:00"),
        template_name="spring_offer",
        template_id=an_id(0),
        group_name="Everybody",
        group_id=an_id(0),
        parameters=Parameters(body=("{{customer.first_name}}", "10 %")),
        created_at=NOON,
        updated_at=NOON,
        scheduled_since=NOON,
    )
    return replace(whole, **but)


def some_sftp(**but: Any) -> SftpSettings:
    whole = SftpSettings(
        host="sftp.example.com", username="dialer", password=Sealed("opaque", "word")
    )
    return replace(whole, **but)


def an_exporter(*fields: str, **but: Any) -> Exporter:
    """With one column for each field path."""
    whole = Exporter(
        id=but.pop("id", None) or an_id(),
        company_id=COMPANY,
        name="Dialer list",
        columns=columns(*(fields or ("person.externalId", "contact.phone"))),
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(whole, **but)


def a_sender(**but: Any) -> Sender:
    whole = Sender(
        id=but.pop("id", None) or an_id(),
        company_id=COMPANY,
        name="Due reminders",
        subject="paymentDueDateReminder",
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(whole, **but)


def a_template(**but: Any) -> Template:
    """Of one version, in force since the day it was made."""
    whole = Template(
        id=but.pop("id", None) or an_id(),
        company_id=COMPANY,
        name="Payment due",
        channel=Channel.TEXT,
        language="en",
        subject="paymentDueDateReminder",
        versions=(VersionRef(1, NOON.date()),),
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(whole, **but)


def a_version(template: Template, **but: Any) -> TemplateVersion:
    """The newest of the template."""
    whole = TemplateVersion(
        template_id=template.id,
        number=template.newest,
        effective_on=template.versions[-1].effective_on,
        content=Content(text="{{ firstName }}, {{ paymentAmount }} is due {{ paymentDueDate }}."),
        created_at=NOON,
    )
    return replace(whole, **but)


def a_group(**but: Any) -> Group:
    whole = Group(
        id=but.pop("id", None) or an_id(),
        company_id=COMPANY,
        name=but.pop("name", None) or f"Group {next(_numbers)}",
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(whole, **but)


def columns(*fields: str) -> tuple[Column, ...]:
    return tuple(Column(output_name=field, field=field) for field in fields)


def a_phone(value: str = "+15125550123", label: str = "mobile", **but: Any) -> ContactPoint:
    return ContactPoint(type=ContactType.PHONE, value=value, label=label, **but)


def an_email(value: str = "ada@example.com", **but: Any) -> ContactPoint:
    return ContactPoint(type=ContactType.EMAIL, value=value, label="personal", **but)


def a_customer(external_id: str = "100001", *contacts: ContactPoint, **but: Any) -> Customer:
    """Reachable by one mobile phone unless contacts are given."""
    company = but.pop("company_id", COMPANY)
    whole = Customer(
        id=customer_id(company, external_id),
        company_id=company,
        external_id=external_id,
        first_name="Ada",
        last_name="Osei",
        time_zone="America/Chicago",
        contacts=contacts or (a_phone(),),
    )
    return replace(whole, **but)


def an_account(external_id: str = "900001", owner: str = "100001", **but: Any) -> Account:
    company = but.pop("company_id", COMPANY)
    whole = Account(
        id=account_id(company, external_id),
        company_id=company,
        external_id=external_id,
        customer_id=customer_id(company, owner),
        number=f"L-{external_id}",
        amount_past_due=Decimal("412.50"),
        days_past_due=17,
    )
    return replace(whole, **but)


def an_attempt(id: str = "", **but: Any) -> Attempt:
    """A call at noon that reached nobody."""
    return replace(Attempt(id=id or an_id(), at=NOON, channel=Channel.CALL), **but)


def an_entry(person_id: str, **but: Any) -> TimelineEntry:
    """A call at noon that reached nobody."""
    whole = TimelineEntry(
        id=but.pop("id", None) or an_id(),
        company_id=COMPANY,
        person_id=person_id,
        kind=EntryKind.ATTEMPT,
        at=NOON,
        channel=Channel.CALL,
        outcome="no_answer",
    )
    return replace(whole, **but)


def an_occasion(
    day: date | None = MONDAY,
    *,
    at: datetime = NOON,
    policy: ContactPolicy | None = None,
    zone: str = "America/New_York",
    **but: Any,
) -> Occasion:
    """A list for that day by the strictest profile, or a send at `at` where there is no day."""
    rules = but.pop("rules", None) or rules_on(day or at.date(), policy or ContactPolicy())
    known: dict[str, Any] = {"rules": rules, "at": at, "run_id": an_id(0), **but}
    return send_at(**known) if day is None else list_for(day, zone, **known)


def a_ruling(
    person: Customer | None = None,
    contact: ContactPoint | None = None,
    *,
    occasion: Occasion | None = None,
    history: ContactHistory | None = None,
    debt: str = "",
    channel: Channel | None = None,
    due: date | None = None,
) -> Ruling:
    """About the first contact of a person whom nothing forbids to contact, unless it is said."""
    person = person or a_customer()
    contact = contact or person.contacts[0]
    how = channel or USUAL[contact.type]
    return decide(person, contact, how, debt, occasion or an_occasion(), history, due=due)


def a_history(*attempts: Attempt, **but: Any) -> ContactHistory:
    id = but.pop("person_id", None) or customer_id(COMPANY, "100001")
    return ContactHistory(company_id=COMPANY, person_id=id, attempts=attempts, **but)


def a_run(**but: Any) -> Run:
    whole = Run(
        id=but.pop("id", None) or an_id(),
        company_id=COMPANY,
        campaign_id=but.pop("campaign_id", None) or an_id(0),
        triggered_by=TriggeredBy.MANUAL,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(whole, **but)


def an_import(**but: Any) -> ImportJob:
    whole = ImportJob(
        id=but.pop("id", None) or an_id(),
        company_id=COMPANY,
        kind=ImportKind.CUSTOMERS,
        format=ImportFormat.CSV,
        mode=ImportMode.MERGE,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(whole, **but)


def some_terms(**but: Any) -> Terms:
    """Two years at 8.9 percent in crowns; numbers may be given as text."""
    decimals = {"nominal_interest", "administration_fee", "setup_fee"}
    given: dict[str, Any] = {
        name: Decimal(one) if name in decimals else one for name, one in but.items()
    }
    whole = Terms(currency="SEK", duration=24, nominal_interest=Decimal("8.9"))
    return replace(whole, **given)


def a_plan(terms: Terms | None = None, **but: Any) -> Plan:
    whole = Plan(
        id=but.pop("id", None) or an_id(),
        company_id=COMPANY,
        number=next(_numbers),
        name="Pay over time",
        terms=terms or some_terms(),
        min_amount=1_000,
        max_amount=100_000,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(whole, **but)


def a_webhook(**but: Any) -> Webhook:
    whole = Webhook(
        id=but.pop("id", None) or an_id(),
        company_id=COMPANY,
        url="https://hooks.example.com/sample",
        secret=Sealed("opaque", "word"),
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(whole, **but)


def a_client(secret: str = "fs_0123456789", **but: Any) -> FinancingClient:
    whole = FinancingClient(
        id=but.pop("id", None) or an_id(),
        company_id=COMPANY,
        name="Web shop",
        secret_digest=digest_of(secret),
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(whole, **but)


def an_event(number: int = 1, **but: Any) -> Told:
    """As it was heard on the bus."""
    whole = Told(
        id=an_id(number),
        type="RunEnded",
        company_id=COMPANY,
        at="2026-03-02T12:00:00Z",
        data={"companyId": COMPANY, "status": "completed"},
    )
    return replace(whole, **but)


def a_delivery(webhook: Webhook | None = None, number: int = 1, **but: Any) -> WebhookDelivery:
    """Of the event of that number, due at once."""
    whole = delivery_of(an_event(number), webhook or a_webhook(), NOON)
    return replace(whole, **but)


def a_message(**but: Any) -> Message:
    """An e-mail that is due."""
    run, person = but.get("run_id") or an_id(), but.get("person_id") or an_id()
    channel = but.get("channel", Channel.EMAIL)
    whole = Message(
        id=message_id(run, person, but.get("debt", ""), channel),
        company_id=COMPANY,
        campaign_id=an_id(0),
        run_id=run,
        row=1,
        person_id=person,
        channel=channel,
        address="ada@example.com",
        template_id=an_id(1),
        template_version=1,
        language="en-US",
        send_by=NOON + timedelta(hours=9),
        due_at=NOON,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(whole, **but)


def a_wording(**but: Any) -> Wording:
    whole = Wording(subject="Your payment", text="It is due on Friday. Reply STOP to end.")
    return replace(whole, **but)
