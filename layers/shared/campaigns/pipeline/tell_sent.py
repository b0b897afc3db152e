"""The ledger, the timeline and the history of notices hear of what people may have had.

All of it may be told again and says nothing new then: an attempt has the id of its message, and so
has its entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.domain.channel import Channel
from campaigns.domain.contact_history import KEPT, Attempt, ContactHistory
from campaigns.domain.errors import Unavailable
from campaigns.domain.message import Message, MessageStatus
from campaigns.domain.timeline import EntryKind, TimelineEntry
from campaigns.ports import Clock, ContactLedger, Notices, Timeline

_TRIES = 12


class LedgerBusy(Unavailable):
    code = "ledger_busy"

    def __init__(self) -> None:
        super().__init__("the people keep being changed by others; try again")


@dataclass(frozen=True, slots=True)
class SentTeller:
    ledger: ContactLedger
    timeline: Timeline
    notices: Notices
    now: Clock

    def tell(self, messages: Sequence[Message]) -> None:
        """Of what people may have had; all of one company. Raises LedgerBusy."""
        company = messages[0].company_id
        by_person: dict[str, list[Message]] = {}
        for one in messages:
            by_person.setdefault(one.person_id, []).append(one)
        left = list(by_person)
        for _ in range(_TRIES):
            histories = self.ledger.histories(company, left)
            changed = []
            for id in left:
                was = histories.get(id) or ContactHistory(company_id=company, person_id=id)
                made = _attempted(was, by_person[id], self.now)
                if made != was:
                    changed.append(made)
            left = sorted(self.ledger.write(changed)) if changed else []
            if not left:
                break
        else:
            raise LedgerBusy
        self.notices.sent([one for one in messages if one.subject])
        self.timeline.add([_entry(one) for one in messages])


def _attempted(history: ContactHistory, messages: Sequence[Message], now: Clock) -> ContactHistory:
    at = now()
    for one in messages:
        gone_at = one.sent_at or one.updated_at
        if gone_at > at - KEPT:
            attempt = Attempt(
                id=one.id,
                at=gone_at,
                channel=one.channel,
                debt=one.debt,
                run_id=one.run_id,
            )
            history = history.attempted(attempt, at=at)
    return history


def _entry(message: Message) -> TimelineEntry:
    doubtful = message.status is MessageStatus.IN_DOUBT
    details = {"messageId": message.id, "template": message.template_id}
    details["templateVersion"] = str(message.template_version)
    if message.subject:
        details["subject"] = message.subject
    return TimelineEntry(
        id=message.id,
        company_id=message.company_id,
        person_id=message.person_id,
        kind=EntryKind.ATTEMPT,
        at=message.sent_at or message.updated_at,
        channel=message.channel,
        # A letter's address is long, and stands in the run's file.
        address=None if message.channel is Channel.MAIL else message.address,
        account_id=message.debt or None,
        campaign_id=message.campaign_id,
        run_id=message.run_id,
        outcome="in_doubt" if doubtful else "sent",
        details=details,
    )
