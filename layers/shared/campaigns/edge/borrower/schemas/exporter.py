"""Contact exporters as the borrower API takes and shows them."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator

from campaigns.domain.channel import Channel
from campaigns.domain.exporter import (
    Column,
    Compliance,
    Criteria,
    Direction,
    EmptyFile,
    Encoding,
    Exporter,
    Lists,
    PhoneFormat,
    Quote,
    Rows,
    SortKey,
)
from campaigns.domain.facts import FieldPath
from campaigns.domain.public_id import EXPORTER, show
from campaigns.edge.wire import ExternalId, Long, Moment, Short, Wire

Values = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=100)]], Field(min_length=1, max_length=100)
]
Named = Annotated[str, Field(min_length=1, max_length=100)]
Path = Annotated[str, Field(min_length=1, max_length=200)]


class CriteriaIn(Wire):
    """An attribute that is present must name at least one value."""

    label: Values | None = None
    contact_type: (
        Annotated[list[Literal["phone", "email", "address"]], Field(min_length=1)] | None
    ) = None
    affiliation: Values | None = None
    status: Values | None = None


class ColumnIn(Wire):
    field: Path | None = None
    const: Long | None = None
    mask: Literal["last4"] | None = None
    output_name: Annotated[str, Field(max_length=128)] | None = None


class ComplianceIn(Wire):
    channel: Channel
    subject: Named
    theme: Named | None = None
    loan_id: Named | None = None


class LayoutIn(Wire):
    rows: Rows | None = None
    max_phones: Annotated[int, Field(ge=1, le=10)] | None = None
    phone_order: Annotated[tuple[Short, ...], Field(max_length=20)] | None = None
    lists: Lists | None = None


class FormatIn(Wire):
    preset: Named | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    quote: Quote | None = None
    header: bool | None = None
    encoding: Encoding | None = None
    eol: Literal["crlf", "lf"] | None = None
    null_text: Short | None = None
    max_rows_per_file: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None

    @field_validator("delimiter")
    @classmethod
    def _not_in_the_way(cls, value: str | None) -> str | None:
        if value is not None and value in '\r\n"\0':
            raise ValueError("cannot separate columns")
        return value


class PhoneIn(Wire):
    format: PhoneFormat | None = None
    default_country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None


class SortKeyIn(Wire):
    by: Path
    dir: Direction = Direction.ASCENDING


class ExporterIn(Wire):
    external_id: ExternalId | None = None
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    contact_matching_criteria: CriteriaIn | None = None
    column_settings: Annotated[list[ColumnIn], Field(min_length=1, max_length=200)] | None = None
    check_compliance: ComplianceIn | None = None
    layout: LayoutIn | None = None
    format: FormatIn | None = None
    phone: PhoneIn | None = None
    order: Annotated[list[SortKeyIn], Field(max_length=10)] | None = None
    empty_file: EmptyFile | None = None

    def changes(self) -> Mapping[str, Any]:
        """The fields that were sent, by the exporter's names; None takes a setting back."""
        made: dict[str, Any] = {}
        for name in self.model_fields_set & _EXPORTER_FIELDS.keys():
            made.update(_EXPORTER_FIELDS[name](getattr(self, name)))
        return made


def _criteria(value: CriteriaIn | None) -> dict[str, Any]:
    if value is None:
        return {"criteria": None}

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
    if value is None:
        return {"columns": None}
    return {
        "columns": tuple(
            Column(
                output_name=one.output_name if one.output_name is not None else one.field or "",
                field=one.field,
                const=one.const,
                mask=one.mask is not None,
            )
            for one in value
        )
    }


def _compliance(value: ComplianceIn | None) -> dict[str, Any]:
    return {"compliance": None if value is None else Compliance(**value.model_dump())}


def _layout(value: LayoutIn | None) -> dict[str, Any]:
    return _given(LayoutIn, value)


