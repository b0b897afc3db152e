"""What a run sends, as it was when the run began: a change meanwhile is for the next run.

A bulk sender, a message step of a collection campaign and the campaign of an agency are all the
same to a run: templates at versions that were chosen, and the values that whoever asked brings.
"""

from dataclasses import dataclass

from campaigns.domain.channel import Channel


@dataclass(frozen=True, slots=True)
class ChosenTemplate:
    """A version of a template, which never changes."""

    channel: Channel
    language: str
    template_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardParameters:
    image_url: str = ""
    body: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What an agency's campaign puts in the place of its template's own parameters.

    They are sources in the language of templates, which may name what is stored of the person and
    of the company; whoever makes them has seen to it that they can be filled in.
    """

    image_url: str = ""
    header: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    cards: tuple[CardParameters, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    subject: str | None = None
    """Of notices: it says what a row needs, and what the contact guard asks."""
    theme: str | None = None
    templates: tuple[ChosenTemplate, ...] = ()
    """By channel, usual ones first, and by language."""
    first_only: bool = False
    """Whether a row gets one message, by the first channel that reaches the person."""
    parameters: Parameters | None = None
    """None where the rows of a query fill the templates in."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        return tuple(dict.fromkeys(one.channel for one in self.templates))

    def by(self, channel: Channel) -> dict[str, ChosenTemplate]:
        """The templates of a channel, by language."""
        return {one.language: one for one in self.templates if one.channel is channel}
