from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from campaigns.domain.sender import Sender
from campaigns.ports import Clock, NewId, SenderStore
from campaigns.usecases.campaign_changes import check_external_id


def create_sender(
    company_id: str,
    fields: Mapping[str, Any],
    *,
    senders: SenderStore,
    new_id: NewId,
    now: Clock,
) -> Sender:
    """Raises UnknownSubject, ThemeMissing, SenderRefused, FieldRefused, ExternalIdTaken."""
    at = now()
    blank = Sender(
        id=new_id(), company_id=company_id, name="", subject="", created_at=at, updated_at=at
    )
    return senders.add(changed_sender(blank, fields))


def changed_sender(sender: Sender, changes: Mapping[str, Any]) -> Sender:
    """With these fields set; None clears."""
    required = {name: changes[name] or "" for name in ("name", "subject") if name in changes}
    made = replace(sender, **{**changes, **required})
    check_external_id(made.external_id)
    made.check()
    return made
