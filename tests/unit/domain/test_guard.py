import pytest

from campaigns.domain.customer import Flag
from campaigns.domain.guard import RULES, Verdict, decide
from tests.builders import a_customer


def test_a_person_without_flags_may_be_contacted() -> None:
    decision = decide(a_customer())
    assert (decision.verdict, decision.rule_id, dict(decision.facts)) == (Verdict.ALLOW, "none", {})


@pytest.mark.parametrize("flag", Flag)
def test_every_flag_suppresses_and_the_decision_names_its_rule(flag: Flag) -> None:
    [rule] = [rule for rule in RULES if rule.flag is flag]
    decision = decide(a_customer(flags=frozenset({flag})))
    assert decision.verdict is Verdict.SUPPRESS
    assert (decision.rule_id, decision.rule_version) == (rule.id, rule.version)
    assert decision.facts == {flag.value: "true"}


def test_the_first_rule_in_order_decides() -> None:
    assert decide(a_customer(flags=frozenset(Flag))).rule_id == RULES[0].id
