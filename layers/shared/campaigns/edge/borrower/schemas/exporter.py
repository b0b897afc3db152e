"""Contact exporters as the borrower API takes and shows them."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator

from campaigns.domain.exporter import (
    Column,
    Criteria,
    EmptyFile,
    Exporter,
    FileFormat,
    PhoneFormat,
    Quote,
    Rows,
)
from campaigns.domain.public_id import EXPORTER, show
from campaigns.edge.wire import ExternalId, Long, Moment, NotYet, Short, Wire

Values = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=100)]], Field(min_length=1, max_length=100)
]


class CriteriaIn(Wire):
    """An attribute that is present must name at least one value."""

    label: Values | None = None
    contact_type: (
        Annotated[list[Literal["phone", "email", "address"]], Field(min_length=1)] | None
    ) = None
    affiliation: Values | None = None
    status: Values | None = None


class ColumnIn(Wire):
    field: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    const: Long | None = None
    mask: Literal["last4"] | None = None
    output_name: Annotated[str, Field(max_length=128)] | None = None


class LayoutIn(Wire):
    rows: Rows | None = None
    max_phones: Annotated[int, Field(ge=1, le=10)] | None = None
    phone_order: Annotated[tuple[Short, ...], Field(max_length=20)] | None = None


class FormatIn(Wire):
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    quote: Quote | None = None
    header: bool | None = None
    eol: Literal["crlf", "lf"] | None = None
    null_text: Short | None = None
    preset: NotYet = None
    encoding: Literal["utf-8"] | None = None
    max_rows_per_file: NotYet = None

    @field_validator("delimiter")
    @classmethod
    def _not_in_the_way(cls, value: str | None) -> str | None:
        if value is not None and value in '\r\n"\0':
            raise ValueError("cannot separate columns")
        return value


class PhoneIn(Wire):
    format: PhoneFormat = PhoneFormat.E164
    default_country: Literal["US"] | None = None


class ExporterIn(Wire):
    external_id: ExternalId | None = None
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    contact_matching_criteria: CriteriaIn | None = None
    column_settings: Annotated[list[ColumnIn], Field(min_length=1, max_length=200)] | None = None
    layout: LayoutIn | None = None
    format: FormatIn | None = None
    phone: PhoneIn | None = None
    empty_file: EmptyFile | None = None
    check_compliance: NotYet = None
    order: NotYet = None

    def changes(self) -> Mapping[str, Any]:
        """The fields that were sent, as the exporter keeps them."""
        made: dict[str, Any] = {}
        for name in self.model_fields_set & _EXPORTER_FIELDS.keys():
            made.update(_EXPORTER_FIELDS[name](getattr(self, name)))
        return made


def _criteria(value: CriteriaIn | None) -> dict[str, Any]:
    if value is None:
        return {"criteria": Criteria()}

    def chosen(values: list[str] | None) -> frozenset[str] | None:
        return None if values is None else frozenset(values)

    return {
        "criteria": Criteria(
            label=chosen(value.label),
            contact_type=chosen(list(value.contact_type) if value.contact_type else None),
            affiliation=chosen(value.affiliation),
            status=chosen(value.status),
        )
    }


def _columns(value: list[ColumnIn] | None) -> dict[str, Any]:
    return {
        "columns": tuple(
            Column(
                output_name=one.output_name if one.output_name is not None else one.field or "",
                field=one.field,
                const=one.const,
                mask=one.mask is not None,
            )
            for one in value or []
        )
    }


def _layout(value: LayoutIn | None) -> dict[str, Any]:
    plain = {one.name: one.default for one in fields(Exporter)}
    given = _given(LayoutIn, value)
    return {name: plain[name] if one is None else one for name, one in given.items()}


def _format(value: FormatIn | None) -> dict[str, Any]:
    """Only what is sent of the format changes, as of everything else."""
    plain = FileFormat()
    given = _given(FormatIn, value)
    if eol := given.get("eol"):
        given["eol"] = _EOL[eol]
    return {
        "format": {
            name: getattr(plain, name) if one is None else one
            for name, one in given.items()
            if hasattr(plain, name)
        }
    }


def _given(kind: type[Wire], value: Wire | None) -> dict[str, Any]:
    """The fields that were sent; all of them, cleared, when null was sent for the whole."""
    if value is None:
        return dict.fromkeys(kind.model_fields)
    return {name: getattr(value, name) for name in value.model_fields_set}


_EOL = {"crlf": "\r\n", "lf": "\n"}
_EXPORTER_FIELDS: dict[str, Any] = {
    "external_id": lambda value: {"external_id": value},
    "name": lambda value: {"name": value or ""},
    "contact_matching_criteria": _criteria,
    "column_settings": _columns,
    "layout": _layout,
    "format": _format,
    "phone": lambda value: {"phone_format": (value or PhoneIn()).format},
    "empty_file": lambda value: {"empty_file": value or EmptyFile.SEND},
}


class CriteriaOut(Wire):
    label: list[str] | None
    contact_type: list[str] | None
    affiliation: list[str] | None
    status: list[str] | None


class ColumnOut(Wire):
    field: str | None
    const: str | None
    mask: str | None
    output_name: str


class LayoutOut(Wire):
    rows: Rows
    max_phones: int
    phone_order: list[str]


class FormatOut(Wire):
    delimiter: str
    quote: Quote
    header: bool
    eol: str
    null_text: str


class PhoneOut(Wire):
    format: PhoneFormat


class ExporterOut(Wire):
    id: str
    created_at: Moment
    updated_at: Moment
    deleted_at: Moment | None
    external_id: str | None
    name: str
    contact_matching_criteria: CriteriaOut
    column_settings: list[ColumnOut]
    check_compliance: None = None
    layout: LayoutOut
    format: FormatOut
    phone: PhoneOut
    empty_file: EmptyFile

    @classmethod
    def of(cls, exporter: Exporter) -> Self:
        def chosen(values: frozenset[str] | None) -> list[str] | None:
            return None if values is None else sorted(values)

        criteria, form = exporter.criteria, exporter.format
        return cls(
            id=show(EXPORTER, exporter.id),
            created_at=exporter.created_at,
            updated_at=exporter.updated_at,
            deleted_at=exporter.deleted_at,
            external_id=exporter.external_id,
            name=exporter.name,
            contact_matching_criteria=CriteriaOut(
                label=chosen(criteria.label),
                contact_type=chosen(criteria.contact_type),
                affiliation=chosen(criteria.affiliation),
                status=chosen(criteria.status),
            ),
            column_settings=[
                ColumnOut(
                    field=one.field,
                    const=one.const,
                    mask="last4" if one.mask else None,
                    output_name=one.output_name,
                )
                for one in exporter.columns
            ],
            layout=LayoutOut(
                rows=exporter.rows,
                max_phones=exporter.max_phones,
                phone_order=list(exporter.phone_order),
            ),
            format=FormatOut(
                delimiter=form.delimiter,
                quote=form.quote,
                header=form.header,
                eol={eol: name for name, eol in _EOL.items()}[form.eol],
                null_text=form.null_text,
            ),
            phone=PhoneOut(format=exporter.phone_format),
            empty_file=exporter.empty_file,
        )
