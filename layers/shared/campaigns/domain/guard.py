"""The contact guard: may we contact this person now, and why not.

One pure function decides; there is no way to export or send around it. Rules are data:
each has an id, a version and the flag it looks at, and every decision names its rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from campaigns.domain.customer import Customer, Flag


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
_ALLOWED = Decision(Verdict.ALLOW, "none", "2026-01")
_SUPPRESSED = {
    rule.flag: Decision(Verdict.SUPPRESS, rule.id, rule.version, {rule.flag.value: "true"})
    for rule in RULES
}


def decide(person: Customer) -> Decision:
    """The first rule that applies decides, in the order of `RULES`."""
    if not person.flags:
        return _ALLOWED
    return next(_SUPPRESSED[rule.flag] for rule in RULES if rule.flag in person.flags)
