"""The contact guard: may we contact this person at this address, and why not.

One pure function decides; there is no way to export or send around it. Rules are data:
each has an id, a version and what it looks at: a flag of the person or the status of the
contact point. Every decision names its rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from campaigns.domain.customer import INVALID, OPTED_OUT, ContactPoint, Customer, Flag


class Verdict(StrEnum):
    ALLOW = "allow"
    DEFER = "defer"
    SUPPRESS = "suppress"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Rule:
    """Suppress everybody who carries `flag`."""

    id: str
    version: str
    flag: Flag


@dataclass(frozen=True, slots=True)
class ContactRule:
    """Suppress every contact point of `status`, whatever a contact file asks for."""

    id: str
    version: str
    status: str


@dataclass(frozen=True, slots=True)
class Decision:
    verdict: Verdict
    rule_id: str
    rule_version: str
    facts: Mapping[str, str] = field(default_factory=dict)


RULES: tuple[Rule, ...] = (
    Rule("do_not_contact", "2026-01", Flag.DO_NOT_CONTACT),
    Rule("cease", "2026-01", Flag.CEASE),
    Rule("attorney", "2026-01", Flag.ATTORNEY),
    Rule("bankruptcy", "2026-01", Flag.BANKRUPTCY),
    Rule("deceased", "2026-01", Flag.DECEASED),
    Rule("dispute", "2026-01", Flag.DISPUTE),
)
CONTACT_RULES: tuple[ContactRule, ...] = (
    ContactRule("invalid_address", "2026-01", INVALID),
    ContactRule("opted_out", "2026-01", OPTED_OUT),
)
_ALLOWED = Decision(Verdict.ALLOW, "none", "2026-01")
_SUPPRESSED = {
    rule.flag: Decision(Verdict.SUPPRESS, rule.id, rule.version, {rule.flag.value: "true"})
    for rule in RULES
}
_UNUSABLE = {
    rule.status: Decision(Verdict.SUPPRESS, rule.id, rule.version, {"status": rule.status})
    for rule in CONTACT_RULES
}


def decide(person: Customer, contact: ContactPoint) -> Decision:
    """The first rule that applies decides: those of the person in order, then the address's."""
    if person.flags:
        return next(_SUPPRESSED[rule.flag] for rule in RULES if rule.flag in person.flags)
    return _UNUSABLE.get(contact.status, _ALLOWED)
