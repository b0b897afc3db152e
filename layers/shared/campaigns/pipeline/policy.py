"""A company's contact policy, as small JSON that a run carries from its screening to its chunks."""

from datetime import time
from typing import Any

from campaigns.domain.channel import Channel
from campaigns.domain.guard_rules import Cap, ContactPolicy, Profile
from campaigns.ports import Json


def policy_told(policy: ContactPolicy) -> Json:
    """Only what was chosen."""
    told: Json = {"profile": policy.profile.value, "changes": policy.changes}
    for name in _TIMES:
        if (at := getattr(policy, name)) is not None:
            told[name] = at.isoformat()
    for name in _PLAIN:
        if (value := getattr(policy, name)) is not None:
            told[name] = value
    if policy.consent_channels is not None:
        told["consent_channels"] = sorted(policy.consent_channels)
    if policy.state_caps:
        told["state_caps"] = {state: _cap_told(cap) for state, cap in policy.state_caps}
    return told


def policy_of(told: Json) -> ContactPolicy:
    given: dict[str, Any] = {name: told[name] for name in (*_PLAIN, "changes") if name in told}
    given |= {name: time.fromisoformat(told[name]) for name in _TIMES if name in told}
    if "consent_channels" in told:
        given["consent_channels"] = frozenset(map(Channel, told["consent_channels"]))
    caps = told.get("state_caps", {})
    given["state_caps"] = tuple((state, _cap_of(cap)) for state, cap in sorted(caps.items()))
    return ContactPolicy(profile=Profile(told["profile"]), **given)


_TIMES = ("first_hour", "last_hour")
_PLAIN = ("call_frequency", "calls_in_7_days", "pause_days", "exports_a_day")


def _cap_told(cap: Cap) -> Json:
    return {"most": cap.most, "days": cap.days, "channels": sorted(cap.channels)}


def _cap_of(told: Json) -> Cap:
    channels = frozenset(map(Channel, told["channels"]))
    return Cap(most=told["most"], days=told["days"], channels=channels)
