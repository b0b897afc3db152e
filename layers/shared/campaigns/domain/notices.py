"""The subjects of notices: what each needs to know of a row, and when it must not go out.

Every check is a pure function of the row, the day and what was sent before. What it needs to know
and does not holds the row. This is engineering, not legal advice.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from campaigns.domain.channel import Channel
from campaigns.domain.errors import Invalid
from campaigns.domain.variables import (
    Amount,
    Misread,
    Value,
    Variable,
    VariableType,
    is_blank,
    read_value,
)


class NoticeClass(StrEnum):
    """What the contact guard asks of it."""

    COLLECTIONS = "collections"
    SERVICING = "servicing"
    MARKETING = "marketing"
    """Honours an opt-out from marketing."""
    LEGAL = "legalNotice"
    """Not dropped by limits on how often a person is contacted."""


@dataclass(frozen=True, slots=True)
class CureRule:
    """What a state asks of a notice of the right to cure."""

    days: int
    """From the day it is mailed to the last day to cure, at least."""
    to_cosigners: bool = False
    """Whether each co-signer has to be sent one, too."""


CURE_RULES: Mapping[str, CureRule] = {
    "MO": CureRule(days=20, to_cosigners=True),
    "WI": CureRule(days=15),
}
"""Those built in. A company may add states, and ask for more than these ask."""


def cure_rules(own: Mapping[str, CureRule]) -> Mapping[str, CureRule]:
    """The built-in rules with a company's own, which can only be stricter."""
    merged = dict(CURE_RULES)
    for state, rule in own.items():
        known = merged.get(state, CureRule(days=1))
        merged[state] = CureRule(
            max(rule.days, known.days), rule.to_cosigners or known.to_cosigners
        )
    return merged


def cure_days(own: Mapping[str, CureRule]) -> Mapping[str, int]:
    """How long a right to cure is, state by state, with a company's own."""
    return {state: one.days for state, one in cure_rules(own).items()}


class HoldCode(StrEnum):
    """Why a row is held. These never change."""

    MISSING_VALUE = "missing_value"
    BAD_VALUE = "bad_value"
    NOT_POSITIVE = "not_positive"
    DATE_PASSED = "date_passed"
    DATE_NOT_IN_FUTURE = "date_not_in_future"
    NOT_OVERDUE = "not_overdue"
    HISTORY_UNKNOWN = "history_unknown"
    PREVIOUS_NOTICE_NOT_SENT = "previous_notice_not_sent"
    SENT_LATELY = "sent_lately"
    NOTICE_TOO_SHORT = "notice_too_short"
    STATE_NOT_CONFIGURED = "state_not_configured"
    TIME_TO_CURE_TOO_SHORT = "time_to_cure_too_short"
    COSIGNER_LEFT_OUT = "cosigner_left_out"
    TEMPLATE_NOT_APPROVED = "template_not_approved"
    CARD_NOT_EXPIRING = "card_not_expiring"


@dataclass(frozen=True, slots=True)
class Hold:
    """`column` is what the reason is about; the reason never shows a row's values."""

    code: HoldCode
    column: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """What a row does not say itself."""

    today: date
    """At the company. A notice is mailed on the day of its run."""
    sent: Mapping[str, date] | None = None
    """When each subject was last sent to this person about this loan; None: not known."""
    cure_rules: Mapping[str, CureRule] = field(default_factory=lambda: CURE_RULES)
    recipients: Collection[str] = ()
    """The ids of everybody whom this run writes to about this loan, as the query names them."""
    currency: str = "USD"
    """Of amounts that name none."""


