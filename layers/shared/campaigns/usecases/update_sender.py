from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from campaigns.domain.sender import Sender
from campaigns.ports import Clock, SenderStore
from campaigns.usecases.create_sender import changed_sender


def update_sender(
    sender: Sender, changes: Mapping[str, Any], *, senders: SenderStore, now: Clock
) -> Sender:
    """Raises what creating one does, and ChangedMeanwhile."""
    return senders.move(replace(changed_sender(sender, changes), updated_at=now()))
