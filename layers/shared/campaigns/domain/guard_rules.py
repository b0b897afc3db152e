"""What the contact guard goes by: sets of rules, each in force from a day on, as data.

A company chooses a profile and may set parameters of its own; a decision is made by the set that
is in force on the day of the contact. To change a rule, add a set with a new version: what was
decided by an older one is told by its version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from enum import StrEnum
from typing import Any, Self

from campaigns.domain.channel import Channel
from campaigns.domain.customer import Flag
from campaigns.domain.errors import Invalid
from campaigns.domain.local_time import FIRST_HOUR, LAST_HOUR, STATE_ZONES
from campaigns.domain.notices import CURE_RULES, NoticeClass

CALLS = frozenset({Channel.CALL, Channel.VOICE})
CALLS_AND_TEXTS = CALLS | {Channel.TEXT, Channel.WHATSAPP}


class Profile(StrEnum):
    """As whom a company contacts people."""

    THIRD_PARTY = "third-party"
    FIRST_PARTY = "first-party"
    SERVICING = "servicing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """Not more than so many contacts about one debt within any so many consecutive days."""

    most: int | None = None
    """None: as many as you like."""
    days: int = 7
    channels: frozenset[Channel] = CALLS


@dataclass(frozen=True, slots=True, kw_only=True)
class CapChange:
    """What a company says of a state's cap; None leaves a part as it is in effect."""

    most: int | None
    days: int | None = None
    channels: frozenset[Channel] | None = None

    def of(self, was: Cap | None) -> Cap:
        was = was or Cap(channels=CALLS_AND_TEXTS)
        return Cap(
            most=self.most,
            days=was.days if self.days is None else self.days,
            channels=was.channels if self.channels is None else self.channels,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    first_hour: time = FIRST_HOUR
    last_hour: time = LAST_HOUR
    calls: Cap = Cap(most=7)
    pause_days: int = 7
    """No call on so many days from a conversation on, its own date being the first."""
    consent_channels: frozenset[Channel] = frozenset()
    """Those that need somebody's consent."""
    exports_a_day: int = 1
    """By how many runs a person may be contacted in one way about one debt on one day."""
    state_caps: Mapping[str, Cap] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalNotice:
    """What goes for a notice that the law demands."""

    blocked_by: tuple[Flag, ...] = (Flag.DECEASED, Flag.BANKRUPTCY, Flag.ATTORNEY)
    due: str | None = None
    """The column with the day that it has to come before; None: it may come at any time."""
    days_before: int = 0
    days_by_state: Mapping[str, int] | None = None
    """In place of days_before, where states say so; in any other state it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    version: str
    effective_on: date
    """It is in force from this day on, until a later one is."""
    profiles: Mapping[Profile, Parameters]
    legal_notices: Mapping[str, LegalNotice]
    hours_for: frozenset[NoticeClass] = frozenset({NoticeClass.COLLECTIONS, NoticeClass.MARKETING})


_STATE_CAPS = {
    "MA": Cap(most=2, channels=CALLS_AND_TEXTS),
    "WA": Cap(most=3, channels=frozenset(Channel)),
}
_CONSENT = frozenset({Channel.TEXT, Channel.VOICE, Channel.WHATSAPP})

RULE_SETS: tuple[RuleSet, ...] = (
    RuleSet(
        version="2026-01",
        effective_on=date(2021, 11, 30),
        profiles={
            Profile.THIRD_PARTY: Parameters(consent_channels=_CONSENT, state_caps=_STATE_CAPS),
            Profile.FIRST_PARTY: Parameters(consent_channels=_CONSENT, state_caps=_STATE_CAPS),
            Profile.SERVICING: Parameters(
                consent_channels=frozenset({Channel.VOICE}),
                calls=Cap(most=None),
                pause_days=0,
            ),
        },
        legal_notices={
            "autopayAmountChanged": LegalNotice(
                blocked_by=(Flag.DECEASED,), due="paymentDueDate", days_before=10
            ),
            "loanRightToCurePersonalUnsecured": LegalNotice(
                due="cureByDate",
                days_by_state={state: one.days for state, one in CURE_RULES.items()},
            ),
        },
    ),
)
"""From the oldest to the newest."""

CITATIONS: Mapping[str, str] = {
    "do_not_contact": "the company's own list",
    "cease": "15 U.S.C. 1692c(c): the person asked in writing to be left alone",
    "attorney": "15 U.S.C. 1692c(a)(2): the person is represented by an attorney",
    "bankruptcy": "11 U.S.C. 362: the automatic stay",
    "deceased": "12 CFR 1006.6(a)(4): only certain others may be contacted then",
    "dispute": "15 U.S.C. 1692g(b): collection stops until the debt is verified",
    "invalid_address": "there is no such address",
    "opted_out": "12 CFR 1006.6(e), 1006.14(h): the address, or the way, was opted out of",
    "consent": "47 U.S.C. 227(b)(1)(A): automated calls and texts need consent",
    "marketing_opt_out": "47 CFR 64.1200(d); 15 U.S.C. 7704: no marketing to who opted out",
    "legal_notice_timing": "12 CFR 1005.10(d); the states' rights to cure: a notice in time",
    "hours": "12 CFR 1006.6(b)(1): 08:00 to 21:00 where the person is",
    "conversation_pause": "12 CFR 1006.14(b)(2)(i)(B): none within 7 days after a conversation",
    "call_frequency": "12 CFR 1006.14(b)(2)(i)(A): not more than 7 calls within 7 days per debt",
    "state_cap": "MA: 940 CMR 7.04(1)(f); WA: RCW 19.16.250: the state's own limit",
    "contacted_today": "the service's own: one run a day for each person, debt and channel",
}
"""Of each rule, in the order in which they are asked: where it comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPolicy:
    """What a company chose; None leaves a parameter to its profile."""

    profile: Profile = Profile.THIRD_PARTY
    first_hour: time | None = None
    last_hour: time | None = None
    call_frequency: bool | None = None
    """Whether the limits on calls are asked at all."""
    calls_in_7_days: int | None = None
    pause_days: int | None = None
    consent_channels: frozenset[Channel] | None = None
    exports_a_day: int | None = None
    state_caps: tuple[tuple[str, Cap], ...] = ()
    """In place of those of the profile, state by state."""
    changes: int = 0
    """How often it was changed; part of the version that a decision names."""

    def changed(self, given: Mapping[str, Any], *, on: date) -> Self:
        """With these members set; `state_caps` are set one by one, None takes one back.

        `on` is the day whose rules are in effect. Raises BadContactPolicy.
        """
        values = dict(given)
        if "state_caps" in values:
            said: Mapping[str, CapChange | None] | None = values.pop("state_caps")
            in_effect = rules_on(on, replace(self, **values)).asks.state_caps
            kept = {} if said is None else dict(self.state_caps)
            for state, change in (said or {}).items():
                kept.pop(state, None)
                if change is not None:
                    kept[state] = change.of(in_effect.get(state))
            values["state_caps"] = tuple(sorted(kept.items(), key=lambda one: one[0]))
        made = replace(self, **values)
        if made.call_frequency is False and values.get("calls_in_7_days") is not None:
            raise BadContactPolicy("is not asked where callFrequency is false", "callsIn7Days")
        if made.call_frequency is False and values.get("pause_days"):
            raise BadContactPolicy("is not asked where callFrequency is false", "pauseDays")
        if made == self:
            return self
        made._check()
        return replace(made, changes=self.changes + 1)

    def _check(self) -> None:
        for profile in RULE_SETS[-1].profiles.values():
            first, last = self.first_hour or profile.first_hour, self.last_hour or profile.last_hour
            if first >= last:
                raise BadContactPolicy("hours must begin before they end", "hours")
        for state, _ in self.state_caps:
            if state not in STATE_ZONES:
                raise BadContactPolicy(f"{state} is no state", "stateCaps")

    @property
    def is_of_its_own(self) -> bool:
        return replace(self, changes=0, profile=Profile.THIRD_PARTY) != ContactPolicy()


class BadContactPolicy(Invalid):
    code = "bad_contact_policy"

    def __init__(self, why: str, field: str) -> None:
        super().__init__(why, field=f"contactPolicy.{field}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is in force for one company on one day."""

    version: str
    """Of the set, the profile, and how often a company changed parameters of its own."""
    profile: Profile
    asks: Parameters
    of: RuleSet

    def legal_notice(self, subject: str) -> LegalNotice:
        return self.of.legal_notices.get(subject) or LegalNotice()


def rules_on(
    day: date,
    policy: ContactPolicy,
    sets: Sequence[RuleSet] = RULE_SETS,
    *,
    cure_days: Mapping[str, int] | None = None,
) -> Rules:
    """`cure_days` are a company's own, state by state. Raises NoRules for a day before any."""
    in_force = [one for one in sets if one.effective_on <= day]
    if not in_force:
        raise NoRules(day)
    chosen = max(in_force, key=lambda one: one.effective_on)
    usual = chosen.profiles[policy.profile]
    calls, pause = usual.calls, usual.pause_days
    if policy.call_frequency is False:
        calls, pause = replace(calls, most=None), 0
    elif policy.call_frequency:
        strict = chosen.profiles[Profile.THIRD_PARTY]
        calls, pause = strict.calls, strict.pause_days
    if policy.calls_in_7_days is not None and policy.call_frequency is not False:
        calls = replace(calls, most=policy.calls_in_7_days)
    if policy.pause_days is not None and policy.call_frequency is not False:
        pause = policy.pause_days
    consent = policy.consent_channels
    exports = policy.exports_a_day
    asks = Parameters(
        first_hour=policy.first_hour or usual.first_hour,
        last_hour=policy.last_hour or usual.last_hour,
        calls=calls,
        pause_days=pause,
        consent_channels=usual.consent_channels if consent is None else consent,
        exports_a_day=usual.exports_a_day if exports is None else exports,
        state_caps={**usual.state_caps, **dict(policy.state_caps)},
    )
    version = f"{chosen.version}/{policy.profile}"
    if policy.is_of_its_own:
        version += f"+{policy.changes}"
    if cure_days is not None:
        notices = {
            subject: one if one.days_by_state is None else replace(one, days_by_state=cure_days)
            for subject, one in chosen.legal_notices.items()
        }
        chosen = replace(chosen, legal_notices=notices)
    return Rules(version=version, profile=policy.profile, asks=asks, of=chosen)


class NoRules(Invalid):
    code = "no_rules"

    def __init__(self, day: date) -> None:
        super().__init__(f"there are no rules for contacts on {day}")
