"""Change some fields of a customer who exists, and tell the timeline of flags, with the reason."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.customer import Customer, Flag
from campaigns.domain.people_rows import customer_of
from campaigns.domain.timeline import EntryKind, TimelineEntry
from campaigns.ports import Clock, People, Timeline
from campaigns.usecases.upsert_person import find_customer

_FLAGS_TOLD = UUID("5b1d6f1c-7a0e-5c55-9f0b-6d1f0a2f4c11")
_TRIES = 10


def update_customer(
    company_id: str,
    external_id: str,
    fields: Mapping[str, Any],
    reason: str | None,
    *,
    people: People,
    timeline: Timeline,
    now: Clock,
) -> Customer:
    """With these fields set; None clears one, and lifts a flag.

    Every flag that is named leaves an entry, whose id follows from the record and the flag: a
    request that was broken off between the two writes, and is sent again, adds what is missing.
    Raises CustomerNotFound, RowRefused, ChangedMeanwhile.
    """
    flags = {str(flag): bool(fields[flag]) for flag in Flag if flag in fields}
    row: dict[str, Any] = {**fields, **flags, "externalId": external_id}
    for _ in range(_TRIES):
        was = find_customer(company_id, external_id, people=people)
        made = customer_of(company_id, row, was, now=now())
        if made == was or not people.put_customers([made]):
            break
    else:
        raise ChangedMeanwhile(f"customer {external_id}")
    version = was.version if made == was else was.version + 1
    timeline.add(
        [
            TimelineEntry(
                id=str(uuid5(_FLAGS_TOLD, f"{made.id}:{version}:{flag}:{is_set}")),
                company_id=company_id,
                person_id=made.id,
                kind=EntryKind.FLAG,
                at=now(),
                details=_details(flag, is_set, reason),
            )
            for flag, is_set in flags.items()
        ]
    )
    return made


def _details(flag: str, is_set: bool, reason: str | None) -> dict[str, str]:
    told = {"flag": flag, "isSet": str(is_set).lower()}
    return told if reason is None else told | {"reason": reason}
