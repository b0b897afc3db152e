"""Templates, their versions and previews as the management API takes and shows them."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from campaigns.domain.channel import Channel
from campaigns.domain.template import Content, Template, TemplateVersion
from campaigns.domain.text_message import Segments
from campaigns.domain.variables import LONGEST_VALUE, Variable, VariableType
from campaigns.domain.written_message import Sample, WrittenMessage
from campaigns.edge.management.schemas import IsoDate
from campaigns.edge.wire import Moment, Short, StrictWire, Wire

Source = Annotated[str, Field(max_length=100_000)]
Parameter = Annotated[str, Field(min_length=1, max_length=1000)]
Parameters = Annotated[list[Parameter], Field(max_length=50)]
Text = Annotated[str, Field(min_length=1, max_length=100)]
Number = Annotated[int, Field(ge=1, le=9999, strict=True)]
State = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class VariableWire(StrictWire):
    name: Annotated[str, Field(max_length=100)]
    type: VariableType = VariableType.TEXT


class CardWire(StrictWire):
    body: Parameters


class ContentWire(StrictWire):
    """The parts of a message; which of them there are depends on the channel."""

    subject: Annotated[str, Field(max_length=1000)] | None = None
    text: Source | None = None
    html: Source | None = None
    script: Source | None = None
    header: Parameters | None = None
    body: Parameters | None = None
    cards: Annotated[list[CardWire], Field(max_length=20)] | None = None
    image: Annotated[bool, Field(strict=True)] | None = None

    def parts(self) -> dict[str, Any]:
        """Those that were sent."""
        made = {name: getattr(self, name) for name in self.model_fields_set}
        for name in ("header", "body"):
            if made.get(name) is not None:
                made[name] = tuple(made[name])
        if made.get("cards") is not None:
            made["cards"] = tuple(tuple(card.body) for card in made["cards"])
        return made


class CardOut(Wire):
    body: list[str]


class ContentOut(Wire):
    subject: str | None
    text: str | None
    html: str | None
    script: str | None
    header: list[str]
    body: list[str]
    cards: list[CardOut]
    image: bool

    @classmethod
    def of(cls, content: Content) -> Self:
        return cls(
            subject=content.subject,
            text=content.text,
            html=content.html,
            script=content.script,
            header=list(content.header),
            body=list(content.body),
            cards=[CardOut(body=list(card)) for card in content.cards],
            image=content.image,
        )


class _Says(StrictWire):
    effective_on: IsoDate | None = None
    variables: Annotated[list[VariableWire], Field(max_length=100)] | None = None
    approved_states: Annotated[list[State], Field(max_length=60)] | None = None
    content: ContentWire | None = None

    def says(self) -> dict[str, Any]:
        """What was sent of that; null takes all of it back, except a content's, which has some."""
        made: dict[str, Any] = {}
        if "variables" in self.model_fields_set:
            made["variables"] = tuple(Variable(one.name, one.type) for one in self.variables or ())
        if "approved_states" in self.model_fields_set:
            made["approved_states"] = frozenset(self.approved_states or ())
        if self.content is not None:
            made["content"] = self.content.parts()
        return made


class TemplateIn(_Says):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    channel: Channel
    language: Annotated[str, Field(max_length=20)]
    subject: Text | None = None
    theme: Text | None = None
    template_name: Annotated[str, Field(pattern="^[a-z0-9_]{1,512}$")] | None = None
    content: ContentWire

    def head(self) -> Mapping[str, Any]:
        names = ("name", "channel", "language", "subject", "theme", "template_name")
        return {name: getattr(self, name) for name in names}

    def first(self) -> Mapping[str, Any]:
        """What the first version says."""
        says = self.says()
        blank = Content()
        given = {k: getattr(blank, k) if v is None else v for k, v in says["content"].items()}
        return {**says, "content": Content(**given)}


class TemplateChangesIn(_Says):
    """Only the fields that are sent count; all but `name` make a version."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    version: Number | None = None
    """The newest one that was read: if there is a newer by now, nothing is changed."""


class VariableOut(Wire):
    name: str
    type: VariableType


class VersionOut(Wire):
    number: int
    effective_on: date
    in_force: bool


class TemplateHeadOut(Wire):
    id: str
    name: str
    channel: Channel
    language: str
    subject: str | None
    theme: str | None
    template_name: str | None
    versions: list[VersionOut]
    created_at: Moment
    updated_at: Moment
    deleted_at: Moment | None

    @classmethod
    def of(cls, template: Template, today: date) -> Self:
        return cls(**_head(template, today))


class TemplateOut(TemplateHeadOut):
    version: int
    """The one that these are of:"""
    effective_on: date
    variables: list[VariableOut]
    approved_states: list[str]
    content: ContentOut

    @classmethod
    def of_version(cls, template: Template, said: TemplateVersion, today: date) -> Self:
        return cls(
            **_head(template, today),
            version=said.number,
            effective_on=said.effective_on,
            variables=[VariableOut(name=one.name, type=one.type) for one in said.variables],
            approved_states=sorted(said.approved_states),
            content=ContentOut.of(said.content),
        )


def _head(template: Template, today: date) -> dict[str, Any]:
    now = template.in_force(today)
    return {
        "id": template.id,
        "name": template.name,
        "channel": template.channel,
        "language": template.language,
        "subject": template.subject,
        "theme": template.theme,
        "template_name": template.template_name,
        "versions": [
            VersionOut(number=one.number, effective_on=one.effective_on, in_force=one.number == now)
            for one in template.versions
        ],
        "created_at": template.created_at,
        "updated_at": template.updated_at,
        "deleted_at": template.deleted_at,
    }


AskedVersion = Annotated[int | None, Query(ge=1, le=9999, alias="version")]

Plain = Annotated[str, Field(max_length=LONGEST_VALUE)] | int | float | None
Values = Annotated[dict[Short, Plain], Field(max_length=200)]


class PreviewIn(StrictWire):
    """Of a customer who is kept, a row as the query would bring it, or plain values; or of all."""

    version: Number | None = None
    customer: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    row: Values = Field(default_factory=dict)
    variables: Values = Field(default_factory=dict)

    def sample(self) -> Sample:
        return Sample(
            number=self.version, customer=self.customer, row=self.row, variables=self.variables
        )


class SegmentsOut(Wire):
    encoding: str
    places: int
    segments: int
    outside: str
    """The characters that make it UCS-2."""

    @classmethod
    def of(cls, segments: Segments) -> Self:
        return cls(
            encoding=segments.encoding,
            places=segments.places,
            segments=segments.segments,
            outside=segments.outside,
        )


class PreviewOut(Wire):
    template_id: str
    version: int
    locale: str
    content: ContentOut
    segments: SegmentsOut | None
    """Of a text message only."""

    @classmethod
    def of(cls, message: WrittenMessage) -> Self:
        counted = message.segments
        return cls(
            template_id=message.template_id,
            version=message.version,
            locale=message.locale,
            content=ContentOut.of(message.content),
            segments=None if counted is None else SegmentsOut.of(counted),
        )
