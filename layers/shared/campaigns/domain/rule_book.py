"""The rules of the contact guard as data, for whoever checks a decision without this service."""

from typing import Any

from campaigns.domain.guard import CONTACT_RULES, RULES


def rules_as_data() -> list[dict[str, Any]]:
    """Every rule in force; `none` stands where none of the others applied."""
    return [
        {"id": "none", "version": "2026-01"},
        *({"id": one.id, "version": one.version, "flag": one.flag.value} for one in RULES),
        *({"id": one.id, "version": one.version, "status": one.status} for one in CONTACT_RULES),
    ]
