"""The contact guard at the instant of a send: what was allowed for the day is asked about anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import orjson

from campaigns.domain.channel import Channel
from campaigns.domain.company import Company
from campaigns.domain.customer import INACTIVE, ContactPoint, ContactType, Customer
from campaigns.domain.guard import Ruling, Verdict, send_at
from campaigns.domain.guard_rules import rules_on
from campaigns.domain.message import Message, MessageStatus
from campaigns.domain.notices import class_of, cure_days
from campaigns.domain.schedule import local_date_of
from campaigns.pipeline.rulings import Ask, rule_on
from campaigns.pipeline.send import Clearance
from campaigns.ports import Access, ContactLedger, People

_GONE = Clearance(MessageStatus.SUPPRESSED, "unknown_person")
_ADDRESS_GONE = Clearance(MessageStatus.SUPPRESSED, "address_gone")


@dataclass(frozen=True, slots=True)
class GuardAtSend:
    access: Access
    people: People
    ledger: ContactLedger

    def clear(self, messages: Sequence[Message], at: datetime) -> Mapping[str, Clearance]:
        """Of messages of one run. What may leave now is reserved. Raises ContactsBusy."""
        first = messages[0]
        company = self.access.company(first.company_id)
        people = self.people.customers(company.id, [one.person_id for one in messages])
        said: dict[str, Clearance] = {}
        by_subject: dict[str, list[tuple[Message, Ask]]] = {}
        for one in messages:
            person = people.get(one.person_id)
            contact = None if person is None else _contact(person, one)
            if person is None:
                said[one.id] = _GONE
            elif contact is None:
                said[one.id] = _ADDRESS_GONE
            else:
                ask = Ask(
                    person,
                    one.debt,
                    (contact,),
                    channel=one.channel,
                    due=date.fromisoformat(one.legal_due) if one.legal_due else None,
                )
                by_subject.setdefault(one.subject, []).append((one, ask))
        for subject, asks in by_subject.items():
            said |= self._ruled(company, subject, asks, at)
        return said

    def _ruled(
        self, company: Company, subject: str, asks: Sequence[tuple[Message, Ask]], at: datetime
    ) -> dict[str, Clearance]:
        first = asks[0][0]
        today = local_date_of(at, company.zone)
        occasion = send_at(
            at,
            rules=rules_on(today, company.contact_policy, cure_days=cure_days(company.cure_rules)),
            today=today,
            subject=subject,
            purpose=class_of(subject),
            run_id=first.run_id,
        )
        rulings = rule_on(
            [ask for _, ask in asks],
            occasion,
            ledger=self.ledger,
            company_id=company.id,
            campaign_id=first.campaign_id,
        )
        return {
            one.id: _clearance(ruling[0]) for (one, _), ruling in zip(asks, rulings, strict=True)
        }


def _contact(person: Customer, message: Message) -> ContactPoint | None:
    """The person's contact point as it is now; a letter goes where its row said."""
    known = person.at(message.channel.reaches, message.address)
    if known is None and message.channel is Channel.MAIL:
        return ContactPoint(type=ContactType.ADDRESS, value=message.address)
    return None if known is None or known.status == INACTIVE else known


def _clearance(ruling: Ruling) -> Clearance:
    decision = ruling.decision
    if ruling.allows:
        return Clearance(MessageStatus.QUEUED, rule_version=decision.rule_version)
    becomes, until = MessageStatus.SUPPRESSED, None
    if decision.verdict is Verdict.DEFER and decision.until is not None:
        becomes, until = MessageStatus.QUEUED, decision.until
    elif decision.verdict is not Verdict.SUPPRESS:
        # What is put off, nobody knows until when, waits for another run, like what is not known.
        is_held = decision.verdict is Verdict.HOLD
        becomes = MessageStatus.HELD if is_held else MessageStatus.DEFERRED
    return Clearance(
        becomes,
        decision.reason,
        until,
        decision.rule_version,
        decision.rule_id,
        orjson.dumps(decision.facts).decode(),
    )
