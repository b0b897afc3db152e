import pytest

from campaigns.domain.customer import Flag
from campaigns.domain.guard import CONTACT_RULES, RULES, Verdict, decide
from tests.builders import a_customer, a_phone


def test_a_person_without_flags_may_be_contacted() -> None:
    decision = decide(a_customer(), a_phone())
    assert (decision.verdict, decision.rule_id, dict(decision.facts)) == (Verdict.ALLOW, "none", {})


@pytest.mark.parametrize("flag", Flag)
def test_every_flag_suppresses_and_the_decision_names_its_rule(flag: Flag) -> None:
    [rule] = [rule for rule in RULES if rule.flag is flag]
    decision = decide(a_customer(flags=frozenset({flag})), a_phone())
    assert decision.verdict is Verdict.SUPPRESS
    assert (decision.rule_id, decision.rule_version) == (rule.id, rule.version)
    assert decision.facts == {flag.value: "true"}


def test_the_first_rule_in_order_decides() -> None:
    everything = a_customer(flags=frozenset(Flag))
    for status in ("active", "invalid", "optedOut"):
        assert decide(everything, a_phone(status=status)).rule_id == RULES[0].id


@pytest.mark.parametrize(
    ("status", "rule"), [("invalid", "invalid_address"), ("optedOut", "opted_out")]
)
def test_an_address_that_must_not_be_used_is_suppressed(status: str, rule: str) -> None:
    decision = decide(a_customer(), a_phone(status=status))
    assert (decision.verdict, decision.rule_id) == (Verdict.SUPPRESS, rule)
    assert decision.facts == {"status": status}
    [known] = [one for one in CONTACT_RULES if one.id == rule]
    assert decision.rule_version == known.version
