"""The rules in force, and what a company may make of them."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from campaigns.domain.channel import Channel
from campaigns.domain.guard_rules import (
    CALLS,
    CALLS_AND_TEXTS,
    RULE_SETS,
    BadContactPolicy,
    Cap,
    CapChange,
    ContactPolicy,
    NoRules,
    Profile,
    rules_on,
)
from campaigns.domain.local_time import STATE_ZONES
from campaigns.domain.notices import NoticeClass, class_of
from campaigns.pipeline.policy import policy_of, policy_told
from tests.builders import MONDAY

CHANGES: dict[str, Any] = {
    "profile": Profile.FIRST_PARTY,
    "first_hour": time(9),
    "last_hour": time(20),
    "call_frequency": True,
    "calls_in_7_days": 4,
    "pause_days": 2,
    "consent_channels": frozenset({Channel.TEXT}),
    "exports_a_day": 2,
    "state_caps": {
        "TX": CapChange(most=1, days=3),
        "MA": CapChange(most=None, channels=CALLS),
    },
}


def test_the_strictest_profile_is_the_usual_one() -> None:
    usual = rules_on(MONDAY, ContactPolicy())
    assert usual.profile is Profile.THIRD_PARTY
    assert (usual.asks.calls.most, usual.asks.calls.days, usual.asks.pause_days) == (7, 7, 7)
    assert {state: cap.most for state, cap in usual.asks.state_caps.items()} == {"MA": 2, "WA": 3}


def test_every_set_has_every_profile_and_only_states_that_exist() -> None:
    for rules in RULE_SETS:
        assert set(rules.profiles) == set(Profile)
        for asks in rules.profiles.values():
            assert set(asks.state_caps) <= set(STATE_ZONES)
            assert asks.first_hour < asks.last_hour
    assert len({one.version for one in RULE_SETS}) == len(RULE_SETS)
    assert [one.effective_on for one in RULE_SETS] == sorted(one.effective_on for one in RULE_SETS)


def test_a_day_without_rules_is_no_day_for_contacts() -> None:
    with pytest.raises(NoRules):
        rules_on(date(2020, 1, 1), ContactPolicy())


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_changed_is_told_by_the_version(name: str) -> None:
    changed = ContactPolicy().changed({name: CHANGES[name]}, on=MONDAY)
    assert changed.changes == 1
    assert rules_on(MONDAY, changed).version != rules_on(MONDAY, ContactPolicy()).version
    assert changed.changed({name: CHANGES[name]}, on=MONDAY) == changed


def test_what_was_set_goes_back_to_the_profile() -> None:
    changed = ContactPolicy().changed(CHANGES, on=MONDAY)
    back = changed.changed(dict.fromkeys(CHANGES.keys() - {"profile"}), on=MONDAY)
    assert back == ContactPolicy(profile=Profile.FIRST_PARTY, changes=2)
    one = changed.changed({"state_caps": {"TX": None}}, on=MONDAY)
    assert one.state_caps == (("MA", Cap()),)


def test_a_cap_keeps_what_is_not_said_of_it() -> None:
    said = {"state_caps": {"WA": CapChange(most=5), "TX": CapChange(most=1)}}
    caps = dict(ContactPolicy().changed(said, on=MONDAY).state_caps)
    assert caps["WA"] == Cap(most=5, channels=frozenset(Channel))
    assert caps["TX"] == Cap(most=1, channels=CALLS_AND_TEXTS)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first_hour": time(21)}, "contactPolicy.hours"),
        ({"last_hour": time(8)}, "contactPolicy.hours"),
        ({"call_frequency": False, "calls_in_7_days": 3}, "contactPolicy.callsIn7Days"),
        ({"call_frequency": False, "pause_days": 1}, "contactPolicy.pauseDays"),
        ({"state_caps": {"XX": CapChange(most=1)}}, "contactPolicy.stateCaps"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(changes: Any, field: str) -> None:
    with pytest.raises(BadContactPolicy) as refused:
        ContactPolicy().changed(changes, on=MONDAY)
    assert refused.value.field == field


@pytest.mark.parametrize("name", CHANGES)
def test_a_run_carries_the_whole_policy_with_it(name: str) -> None:
    for changes in ({name: CHANGES[name]}, CHANGES, {}):
        policy = ContactPolicy().changed(changes, on=MONDAY)
        assert policy_of(policy_told(policy)) == policy


def test_no_member_of_a_policy_is_left_untested() -> None:
    assert {*CHANGES, "changes"} == set(ContactPolicy.__dataclass_fields__)


def test_what_is_not_known_to_be_harmless_is_collecting() -> None:
    assert class_of("loanOverdueFirstNotice") is NoticeClass.COLLECTIONS
    assert class_of(None) is class_of("custom7") is NoticeClass.COLLECTIONS
    assert class_of("paymentDueDateReminder") is NoticeClass.SERVICING
    assert class_of("autopayEnableReminder") is NoticeClass.MARKETING
    notices = RULE_SETS[-1].legal_notices
    assert all(class_of(subject) is NoticeClass.LEGAL for subject in notices)


def test_a_company_s_own_days_to_cure_take_the_place_of_those_built_in() -> None:
    own = rules_on(MONDAY, ContactPolicy(), cure_days={"IA": 20, "MO": 25})
    cure = own.legal_notice("loanRightToCurePersonalUnsecured")
    assert cure.days_by_state == {"IA": 20, "MO": 25}
    assert own.legal_notice("autopayAmountChanged").days_before == 10


def test_a_first_party_s_limits_are_on_until_they_are_switched_off() -> None:
    first = ContactPolicy(profile=Profile.FIRST_PARTY)
    assert rules_on(MONDAY, first).asks.calls.most == 7
    off = rules_on(MONDAY, replace(first, call_frequency=False, calls_in_7_days=3)).asks
    assert (off.calls.most, off.pause_days) == (None, 0)
