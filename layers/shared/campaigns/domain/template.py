"""A template: what a message says, for one channel and language, version after version.

A version is in force from its date on, until another's date comes. None is ever changed, so what
a message said can be read again by the version that it names.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Self

from campaigns.domain.channel import Channel
from campaigns.domain.errors import Conflict, Invalid, NotFound
from campaigns.domain.identity import NotAUuid, as_uuid
from campaigns.domain.language import best_of
from campaigns.domain.notices import Notice
from campaigns.domain.sender import Sender
from campaigns.domain.stored_values import OPT_OUT, STORED
from campaigns.domain.variables import Types, Variable, types_of

MOST_VERSIONS: Final = 500
FEWEST_CARDS, MOST_CARDS = 2, 10

ELECTRONIC = frozenset({Channel.EMAIL, Channel.TEXT, Channel.WHATSAPP, Channel.VOICE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The sources of a message's parts; each channel has its own."""

    subject: str | None = None
    text: str | None = None
    html: str | None = None
    script: str | None = None
    header: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    cards: tuple[tuple[str, ...], ...] = ()
    """Of a carousel: the body parameters of each card."""
    image: bool = False
    """Whether the header is an image, whose link each campaign brings."""


@dataclass(frozen=True, slots=True)
class Part:
    """`field` is where the wire has it, `source` what it is made of."""

    field: str
    source: str
    is_html: bool = False


def parts_of(content: Content) -> Iterator[Part]:
    for name in ("subject", "text", "html", "script"):
        source = getattr(content, name)
        if source is not None:
            yield Part(f"content.{name}", source, name == "html")
    for name in ("header", "body"):
        for place, source in enumerate(getattr(content, name)):
            yield Part(f"content.{name}.{place}", source)
    for card, sources in enumerate(content.cards):
        for place, source in enumerate(sources):
            yield Part(f"content.cards.{card}.body.{place}", source)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateVersion:
    template_id: str
    number: int
    effective_on: date
    """At the company."""
    content: Content
    variables: tuple[Variable, ...] = ()
    """What it asks of the query beside what its subject does."""
    approved_states: frozenset[str] = frozenset()
    created_at: datetime


@dataclass(frozen=True, slots=True)
class VersionRef:
    number: int
    effective_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    id: str
    company_id: str
    name: str
    channel: Channel
    language: str
    subject: str | None = None
    """None: for the campaigns of agencies, which ask for it by its provider's name."""
    theme: str | None = None
    template_name: str | None = None
    """What the provider of WhatsApp approved it under."""
    versions: tuple[VersionRef, ...] = ()
    """In the order they were made."""
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    version: int = 0
    """Of this record; those of what it says are counted apart."""

    @property
    def external_id(self) -> str:
        """The one place it has among the templates of its company."""
        if self.subject is None:
            return agency_place(self.template_name or "")
        return f"notice/{self.channel}/{self.language}/{self.subject}/{self.theme or ''}"

    @property
    def newest(self) -> int:
        return self.versions[-1].number

    def in_force(self, on: date) -> int | None:
        """The number of the version that counts on a day; None before the first."""
        begun = [one for one in self.versions if one.effective_on <= on]
        return max(begun, key=lambda one: (one.effective_on, one.number)).number if begun else None

    def revised(self, effective_on: date, *, at: datetime) -> Self:
        """With one more version. Raises TooManyVersions."""
        if len(self.versions) >= MOST_VERSIONS:
            raise TooManyVersions
        number = self.newest + 1 if self.versions else 1
        versions = (*self.versions, VersionRef(number, effective_on))
        return replace(self, versions=versions, updated_at=at)

    def deleted(self, at: datetime) -> Self:
        return replace(self, deleted_at=at, updated_at=at)


def agency_place(template_name: str) -> str:
    return f"agency/{template_name}"


def types_for(notice: Notice | None, declared: Iterable[Variable]) -> Types:
    """What a template may name, and of what type each is; a subject's columns come first."""
    columns = () if notice is None else (*notice.columns, *notice.optional)
    return {**types_of(declared), **types_of(STORED), **types_of(columns)}


def check_declared(notice: Notice | None, declared: Iterable[Variable]) -> None:
    """Raises TemplateRefused: what is known already is not declared as something else."""
    known = types_for(notice, ())
    seen = set[str]()
    for place, one in enumerate(declared):
        where = f"variables.{place}.name"
        if one.name in seen:
            raise TemplateRefused(f"{one.name} is declared twice", field=where)
        seen.add(one.name)
        if known.get(one.name, one.type) is not one.type:
            message = f"{one.name} is known to be of the type {known[one.name]}"
            raise TemplateRefused(message, field=where)


def asked_columns(notice: Notice, versions: Iterable[TemplateVersion]) -> tuple[Variable, ...]:
    """What the query has to bring for these versions beside the subject's own columns."""
    known = {one.name for one in (*STORED, *notice.columns, *notice.optional)}
    asked = {one.name: one for version in versions for one in version.variables}
    return tuple(one for name, one in asked.items() if name not in known)


