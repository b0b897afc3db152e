"""What the management API takes and answers."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer

from campaigns.domain.account import Account, AccountKind
from campaigns.domain.channel import Channel
from campaigns.domain.customer import Customer
from campaigns.domain.imports import (
    ImportCounts,
    ImportFormat,
    ImportJob,
    ImportKind,
    ImportMode,
    ImportStatus,
)
from campaigns.edge.sftp import SftpIn
from campaigns.edge.wire import Moment, StrictWire, Wire

Id = Annotated[str, Path()]
Text = Annotated[str, Field(max_length=500)]


def only_iso_date(value: object) -> object:
    """A number is no date: pydantic would take it for seconds since 1970."""
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _ISO.fullmatch(value):
        return value
    raise ValueError("must be a date like 2026-03-01")


_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
IsoDate = Annotated[date, BeforeValidator(only_iso_date)]
Day = Annotated[IsoDate, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))]
"""One that a list can begin or end with."""
Money = Annotated[Decimal, PlainSerializer(lambda amount: format(amount, "f"), return_type=str)]
"""On the wire a string, never with an exponent."""


class CustomerIn(StrictWire):
    """Only the fields that are sent count. A flag is set by true, taken back by false.

    Null clears a field, except a flag or a consent, which it leaves as it is. A consent that was
    withdrawn comes back only with a consentAt that is later.
    """

    first_name: Text | None = None
    last_name: Text | None = None
    language: Text | None = None
    state: Text | None = None
    postal_code: Text | None = None
    time_zone: Text | None = None
    street: Text | None = None
    city: Text | None = None
    date_of_birth: IsoDate | None = None
    do_not_contact: bool | None = None
    cease: bool | None = None
    attorney: bool | None = None
    bankruptcy: bool | None = None
    deceased: bool | None = None
    dispute: bool | None = None
    phone_mobile: Text | None = None
    phone_home: Text | None = None
    phone_work: Text | None = None
    email: Text | None = None
    marketing_opt_out: bool | None = None
    phone_mobile_call_consent: bool | None = None
    phone_mobile_voice_consent: bool | None = None
    phone_mobile_text_consent: bool | None = None
    phone_mobile_whatsapp_consent: bool | None = None
    phone_home_call_consent: bool | None = None
    phone_home_voice_consent: bool | None = None
    phone_home_text_consent: bool | None = None
    phone_home_whatsapp_consent: bool | None = None
    phone_work_call_consent: bool | None = None
    phone_work_voice_consent: bool | None = None
    phone_work_text_consent: bool | None = None
    phone_work_whatsapp_consent: bool | None = None
    email_consent: bool | None = None
    consent_source: Text | None = None
    consent_at: Annotated[str, Field(max_length=40)] | None = None
    """When the consents of this request were given or withdrawn: a date, or a time of one."""


class AccountIn(StrictWire):
    customer_external_id: Text | None = None
    number: Text | None = None
    type: AccountKind | None = None
    status: Text | None = None
    principal_balance: Decimal | None = None
    amount_past_due: Decimal | None = None
    days_past_due: int | None = None
    next_due_date: IsoDate | None = None
    opened_on: IsoDate | None = None


def fields_of(body: StrictWire) -> dict[str, Any]:
    """The fields that were sent, by the names of the wire, as an import would read them."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in body.model_dump(by_alias=True, exclude_unset=True).items()
    }


class ConsentOut(Wire):
    channel: Channel
    given: bool
    source: str
    at: Moment | None
    was_given_at: Moment | None


class ContactOut(Wire):
    type: str
    value: str
    label: str
    affiliation: str
    status: str
    consents: list[ConsentOut]


class CustomerOut(Wire):
    id: str
    external_id: str
    first_name: str
    last_name: str
    language: str
    state: str
    postal_code: str
    time_zone: str
    street: str
    city: str
    date_of_birth: date | None
    flags: list[str]
    marketing_opt_out: bool
    refused_channels: list[str]
    contacts: list[ContactOut]

    @classmethod
    def of(cls, customer: Customer) -> Self:
        return cls(
            id=customer.id,
            external_id=customer.external_id,
            first_name=customer.first_name,
            last_name=customer.last_name,
            language=customer.language,
            state=customer.state,
            postal_code=customer.postal_code,
            time_zone=customer.time_zone,
            street=customer.street,
            city=customer.city,
            date_of_birth=customer.date_of_birth,
            flags=sorted(customer.flags),
            marketing_opt_out=customer.marketing_opt_out,
            refused_channels=sorted(customer.refused),
            contacts=[
                ContactOut(
                    type=one.type,
                    value=one.value,
                    label=one.label,
                    affiliation=one.affiliation,
                    status=one.status,
                    consents=[
                        ConsentOut(
                            channel=its.channel,
                            given=its.given,
                            source=its.source,
                            at=its.at,
                            was_given_at=its.was_given_at,
                        )
                        for its in one.consents
                    ],
                )
                for one in customer.contacts
            ],
        )


class AccountOut(Wire):
    id: str
    external_id: str
    customer_id: str
    number: str
    type: AccountKind
    status: str
    principal_balance: Money | None
    amount_past_due: Money | None
    days_past_due: int | None
    next_due_date: date | None
    opened_on: date | None
    settled_at: Moment | None

    @classmethod
    def of(cls, account: Account) -> Self:
        return cls(
            id=account.id,
            external_id=account.external_id,
            customer_id=account.customer_id,
            number=account.number,
            type=account.kind,
            status=account.status,
            principal_balance=account.principal_balance,
            amount_past_due=account.amount_past_due,
            days_past_due=account.days_past_due,
            next_due_date=account.next_due_on,
            opened_on=account.opened_on,
            settled_at=account.settled_at,
        )


class DestinationIn(SftpIn):
    model_config = ConfigDict(extra="forbid")


class ImportIn(StrictWire):
    kind: Literal[ImportKind.CUSTOMERS, ImportKind.ACCOUNTS]
    format: ImportFormat = ImportFormat.CSV
    mode: ImportMode = ImportMode.MERGE


class ImportCountsOut(Wire):
    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int


def import_counts(counts: ImportCounts) -> ImportCountsOut:
    return ImportCountsOut(
        rows=counts.rows,
        created=counts.created,
        updated=counts.updated,
        unchanged=counts.unchanged,
        rejected=counts.rejected,
    )


class ImportOut(Wire):
    id: str
    kind: ImportKind
    format: ImportFormat
    mode: ImportMode
    status: ImportStatus
    counts: ImportCountsOut
    error_message: str | None
    created_at: Moment
    updated_at: Moment
    upload_url: str | None
    result_url: str | None

    @classmethod
    def of(cls, job: ImportJob, *, upload_url: str | None, result_url: str | None) -> Self:
        return cls(
            id=job.id,
            kind=job.kind,
            format=job.format,
            mode=job.mode,
            status=job.status,
            counts=import_counts(job.counts),
            error_message=job.error_message,
            created_at=job.created_at,
            updated_at=job.updated_at,
            upload_url=upload_url,
            result_url=result_url,
        )
