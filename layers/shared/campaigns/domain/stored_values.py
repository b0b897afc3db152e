"""What every template may say without the query bringing it: of the person, of the company."""

from collections.abc import Mapping
from datetime import date

from campaigns.domain.brand import Brand
from campaigns.domain.customer import ContactType, Customer
from campaigns.domain.language import read_language
from campaigns.domain.variables import Value, Variable, VariableType

OPT_OUT = "optOutText"
STORED = (
    Variable("borrowerId"),
    Variable("firstName"),
    Variable("lastName"),
    Variable("email"),
    Variable("mobilePhone"),
    Variable("language"),
    Variable("timeZone"),
    Variable("state", VariableType.STATE),
    Variable("today", VariableType.DATE),
    Variable("brandName"),
    Variable("brandPhone"),
    Variable("brandHours"),
    Variable("brandAddress"),
    Variable("portalUrl", VariableType.LINK),
    Variable(OPT_OUT),
)


def of_person(person: Customer) -> Mapping[str, Value]:
    """What is blank is left out, as what is missing."""
    usable = [one for one in person.contacts if one.is_usable]
    emails = [one.value for one in usable if one.type is ContactType.EMAIL]
    phones = [
        one.value for one in usable if one.type is ContactType.PHONE and one.label == "mobile"
    ]
    said = {
        "borrowerId": person.external_id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "email": next(iter(emails), ""),
        "mobilePhone": next(iter(phones), ""),
        "language": read_language(person.language) or "",
        "timeZone": person.time_zone,
        "state": person.state,
    }
    return {name: value for name, value in said.items() if value.strip()}


def of_company(brand: Brand, *, name: str, language: str, today: date) -> Mapping[str, Value]:
    """In the words of one language; `name` is the company's, if its brand has no other."""
    said: dict[str, Value] = {
        "brandName": brand.name or name,
        "brandPhone": brand.phone,
        "brandHours": brand.hours,
        "brandAddress": brand.postal_address,
        "portalUrl": brand.portal_url,
        OPT_OUT: brand.opt_out_in(language),
        "today": today,
    }
    return {name: value for name, value in said.items() if value != ""}