_PARTS: Mapping[Channel, tuple[frozenset[str], frozenset[str]]] = {
    Channel.EMAIL: (frozenset({"subject", "text"}), frozenset({"html"})),
    Channel.TEXT: (frozenset({"text"}), frozenset()),
    Channel.MAIL: (frozenset({"text"}), frozenset({"html"})),
    Channel.VOICE: (frozenset({"script"}), frozenset()),
    Channel.WHATSAPP: (frozenset(), frozenset({"header", "body", "cards", "image"})),
}
"""What each channel's content must have, and what it may have beside that."""


def check_content(channel: Channel, content: Content) -> None:
    """Raises TemplateRefused naming the part."""
    required, offered = _PARTS[channel]
    for name in Content.__slots__:
        given = getattr(content, name)
        if given and name not in required | offered:
            raise TemplateRefused(f"{channel} has no such part", field=f"content.{name}")
        if name in required and not (given or "").strip():
            raise TemplateRefused(f"{channel} needs it", field=f"content.{name}")
    if content.subject is not None and "\n" in content.subject:
        raise TemplateRefused("is one line", field="content.subject")
    if content.image and content.header:
        message = "a header is an image or has text parameters, not both"
        raise TemplateRefused(message, field="content.header")
    if content.cards and not FEWEST_CARDS <= len(content.cards) <= MOST_CARDS:
        message = f"a carousel has {FEWEST_CARDS} to {MOST_CARDS} cards"
        raise TemplateRefused(message, field="content.cards")


def check_opt_out(
    notice: Notice | None, channel: Channel, certain: Mapping[str, frozenset[str]]
) -> None:
    """Whether every electronic message of collections says how to ask for no more.

    `certain` has, by part, the variables that are shown whatever the row says. Raises
    TemplateRefused.
    """
    if notice is None or not notice.needs_opt_out or channel not in ELECTRONIC:
        return
    message = f"must show {OPT_OUT}, whatever the row says: it is a message of collections"
    if channel is Channel.WHATSAPP:
        if not any(OPT_OUT in shown for shown in certain.values()):
            raise TemplateRefused(message, field="content.body")
        return
    for field, shown in certain.items():
        if field != "content.subject" and OPT_OUT not in shown:
            raise TemplateRefused(message, field=field)


# ── which template a person gets ─────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Choice:
    """The templates of one channel, by language, each with the version that is in force."""

    channel: Channel
    versions: Mapping[str, tuple[Template, int]]

    def for_language(self, person: str | None, company: str) -> tuple[Template, int] | None:
        """In the person's language, else in the company's; None if there is neither."""
        found = best_of(self.versions, person, company)
        return None if found is None else self.versions[found]


def choose(
    sender: Sender, notice: Notice, templates: Iterable[Template], on: date
) -> tuple[Choice, ...]:
    """The channels that a sender uses on a day, each with its templates; usual channels first.

    A sender that names no channel uses every one that has a template for its subject and theme.
    """
    found: dict[Channel, dict[str, tuple[Template, int]]] = {}
    for one in templates:
        if (one.subject, one.theme) != (sender.subject, sender.theme) or one.deleted_at:
            continue
        number = one.in_force(on)
        if number is not None and sender.channel in (None, one.channel):
            found.setdefault(one.channel, {})[one.language] = (one, number)
    usual = {channel: place for place, channel in enumerate(notice.channels)}
    ordered = sorted(found, key=lambda one: (usual.get(one, len(usual)), one))
    return tuple(Choice(channel, found[channel]) for channel in ordered)


def template_id_of(text: str) -> str:
    """Raises TemplateNotFound: what cannot be an id names no template."""
    try:
        return as_uuid(text)
    except NotAUuid:
        raise TemplateNotFound(text) from None


class TemplateNotFound(NotFound):
    code = "template_not_found"

    def __init__(self, template_id: str) -> None:
        super().__init__(f"template {template_id} does not exist")


class VersionNotFound(NotFound):
    code = "template_version_not_found"

    def __init__(self, number: int) -> None:
        super().__init__(f"the template has no version {number}")


class TemplateExists(Conflict):
    code = "template_exists"

    def __init__(self, template: Template) -> None:
        if template.subject is None:
            what = f"templateName {template.template_name}"
        else:
            theme = f", theme {template.theme}" if template.theme else ""
            what = f"{template.subject}{theme} by {template.channel} in {template.language}"
        super().__init__(f"there is a template for {what} already; give that a new version")


class TooManyVersions(Conflict):
    code = "too_many_template_versions"

    def __init__(self) -> None:
        super().__init__(f"a template has at most {MOST_VERSIONS} versions; make a new one")


class TemplateRefused(Invalid):
    code = "template_refused"


class SyntaxRefused(Invalid):
    """The source cannot be read, or asks for what no template may do."""

    code = "template_syntax"

    def __init__(self, message: str, *, field: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}", field=field)
        self.line = line


class UndeclaredVariable(Invalid):
    code = "undeclared_variable"

    def __init__(self, name: str, *, field: str, line: int) -> None:
        super().__init__(
            f"line {line}: {name} is neither declared nor known of this subject", field=field
        )
        self.name = name


class MissingVariable(Invalid):
    """Without it a message cannot be written; it never becomes an empty text."""

    code = "missing_variable"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has no value", field=f"variables.{name}")
        self.name = name


class RenderingFailed(Invalid):
    code = "rendering_failed"
