"""What a result says: its fields, and what may have become of a contact."""

from collections.abc import Mapping
from enum import StrEnum

from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import Outcome


class ResultOutcome(StrEnum):
    """What may be told; some of it counts as the same."""

    ATTEMPTED = "attempted"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"
    CONVERSATION = "conversation"
    PROMISE = "promise"
    WRONG_NUMBER = "wrong_number"
    OPT_OUT = "opt_out"
    NOT_ATTEMPTED = "not_attempted"

    @property
    def counts_as(self) -> Outcome | None:
        """None: nobody was contacted."""
        if self is ResultOutcome.NOT_ATTEMPTED:
            return None
        same = self in (ResultOutcome.NO_ANSWER, ResultOutcome.BUSY)
        return Outcome.ATTEMPTED if same else Outcome(self)


RESULT_FIELDS: Mapping[str, str] = {
    "id": "Yours, of this result; told again under it, a result changes nothing.",
    "customerId": "The customer, by our id, in either form.",
    "customerExternalId": "The customer, by yours; one of the two is needed.",
    "accountId": "The account it was about, by our id.",
    "accountExternalId": "The account, by yours. Without one it counts for every debt.",
    "channel": "One of " + ", ".join(Channel) + ".",
    "address": "The telephone number or e-mail address that was used.",
    "at": "When, in RFC 3339.",
    "outcome": "One of " + ", ".join(ResultOutcome) + ".",
    "runId": "The run that it was reserved by, in either form.",
    "promiseAmount": "What was promised, with the outcome promise.",
    "promiseDate": "When it is to be paid, like 2026-03-09.",
    "text": "What the person said, or wrote: read for an opt-out in any wording, and not kept.",
    "campaignId": "The collection campaign that executionOutcome is about.",
    "executionOutcome": "completed or failed: how the customer's execution ended.",
}
