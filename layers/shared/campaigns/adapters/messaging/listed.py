"""Messages that somebody else prints or speaks: they go out as the lines of a file of the run."""

from campaigns.domain.message import Message, Wording


class Listed:
    """Sent is what the run's file will hold; it is written when all are settled."""

    repeats_safely = True

    def send(self, message: Message, wording: Wording) -> str:
        return f"listed-{message.id}"
