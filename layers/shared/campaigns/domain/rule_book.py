"""The rules of the contact guard as data, for whoever checks a decision without this service."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from typing import Any

from campaigns.domain.guard_rules import CITATIONS, RULE_SETS, Rules

NONE = "none"
"""Stands in a decision where none of the rules applied."""


def rules_as_data(rules: Rules) -> dict[str, Any]:
    """What is in force for one company on one day, in the order in which it is asked."""
    return {
        "version": rules.version,
        "profile": rules.profile.value,
        "parameters": _plain(rules.asks),
        "ruleSet": _plain(rules.of),
        "rules": [
            *({"id": id, "citation": citation} for id, citation in CITATIONS.items()),
            {"id": NONE, "citation": "none of the others applied"},
        ],
    }


def rule_sets_as_data() -> dict[str, Any]:
    """Every set there is, for a run that did not come so far as to go by one."""
    return {"ruleSets": [_plain(one) for one in RULE_SETS]}


def citation_of(rule_id: str) -> str | None:
    return CITATIONS.get(rule_id)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {_camel(one.name): _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(str(one) for one in value)
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
