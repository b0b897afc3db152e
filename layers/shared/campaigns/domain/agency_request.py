"""What an agency asks for, read in the order in which its contract tells what is wrong.

A template that is sent with other parameters than it was approved with is refused by the provider
for each recipient, so they are counted here, before anything is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from campaigns.domain.agency_schedule import AgencySchedule, ScheduleRefused, read_days
from campaigns.domain.errors import Invalid
from campaigns.domain.placeholder import UnknownPlaceholder, check_placeholders
from campaigns.domain.sending import CardParameters, Parameters
from campaigns.domain.template import Content
from campaigns.domain.web_url import LONGEST_URL, NoUrl, parse_url

LONGEST_NAME: Final = 200
LONGEST_VARIABLE: Final = 1024
LONGEST_TEMPLATE: Final = 512


@dataclass(frozen=True, slots=True)
class CampaignRequest:
    name: str
    template_name: str
    group_name: str
    timing: AgencySchedule
    payload: Mapping[str, Any]

    @classmethod
    def read(cls, name: Any, payload: Any, schedule_type: Any, days: Any, schedule: Any) -> Self:
        """Raises RequestRefused, DaysRequired, ScheduleRefused."""
        if not name or (isinstance(name, str) and not name.strip()) or not payload:
            raise RequestRefused(_REQUIRED)
        name = read_text("name", name, LONGEST_NAME).strip()
        if not isinstance(payload, dict):
            raise RequestRefused("template_payload must be an object.")
        template = _named(payload, "template_name", LONGEST_TEMPLATE)
        group = _named(payload, "group_name", LONGEST_NAME)
        timing = _timing(schedule_type, days, schedule)
        return cls(name, template, group, timing, payload)

    def parameters(self) -> Parameters:
        """Raises TemplateMismatch, RequestRefused."""
        cards = self.payload.get("cards")
        return Parameters(
            image_url=_image("image_url", self.payload.get("image_url")),
            header=_variables("header_variable", self.payload.get("header_variable")),
            body=_variables("body_variable", self.payload.get("body_variable")),
            cards=tuple(_card(place, one) for place, one in enumerate(_list("cards", cards))),
        )


def _named(payload: Mapping[str, Any], name: str, longest: int) -> str:
    return read_text(f"template_payload.{name}", payload.get(name), longest).strip()


def _timing(schedule_type: Any, days: Any, schedule: Any) -> AgencySchedule:
    if schedule_type not in ("once", "recurring"):
        raise RequestRefused("Schedule type should include only 'once' and 'recurring'.")
    times = read_days(days) if schedule_type == "recurring" else {}
    if not isinstance(schedule, str) or not schedule.strip():
        raise ScheduleRefused("schedule is required.")
    return AgencySchedule.weekly(schedule, times) if times else AgencySchedule.once(schedule)


def check_parameters(content: Content, given: Parameters) -> None:
    """Whether a template's parameters are just these. Raises TemplateMismatch."""
    _count("header_variable", len(content.header), len(given.header))
    _count("body_variable", len(content.body), len(given.body))
    _count("image_url", int(content.image), int(bool(given.image_url)))
    _count("cards", len(content.cards), len(given.cards))
    for place, (body, card) in enumerate(zip(content.cards, given.cards, strict=True)):
        _count(f"cards[{place}].card_body_variables", len(body), len(card.body))
        _count(f"cards[{place}].card_image_url", 1, int(bool(card.image_url)))


def _count(component: str, expected: int, got: int) -> None:
    if expected != got:
        raise TemplateMismatch(f"{component} expects {expected}, got {got}")


def _card(place: int, given: Any) -> CardParameters:
    at = f"cards[{place}]"
    if not isinstance(given, dict):
        raise TemplateMismatch(f"{at} must be an object")
    return CardParameters(
        image_url=_image(f"{at}.card_image_url", given.get("card_image_url")),
        body=_variables(f"{at}.card_body_variables", given.get("card_body_variables")),
    )


def _list(at: str, given: Any) -> list[Any]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise TemplateMismatch(f"{at} must be a list")
    return given


def _variables(at: str, given: Any) -> tuple[str, ...]:
    return tuple(_variable(f"{at}[{place}]", one) for place, one in enumerate(_list(at, given)))


def _variable(at: str, given: Any) -> str:
    text = read_text(at, given, LONGEST_VARIABLE)
    if any(one in text for one in "\n\r\t"):
        raise RequestRefused(f"{at} must not have line breaks or tabs.")
    try:
        check_placeholders(text)
    except UnknownPlaceholder as unknown:
        raise RequestRefused(f"{at}: {unknown}") from None
    return text


def _image(at: str, given: Any) -> str:
    if given is None or given == "":
        return ""
    text = read_text(at, given, LONGEST_URL)
    try:
        parse_url(text, allow_http=False)
    except NoUrl as why:
        raise RequestRefused(f"{at} is no https URL: {why}.") from None
    return text


def read_text(at: str, given: Any, longest: int) -> str:
    """Raises RequestRefused for what is none, or says nothing, or could not be written anywhere."""
    if given is None:
        raise RequestRefused(f"{at} is required.")
    if not isinstance(given, str):
        raise RequestRefused(f"{at} must be text.")
    if not given.strip():
        raise RequestRefused(f"{at} must not be empty.")
    if len(given) > longest:
        raise RequestRefused(f"{at} must have at most {longest} characters.")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise RequestRefused(f"{at} has half a character.") from None
    return given


_REQUIRED = "Name and Template payload are required for the campaign creation"


class RequestRefused(Invalid):
    code = "campaign_request_refused"


class TemplateMismatch(Invalid):
    """Of parameters that the template, as it is stored, does not have or is lacking."""

    code = "template_mismatch"

    def __init__(self, what: str) -> None:
        super().__init__(f"Template variables do not match: {what}")


class NoSuchTemplate(Invalid):
    code = "no_such_template"

    def __init__(self, name: str) -> None:
        super().__init__(f"Template '{name}' does not exist.")


class TemplateNotInForce(Invalid):
    code = "template_not_in_force"

    def __init__(self, name: str, on: str) -> None:
        super().__init__(f"Template '{name}' is not in force on {on}.")


class NoSuchGroup(Invalid):
    code = "no_such_group"

    def __init__(self, name: str) -> None:
        super().__init__(f"Group '{name}' does not exist.")
