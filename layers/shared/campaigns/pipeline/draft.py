"""Messages are written: for each row that may be sent one, in each way that reaches the person.

A row is checked as its subject asks, its template chosen and filled in, and the guard asked, in
this order: nobody's limits are spent on what cannot be written. What is written leaves later; the
guard is asked again then.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.domain import public_id
from campaigns.domain.account import Account
from campaigns.domain.audience import ids_named
from campaigns.domain.channel import Channel
from campaigns.domain.company import Company
from campaigns.domain.customer import INACTIVE, ContactPoint, ContactType, Customer
from campaigns.domain.guard import Ruling, Verdict, list_for
from campaigns.domain.guard_rules import rules_on
from campaigns.domain.language import best_of, read_language
from campaigns.domain.message import Card, Wording, message_id
from campaigns.domain.notices import (
    Hold,
    NoticeClass,
    Row,
    RowFacts,
    check_approved,
    check_row,
    class_of,
    column_of,
    cure_rules,
    notice_of,
)
from campaigns.domain.run import CAMPAIGN_INPUT, Run, RunRef
from campaigns.domain.sending import ChosenTemplate, Parameters, Sending
from campaigns.domain.template import (
    Content,
    MissingVariable,
    RenderingFailed,
    Template,
    TemplateVersion,
    asked_columns,
)
from campaigns.pipeline.csv_lines import read_rows
from campaigns.pipeline.message import write_message
from campaigns.pipeline.policy import policy_of
from campaigns.pipeline.rulings import Ask, rule_on
from campaigns.pipeline.step_values import step_values
from campaigns.pipeline.writing import Writing
from campaigns.ports import ContactLedger, Json, People, RunFiles

FIXED = 3
"""Columns row, borrowerId, loanId, before those of the query."""
DUPLICATE = "duplicate"
"""Why a row is rejected whose person and debt another row of the run names, as they may be
written in several ways."""
_COSIGNERS = "coSignerIds"
_MAILING_ADDRESS = "mailingAddress"


@dataclass(frozen=True, slots=True)
class Left:
    """Why a row, or one of its channels, gets no message: a name of a count, a reason, more."""

    count: str
    reason: str
    detail: str = ""


_BY_WEIGHT = ("deferred", "suppressed", "rejected")
"""What a row counts as that is left out for several reasons: the one that may pass comes first."""


@dataclass(slots=True)
class Drafted:
    """Of one batch of rows."""

    messages: list[Json] = field(default_factory=list)
    """As small JSON, one for each message."""
    rulings: list[tuple[list[str], Ruling]] = field(default_factory=list)
    """With the rows that they are about."""
    reserved: list[str] = field(default_factory=list)
    """The ids of people of whom something was reserved."""
    left: dict[int, Left] = field(default_factory=dict)
    """By number, the rows without a message."""


@dataclass(slots=True)
class _Known:
    row: list[str]
    person: Customer
    account: Account | None
    debt: str
    values: Row
    given: Mapping[str, Any]
    why: list[Left] = field(default_factory=list)
    drafts: int = 0


class Drafter:
    def __init__(
        self,
        run: Run,
        sending: Sending,
        chunk: Json,
        columns: Sequence[str],
        *,
        people: People,
        ledger: ContactLedger,
        writing: Writing,
        files: RunFiles,
        reserves: bool,
    ) -> None:
        self._run = run
        self._sending = sending
        self._columns = [*chunk["ids"], *(name.removeprefix("query.") for name in columns)]
        self._people = people
        self._ledger = ledger
        self._writing = writing
        self._reserves = reserves
        self._company: Company = writing.access.company(run.company_id)
        self._zone = ZoneInfo(chunk["zone"])
        self._today = date.fromisoformat(chunk["day"])
        self._notice = None if sending.subject is None else notice_of(sending.subject, field="")
        self._occasion = list_for(
            self._today,
            chunk["zone"],
            rules=rules_on(self._today, policy_of(chunk["policy"]), cure_days=chunk["cureDays"]),
            at=datetime.fromisoformat(chunk["at"]),
            subject=sending.subject or "",
            purpose=class_of(sending.subject),
            run_id=run.id,
        )
        legal = self._occasion.purpose is NoticeClass.LEGAL
        self._due = self._occasion.rules.legal_notice(sending.subject or "").due if legal else None
        self._row_of: dict[tuple[str, str], str] = {}
        """By person and debt, the first row of the chunk that names them."""
        self._templates = {one: self._said(one) for one in sending.templates}
        self._recipients = self._recipients_by_loan(run.ref, files)

    def _said(self, chosen: ChosenTemplate) -> tuple[Template, TemplateVersion]:
        """Also of a template that was deleted since the run began."""
        store, company = self._writing.templates, self._run.company_id
        template = store.find(company, chosen.template_id)
        if template is None:
            template = store.get(company, chosen.template_id)
        version = store.said(template, chosen.version)
        if self._sending.parameters is not None:
            content = _with_parameters(version.content, self._sending.parameters)
            version = replace(version, content=content)
        return template, version

    def _recipients_by_loan(self, ref: RunRef, files: RunFiles) -> Mapping[str, frozenset[str]]:
        """Everybody whom the run writes to about each loan, where a subject has to know that."""
        if self._notice is None or _COSIGNERS not in {one.name for one in self._notice.optional}:
            return {}
        found: dict[str, set[str]] = {}
        with files.read(ref, CAMPAIGN_INPUT) as stream:
            records = read_rows(stream)
            next(records, None)
            for record in records:
                found.setdefault(record[2], set()).add(record[1])
        return {loan: frozenset(people) for loan, people in found.items()}

    # ── a batch ──────────────────────────────────────────────────────────────

    def batch(self, rows: Sequence[list[str]]) -> Drafted:
        out = Drafted()
        known = list(self._checked(rows, out))
        for channel in self._sending.channels:
            left = [one for one in known if not (self._sending.first_only and one.drafts)]
            self._draft(channel, left, out)
        for one in known:
            if not one.drafts:
                out.left[int(one.row[0])] = min(one.why, key=_weight)
        out.messages.sort(key=lambda draft: int(draft["row"]))
        return out

    def _checked(self, rows: Sequence[list[str]], out: Drafted) -> Iterator[_Known]:
        found = list(self._found(rows, out))
        about = [(one.person.id, one.debt) for one in found]
        last = (
            {} if self._notice is None else self._writing.notices.last(self._run.company_id, about)
        )
        for one in found:
            if self._notice is None:
                yield one
                continue
            sent = last.get((one.person.id, one.debt), {})
            facts = RowFacts(
                today=self._today,
                sent={name: at.astimezone(self._zone).date() for name, at in sent.items()},
                cure_rules=cure_rules(self._company.cure_rules),
                recipients=self._recipients.get(one.row[2], frozenset()),
                currency=self._company.brand.currency,
            )
            values = check_row(self._notice, (), one.given, facts)
            if isinstance(values, Hold):
                out.left[int(one.row[0])] = Left("rejected", values.code, values.reason)
            else:
                one.values = values
                yield one

    def _found(self, rows: Sequence[list[str]], out: Drafted) -> Iterator[_Known]:
        company = self._run.company_id
        ids = [ids_named(company, public_id.BORROWER, "customer", row[1]) for row in rows]
        loans = [ids_named(company, "LN", "account", row[2]) if row[2] else () for row in rows]
        people = self._people.customers(company, chain.from_iterable(ids))
        accounts = self._people.accounts(company, chain.from_iterable(loans)) if any(loans) else {}
        for row, names, loan in zip(rows, ids, loans, strict=True):
            person = next((people[id] for id in names if id in people), None)
            account = next((accounts[id] for id in loan if id in accounts), None)
            if person is None:
                out.left[int(row[0])] = Left("rejected", "unknown_person")
                continue
            if account is not None and account.customer_id != person.id:
                out.left[int(row[0])] = Left("rejected", "loan_of_another_person")
                continue
            debt = account.id if account is not None else (loan[-1] if loan else "")
            if self._row_of.setdefault((person.id, debt), row[0]) != row[0]:
                out.left[int(row[0])] = Left("rejected", DUPLICATE)
            else:
                given = dict(zip(self._columns, row[1:], strict=True))
                if self._run.step_id is not None:
                    given |= step_values(account, self._today)
                yield _Known(row, person, account, debt, {}, given)

    # ── one way of reaching people ───────────────────────────────────────────

    def _draft(self, channel: Channel, known: Sequence[_Known], out: Drafted) -> None:
        written = [
            (one, draft) for one in known if (draft := self._written(channel, one)) is not None
        ]
        rulings = rule_on(
            [ask for _, (ask, _) in written],
            self._occasion,
            ledger=self._ledger,
            company_id=self._run.company_id,
            campaign_id=self._run.campaign_id,
            reserves=self._reserves,
        )
        for (one, (_, made)), said in zip(written, rulings, strict=True):
            if not said:
                one.why.append(Left("rejected", DUPLICATE))
                continue
            out.rulings += [(one.row, ruling) for ruling in said]
            allowed = next((ruling for ruling in said if ruling.allows), None)
            if allowed is None:
                one.why.append(_refusal(said))
                continue
            one.drafts += 1
            out.reserved.append(one.person.id)
            out.messages.append({**made, "address": allowed.contact.value})

    def _written(self, channel: Channel, one: _Known) -> tuple[Ask, Json] | None:
        """What to ask the guard, and the message but for its address; None if there is none."""
        chosen = self._chosen(channel, one.person)
        contacts = _contacts(one.person, channel, one.given)
        if chosen is None:
            one.why.append(Left("rejected", "no_template", f"for {channel} in their language"))
            return None
        if not contacts:
            one.why.append(Left("rejected", f"no_{channel.reaches}"))
            return None
        template, version = self._templates[chosen]
        values = self._values(one, template, version)
        if isinstance(values, Left):
            one.why.append(values)
            return None
        try:
            message = write_message(
                template,
                version,
                values,
                person=one.person,
                company=self._company,
                today=self._today,
                renderer=self._writing.renderer,
            )
        except (MissingVariable, RenderingFailed) as failed:
            one.why.append(Left("rejected", failed.code, f"{channel}: {failed}"))
            return None
        due = values.get(self._due) if self._due is not None else None
        ask = Ask(
            one.person,
            one.debt,
            contacts,
            channel=channel,
            most=1,
            due=due if isinstance(due, date) else None,
            row=int(one.row[0]),
        )
        wording = wording_from(message.content, template, self._sending.parameters)
        return ask, {
            "id": message_id(self._run.id, one.person.id, one.debt, channel),
            "row": int(one.row[0]),
            "borrower": one.row[1],
            "loan": one.row[2],
            "person": one.person.id,
            "debt": one.debt,
            "channel": channel.value,
            "template": template.id,
            "version": version.number,
            "language": template.language,
            "due": ask.due.isoformat() if ask.due else "",
            "wording": asdict(wording),
        }

    def _chosen(self, channel: Channel, person: Customer) -> ChosenTemplate | None:
        """In the person's language, else in the company's."""
        by_language = self._sending.by(channel)
        theirs = read_language(person.language)
        found = best_of(by_language, theirs, self._company.brand.language)
        if found is None and self._sending.subject is None:
            # Of an agency's campaign there is one template, and its language is its own.
            found = next(iter(by_language), None)
        return None if found is None else by_language[found]

    def _values(self, one: _Known, template: Template, version: TemplateVersion) -> Row | Left:
        if self._notice is None:
            return {}
        extra = asked_columns(self._notice, [version])
        values = one.values
        if extra:
            facts = RowFacts(today=self._today, currency=self._company.brand.currency)
            bare = replace(self._notice, columns=(), optional=(), checks=())
            more = check_row(bare, extra, one.given, facts)
            if isinstance(more, Hold):
                return Left("rejected", more.code, f"{template.channel}: {more.reason}")
            values = {**values, **more}
        hold = check_approved(self._notice, values, version.approved_states)
        return values if hold is None else Left("rejected", hold.code, hold.reason)


def _contacts(
    person: Customer, channel: Channel, given: Mapping[str, Any]
) -> tuple[ContactPoint, ...]:
    """Where the person may be reached, best first."""
    if channel is Channel.MAIL and (column := column_of(_MAILING_ADDRESS, given)) is not None:
        address = str(given[column] or "").strip()
        # An address that the query brings is the one that the notice has to go to.
        if not address:
            return ()
        new = ContactPoint(type=ContactType.ADDRESS, value=address)
        return (person.at(ContactType.ADDRESS, address) or new,)
    found = [
        one for one in person.contacts if one.type is channel.reaches and one.status != INACTIVE
    ]
    if channel in (Channel.TEXT, Channel.WHATSAPP):
        found.sort(key=lambda one: one.label != "mobile")
    return tuple(found)


def _refusal(said: Sequence[Ruling]) -> Left:
    by_verdict = {one.decision.verdict: one.decision for one in reversed(said)}
    later = by_verdict.get(Verdict.DEFER) or by_verdict.get(Verdict.HOLD)
    if later is not None:
        return Left("deferred", later.reason)
    return Left("suppressed", said[0].decision.reason)


def _weight(left: Left) -> int:
    return _BY_WEIGHT.index(left.count)


def _with_parameters(content: Content, parameters: Parameters) -> Content:
    return replace(
        content,
        header=parameters.header,
        body=parameters.body,
        cards=tuple(one.body for one in parameters.cards),
    )


def wording_from(
    content: Content, template: Template, parameters: Parameters | None = None
) -> Wording:
    images = [one.image_url for one in parameters.cards] if parameters else []
    images += [""] * (len(content.cards) - len(images))
    return Wording(
        subject=content.subject or "",
        text=content.text or content.script or "",
        html=content.html or "",
        template_name=template.template_name or "",
        header=content.header,
        image_url=parameters.image_url if parameters else "",
        body=content.body,
        cards=tuple(
            Card(image_url=image, body=body)
            for image, body in zip(images, content.cards, strict=True)
        ),
    )


def wording_of(told: Json) -> Wording:
    """Out of what a draft says."""
    return Wording(
        **{
            **told,
            "header": tuple(told["header"]),
            "body": tuple(told["body"]),
            "cards": tuple(
                Card(image_url=one["image_url"], body=tuple(one["body"])) for one in told["cards"]
            ),
        }
    )
