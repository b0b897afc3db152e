"""A message that is written, and what one is written of for a look at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.domain.template import Content
from campaigns.domain.text_message import Segments


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMessage:
    template_id: str
    version: int
    """Of the template: what the message was written from can be read again."""
    locale: str
    content: Content
    """Of texts that are filled in."""
    segments: Segments | None
    """Of a text message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a template is filled in with for a look at it; variables win over the row."""

    number: int | None = None
    """Of the version; None for the one in force."""
    customer: str | None = None
    """The external id of somebody who is kept."""
    row: Mapping[str, Any]
    variables: Mapping[str, Any]