Row = Mapping[str, Value]
Check = Callable[[Row, RowFacts], Hold | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    subject: str
    kind: NoticeClass | None
    """None: as whoever sends it says."""
    columns: tuple[Variable, ...] = ()
    """The query has to bring these, and a value in each of them."""
    optional: tuple[Variable, ...] = ()
    """Read if the query brings them; may be blank."""
    channels: tuple[Channel, ...] = ()
    """Usual ones, first choice first."""
    checks: tuple[Check, ...] = ()
    needs_theme: bool = False
    state_column: str | None = None
    """Its template has to be approved for the state that this column names."""

    @property
    def needs_opt_out(self) -> bool:
        """Whether each electronic message says how to ask for no more."""
        return self.kind is NoticeClass.COLLECTIONS


# ── checks of a row ──────────────────────────────────────────────────────────


def _positive(column: str) -> Check:
    def check(row: Row, _: RowFacts) -> Hold | None:
        value = row[column]
        if isinstance(value, Amount) and value.value > 0:
            return None
        return Hold(HoldCode.NOT_POSITIVE, column, f"{column} has to be more than 0")

    return check


def _not_passed(column: str) -> Check:
    def check(row: Row, facts: RowFacts) -> Hold | None:
        if _day(row, column) >= facts.today:
            return None
        return Hold(HoldCode.DATE_PASSED, column, f"{column} has passed")

    return check


def _in_future(column: str) -> Check:
    def check(row: Row, facts: RowFacts) -> Hold | None:
        if _day(row, column) > facts.today:
            return None
        return Hold(HoldCode.DATE_NOT_IN_FUTURE, column, f"{column} is not in the future")

    return check


def _overdue(row: Row, _: RowFacts) -> Hold | None:
    if int(str(row["daysOverdue"])) > 0:
        return None
    return Hold(HoldCode.NOT_OVERDUE, "daysOverdue", "daysOverdue has to be more than 0")


def _after(previous: str) -> Check:
    def check(_: Row, facts: RowFacts) -> Hold | None:
        if facts.sent is None:
            return _unknown_history(previous)
        if previous in facts.sent and facts.sent[previous] <= facts.today:
            return None
        reason = f"{previous} was not sent to this person about this loan before"
        return Hold(HoldCode.PREVIOUS_NOTICE_NOT_SENT, "loanId", reason)

    return check


def _once_in(days: int, subject: str) -> Check:
    def check(_: Row, facts: RowFacts) -> Hold | None:
        if facts.sent is None:
            return _unknown_history(subject)
        last = facts.sent.get(subject)
        if last is None or facts.today - last >= timedelta(days=days):
            return None
        reason = f"{subject} was sent within the last {days} days"
        return Hold(HoldCode.SENT_LATELY, "borrowerId", reason)

    return check


def _unknown_history(subject: str) -> Hold:
    reason = f"it is not known whether {subject} was sent before"
    return Hold(HoldCode.HISTORY_UNKNOWN, "borrowerId", reason)


def _days_before(column: str, days: int) -> Check:
    def check(row: Row, facts: RowFacts) -> Hold | None:
        if _day(row, column) - facts.today >= timedelta(days=days):
            return None
        reason = f"{column} has to be at least {days} days away"
        return Hold(HoldCode.NOTICE_TOO_SHORT, column, reason)

    return check


def _cure(row: Row, facts: RowFacts) -> Hold | None:
    state = str(row["state"])
    rule = facts.cure_rules.get(state)
    if rule is None:
        reason = f"no rules of a right to cure are configured for {state}"
        return Hold(HoldCode.STATE_NOT_CONFIGURED, "state", reason)
    if _day(row, "cureByDate") - facts.today < timedelta(days=rule.days):
        reason = f"cureByDate has to be at least {rule.days} days away in {state}"
        return Hold(HoldCode.TIME_TO_CURE_TOO_SHORT, "cureByDate", reason)
    if not rule.to_cosigners:
        return None
    named = row.get("coSignerIds")
    if named is None:
        reason = f"in {state} the query has to name the co-signers of each loan, or none"
        return Hold(HoldCode.MISSING_VALUE, "coSignerIds", reason)
    cosigners = [one for one in re.split(r"[;,\s]+", str(named)) if one]
    if all(one in facts.recipients for one in cosigners):
        return None
    reason = f"in {state} each co-signer has to be sent the notice, and not all are in this run"
    return Hold(HoldCode.COSIGNER_LEFT_OUT, "coSignerIds", reason)


def _card_expires(row: Row, facts: RowFacts) -> Hold | None:
    year, month = int(str(row["cardExpYear"])), int(str(row["cardExpMonth"]))
    after = date(year + month // 12, month % 12 + 1, 1)
    if after - timedelta(days=1) - facts.today <= timedelta(days=60):
        return None
    reason = "the card is good for more than 60 days"
    return Hold(HoldCode.CARD_NOT_EXPIRING, "cardExpMonth", reason)


def _day(row: Row, column: str) -> date:
    value = row[column]
    assert isinstance(value, date)
    return value


# ── the subjects ─────────────────────────────────────────────────────────────

_MONEY, _DATE, _NUMBER = VariableType.MONEY, VariableType.DATE, VariableType.NUMBER
_TEXT, _LINK, _FOUR = VariableType.TEXT, VariableType.LINK, VariableType.LAST_FOUR


def _columns(**types: VariableType) -> tuple[Variable, ...]:
    return tuple(Variable(name, type) for name, type in types.items())


_NUMBERS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth")


def _overdue_notice(place: int) -> Notice:
    late = (Channel.MAIL,) if place >= 2 else ()
    previous = (_after(f"loanOverdue{_NUMBERS[place - 1]}Notice"),) if place else ()
    return Notice(
        subject=f"loanOverdue{_NUMBERS[place]}Notice",
        kind=NoticeClass.COLLECTIONS,
        columns=_columns(overdueAmount=_MONEY, daysOverdue=_NUMBER, oldestDueDate=_DATE),
        channels=(Channel.EMAIL, Channel.TEXT, *late),
        checks=(_positive("overdueAmount"), _overdue, *previous),
    )


_ALL = (
    Notice(
        subject="paymentDueDateReminder",
        kind=NoticeClass.SERVICING,
        columns=_columns(paymentDueDate=_DATE, paymentAmount=_MONEY),
        channels=(Channel.EMAIL, Channel.TEXT),
        checks=(_not_passed("paymentDueDate"), _positive("paymentAmount")),
    ),
    *(_overdue_notice(place) for place in range(len(_NUMBERS))),
    Notice(
        subject="autopayPaymentReminder",
        kind=NoticeClass.SERVICING,
        columns=_columns(
            paymentDate=_DATE,
            paymentAmount=_MONEY,
            paymentMethodType=_TEXT,
            paymentMethodLastFour=_FOUR,
        ),
        channels=(Channel.EMAIL,),
        checks=(_in_future("paymentDate"), _positive("paymentAmount")),
    ),
    Notice(
        subject="loginFirstPaymentReminder",
        kind=NoticeClass.SERVICING,
        columns=_columns(firstPaymentDueDate=_DATE, firstPaymentAmount=_MONEY, loginUrl=_LINK),
        channels=(Channel.EMAIL, Channel.TEXT),
        checks=(_not_passed("firstPaymentDueDate"), _positive("firstPaymentAmount")),
    ),
    Notice(
        subject="autopayEnableReminder",
        kind=NoticeClass.MARKETING,
        columns=_columns(autopaySetupUrl=_LINK),
        channels=(Channel.EMAIL,),
        checks=(_once_in(60, "autopayEnableReminder"),),
    ),
    Notice(
        subject="autopayAmountChanged",
        kind=NoticeClass.LEGAL,
        columns=_columns(paymentAmount=_MONEY, extraCharge=_MONEY, paymentDueDate=_DATE),
        channels=(Channel.EMAIL, Channel.MAIL),
        checks=(
            _positive("paymentAmount"),
            _positive("extraCharge"),
            _days_before("paymentDueDate", 10),
        ),
    ),
    Notice(
        subject="futurepayPaymentDueReminder",
        kind=NoticeClass.SERVICING,
        columns=_columns(
            scheduledPaymentDate=_DATE, scheduledAmount=_MONEY, paymentMethodLastFour=_FOUR
        ),
        channels=(Channel.EMAIL,),
        checks=(_in_future("scheduledPaymentDate"), _positive("scheduledAmount")),
    ),
    Notice(
        subject="loanRightToCurePersonalUnsecured",
        kind=NoticeClass.LEGAL,
        columns=_columns(
            creditorLegalName=_TEXT,
            creditorAddress=_TEXT,
            amountToCure=_MONEY,
            cureByDate=_DATE,
            state=VariableType.STATE,
            mailingAddress=_TEXT,
            defaultDescription=_TEXT,
        ),
        optional=_columns(coSignerIds=_TEXT),
        channels=(Channel.MAIL, Channel.EMAIL),
        checks=(_positive("amountToCure"), _cure),
        state_column="state",
    ),
    Notice(
        subject="cardExpiresReminder",
        kind=NoticeClass.SERVICING,
        columns=_columns(
            cardBrand=_TEXT,
            cardLastFour=_FOUR,
            cardExpMonth=VariableType.MONTH,
            cardExpYear=VariableType.YEAR,
        ),
        channels=(Channel.EMAIL,),
        checks=(_card_expires,),
    ),
    Notice(subject="freeForm", kind=None, needs_theme=True),
)
SUBJECTS: Mapping[str, Notice] = {one.subject: one for one in _ALL}
_CUSTOM = re.compile(r"custom[1-9][0-9]{0,3}")


def notice_of(subject: str, *, field: str) -> Notice:
    """Raises UnknownSubject."""
    if subject in SUBJECTS:
        return SUBJECTS[subject]
    if _CUSTOM.fullmatch(subject):
        return Notice(subject=subject, kind=None, needs_theme=True)
    raise UnknownSubject(subject, field=field)


def check_theme(notice: Notice, theme: str | None, *, field: str) -> None:
    """Raises ThemeMissing."""
    if notice.needs_theme and not (theme or "").strip():
        raise ThemeMissing(notice.subject, field=field)


# ── a query's columns and rows ───────────────────────────────────────────────


def column_of(name: str, seen: Iterable[str]) -> str | None:
    """What the query calls a column; some databases forget the case of letters."""
    found = list(seen)
    if name in found:
        return name
    return next((one for one in found if one.strip().lower() == name.lower()), None)


def missing_columns(wanted: Iterable[Variable], seen: Sequence[str]) -> list[str]:
    """Those without which no row can be sent."""
    return [one.name for one in wanted if column_of(one.name, seen) is None]


def check_row(
    notice: Notice, extra: Iterable[Variable], row: Mapping[str, Any], facts: RowFacts
) -> dict[str, Value] | Hold:
    """The row's values, or why it is held. `extra` are the columns that a template asks for."""
    known = {one.name for one in notice.columns}
    values: dict[str, Value] = {}
    for wanted in (*notice.columns, *(one for one in extra if one.name not in known)):
        column = column_of(wanted.name, row)
        given = None if column is None else row[column]
        if is_blank(given):
            return Hold(HoldCode.MISSING_VALUE, wanted.name, f"{wanted.name} is missing")
        try:
            values[wanted.name] = read_value(given, wanted.type, currency=facts.currency)
        except Misread as wrong:
            return Hold(HoldCode.BAD_VALUE, wanted.name, f"{wanted.name} {wrong}")
    for offered in notice.optional:
        column = column_of(offered.name, row)
        if column is not None:
            given = row[column]
            values[offered.name] = "" if given is None else str(given).strip()
    holds = (check(values, facts) for check in notice.checks)
    return next((hold for hold in holds if hold is not None), values)


def check_approved(notice: Notice, row: Row, approved: Collection[str]) -> Hold | None:
    """Whether the template may be used for the row's state, if the subject asks for that."""
    if notice.state_column is None or row[notice.state_column] in approved:
        return None
    reason = f"the template is not approved for {row[notice.state_column]}"
    return Hold(HoldCode.TEMPLATE_NOT_APPROVED, notice.state_column, reason)


def class_of(subject: str | None) -> NoticeClass:
    """What is not known to be anything else is collecting, which every rule is for."""
    known = SUBJECTS.get(subject or "")
    return NoticeClass.COLLECTIONS if known is None or known.kind is None else known.kind


class UnknownSubject(Invalid):
    code = "unknown_subject"

    def __init__(self, subject: str, *, field: str) -> None:
        known = ", ".join(SUBJECTS)
        super().__init__(
            f"{subject[:64]!r} is no subject; known are {known} and custom1, custom2 …", field=field
        )


class ThemeMissing(Invalid):
    code = "theme_missing"

    def __init__(self, subject: str, *, field: str) -> None:
        super().__init__(f"{subject} needs a theme", field=field)