def _format(value: FormatIn | None) -> dict[str, Any]:
    """Only what is sent of the format changes, as of everything else."""
    given = _given(FormatIn, value)
    if eol := given.get("eol"):
        given["eol"] = _EOL[eol]
    return {name if name == "preset" else f"format.{name}": one for name, one in given.items()}


def _phone(value: PhoneIn | None) -> dict[str, Any]:
    names = {"format": "phone_format", "default_country": "phone_country"}
    return {names[name]: one for name, one in _given(PhoneIn, value).items()}


def _order(value: list[SortKeyIn] | None) -> dict[str, Any]:
    if value is None:
        return {"order": None}
    return {"order": tuple(SortKey(by=one.by, direction=one.dir) for one in value)}


def _given(kind: type[Wire], value: Wire | None) -> dict[str, Any]:
    """The fields that were sent; all of them, cleared, when null was sent for the whole."""
    if value is None:
        return dict.fromkeys(kind.model_fields)
    return {name: getattr(value, name) for name in value.model_fields_set}


_EOL = {"crlf": "\r\n", "lf": "\n"}
_EXPORTER_FIELDS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "external_id": lambda value: {"external_id": value},
    "name": lambda value: {"name": value or ""},
    "contact_matching_criteria": _criteria,
    "column_settings": _columns,
    "check_compliance": _compliance,
    "layout": _layout,
    "format": _format,
    "phone": _phone,
    "order": _order,
    "empty_file": lambda value: {"empty_file": value},
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


class ComplianceOut(Wire):
    channel: Channel
    subject: str
    theme: str | None
    loan_id: str | None


class LayoutOut(Wire):
    rows: Rows
    max_phones: int
    phone_order: list[str]
    lists: Lists


class FormatOut(Wire):
    preset: str | None
    delimiter: str
    quote: Quote
    header: bool
    encoding: Encoding
    eol: str
    null_text: str
    max_rows_per_file: int | None


class PhoneOut(Wire):
    format: PhoneFormat
    default_country: str


class SortKeyOut(Wire):
    by: str
    dir: Direction


class ExporterOut(Wire):
    """Every setting as it is in effect, whether it was chosen or comes from the preset."""

    id: str
    created_at: Moment
    updated_at: Moment
    deleted_at: Moment | None
    external_id: str | None
    name: str
    contact_matching_criteria: CriteriaOut
    column_settings: list[ColumnOut]
    check_compliance: ComplianceOut | None
    layout: LayoutOut
    format: FormatOut
    phone: PhoneOut
    order: list[SortKeyOut]
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
            check_compliance=_compliance_out(exporter.compliance),
            layout=LayoutOut(
                rows=exporter.rows,
                max_phones=exporter.max_phones,
                phone_order=list(exporter.phone_order),
                lists=exporter.lists,
            ),
            format=FormatOut(
                preset=exporter.preset,
                delimiter=form.delimiter,
                quote=form.quote,
                header=form.header,
                encoding=form.encoding,
                eol={eol: name for name, eol in _EOL.items()}[form.eol],
                null_text=form.null_text,
                max_rows_per_file=form.max_rows_per_file,
            ),
            phone=PhoneOut(format=exporter.phone_format, default_country=exporter.phone_country),
            order=[SortKeyOut(by=key.by, dir=key.direction) for key in exporter.order],
            empty_file=exporter.empty_file,
        )


def _compliance_out(compliance: Compliance | None) -> ComplianceOut | None:
    if compliance is None:
        return None
    return ComplianceOut(
        channel=compliance.channel,
        subject=compliance.subject,
        theme=compliance.theme,
        loan_id=compliance.loan_id,
    )


class FieldOut(Wire):
    path: str
    type: str
    example: str
    description: str

    @classmethod
    def of(cls, known: FieldPath) -> Self:
        return cls(
            path=known.path,
            type=known.type,
            example=known.example,
            description=known.description,
        )
