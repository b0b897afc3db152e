"""A channel that nobody has set up yet."""

from campaigns.domain.message import Message, PermanentFailure, Wording


class NotSetUp:
    repeats_safely = True

    def send(self, message: Message, wording: Wording) -> str:
        raise PermanentFailure("channel_not_set_up")
