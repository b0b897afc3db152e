"""Messages that reach nobody, for test data and for the embedded stack."""

from typing import Protocol

from campaigns.domain.message import Message, Wording


class Shelf(Protocol):
    def put(self, message: Message, wording: Wording) -> None: ...


class ToOutbox:
    repeats_safely = True

    def __init__(self, outbox: Shelf) -> None:
        self._outbox = outbox

    def send(self, message: Message, wording: Wording) -> str:
        self._outbox.put(message, wording)
        return f"outbox-{message.id}"
