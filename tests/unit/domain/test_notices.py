"""Every subject's columns and row checks, each at its bounds."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.channel import Channel
from campaigns.domain.notices import (
    CURE_RULES,
    SUBJECTS,
    CureRule,
    Hold,
    HoldCode,
    NoticeClass,
    RowFacts,
    ThemeMissing,
    UnknownSubject,
    check_approved,
    check_row,
    check_theme,
    cure_rules,
    missing_columns,
    notice_of,
)
from campaigns.domain.variables import Amount, Variable, VariableType

TODAY = date(2026, 3, 2)


def day(offset: int) -> str:
    return (TODAY + timedelta(days=offset)).isoformat()


OVERDUE = {"overdueAmount": "412.50 USD", "daysOverdue": "17", "oldestDueDate": day(-17)}
CURE = {
    "creditorLegalName": "Northwind Lending LLC",
    "creditorAddress": "1 Main St\nSpringfield, MO 65801",
    "amountToCure": "412.50",
    "cureByDate": day(20),
    "state": "MO",
    "mailingAddress": "2 Side St\nSpringfield, MO 65801",
    "defaultDescription": "the payment of February 1 was not made",
    "coSignerIds": "",
}
WHOLE: Mapping[str, Mapping[str, str]] = {
    "paymentDueDateReminder": {"paymentDueDate": day(3), "paymentAmount": "412.50"},
    **{one: OVERDUE for one in SUBJECTS if one.startswith("loanOverdue")},
    "autopayPaymentReminder": {
        "paymentDate": day(3),
        "paymentAmount": "412.50",
        "paymentMethodType": "checking account",
        "paymentMethodLastFour": "0042",
    },
    "loginFirstPaymentReminder": {
        "firstPaymentDueDate": day(9),
        "firstPaymentAmount": "99",
        "loginUrl": "https://portal.example.com/login",
    },
    "autopayEnableReminder": {"autopaySetupUrl": "https://portal.example.com/autopay"},
    "autopayAmountChanged": {
        "paymentAmount": "120.00",
        "extraCharge": "20.00",
        "paymentDueDate": day(10),
    },
    "futurepayPaymentDueReminder": {
        "scheduledPaymentDate": day(1),
        "scheduledAmount": "50",
        "paymentMethodLastFour": "4242",
    },
    "loanRightToCurePersonalUnsecured": CURE,
    "cardExpiresReminder": {
        "cardBrand": "Visa",
        "cardLastFour": "4242",
        "cardExpMonth": "3",
        "cardExpYear": "2026",
    },
    "freeForm": {},
}
SENT = {one: TODAY - timedelta(days=90) for one in SUBJECTS}


def facts(**but: Any) -> RowFacts:
    return RowFacts(**{"today": TODAY, "sent": SENT, **but})


def held(subject: str, change: Mapping[str, Any], **but: Any) -> HoldCode | None:
    """Why a whole row with these changes is held; None if it is not."""
    row = {**WHOLE[subject], **change}
    verdict = check_row(notice_of(subject, field="x"), (), row, facts(**but))
    return verdict.code if isinstance(verdict, Hold) else None


def test_there_is_a_whole_row_for_every_subject() -> None:
    assert WHOLE.keys() == SUBJECTS.keys()


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_whole_row_is_good(subject: str) -> None:
    assert held(subject, {}) is None


NEEDED = [(one.subject, column.name) for one in SUBJECTS.values() for column in one.columns]


@pytest.mark.parametrize(("subject", "column"), NEEDED)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_column_without_a_value_holds_the_row(subject: str, column: str, value: Any) -> None:
    row = {**WHOLE[subject], column: value}
    verdict = check_row(SUBJECTS[subject], (), row, facts())
    assert isinstance(verdict, Hold)
    assert (verdict.code, verdict.column) == (HoldCode.MISSING_VALUE, column)


UNREADABLE = {
    VariableType.MONEY: ["much", "$5", "1,000.00", "1.005 USD", "5 XXX", "1.5 JPY", "NaN", "1e3"],
    VariableType.DATE: ["tomorrow", "03/05/2026", "2026-02-30", "2026-3-5", "2026-03-05T10:00:00"],
    VariableType.NUMBER: ["many", "1.5", "0x11", "1e3"],
    VariableType.LINK: ["http://example.com", "javascript:x", "example.com", "https://a b.com"],
    VariableType.LAST_FOUR: ["42", "42424", "424x", "٤٢٤٢"],
    VariableType.MONTH: ["0", "13", "March"],
    VariableType.YEAR: ["26", "1999", "2100"],
    VariableType.STATE: ["Missouri", "M", "M1"],
}
BAD = [
    (one.subject, column.name, value)
    for one in SUBJECTS.values()
    for column in one.columns
    for value in UNREADABLE.get(column.type, [])
]


@pytest.mark.parametrize(("subject", "column", "value"), BAD)
def test_a_value_that_cannot_be_read_holds_the_row_and_is_not_shown(
    subject: str, column: str, value: str
) -> None:
    verdict = check_row(SUBJECTS[subject], (), {**WHOLE[subject], column: value}, facts())
    assert isinstance(verdict, Hold)
    assert (verdict.code, verdict.column) == (HoldCode.BAD_VALUE, column)
    assert verdict.reason.startswith(column)
    if len(value) > 5:
        assert value not in verdict.reason


AMOUNTS = [
    (s, c)
    for s, c in NEEDED
    if (c, VariableType.MONEY) in {(v.name, v.type) for v in SUBJECTS[s].columns}
]


@pytest.mark.parametrize(("subject", "column"), AMOUNTS)
def test_an_amount_is_more_than_nothing(subject: str, column: str) -> None:
    assert held(subject, {column: "0.01"}) is None
    assert held(subject, {column: "0"}) is HoldCode.NOT_POSITIVE
    assert held(subject, {column: "-0.01 USD"}) is HoldCode.NOT_POSITIVE


@pytest.mark.parametrize(
    ("subject", "column"),
    [
        ("paymentDueDateReminder", "paymentDueDate"),
        ("loginFirstPaymentReminder", "firstPaymentDueDate"),
    ],
)
def test_a_date_may_be_today_and_not_before(subject: str, column: str) -> None:
    assert held(subject, {column: day(0)}) is None
    assert held(subject, {column: day(-1)}) is HoldCode.DATE_PASSED


@pytest.mark.parametrize(
    ("subject", "column"),
    [
        ("autopayPaymentReminder", "paymentDate"),
        ("futurepayPaymentDueReminder", "scheduledPaymentDate"),
    ],
)
def test_a_date_is_in_the_future(subject: str, column: str) -> None:
    assert held(subject, {column: day(1)}) is None
    assert held(subject, {column: day(0)}) is HoldCode.DATE_NOT_IN_FUTURE


OVERDUES = [one for one in SUBJECTS if one.startswith("loanOverdue")]


@pytest.mark.parametrize("subject", OVERDUES)
def test_an_overdue_notice_is_about_a_day_overdue_at_least(subject: str) -> None:
    assert held(subject, {"daysOverdue": "1"}) is None
    assert held(subject, {"daysOverdue": 17.0}) is None
    assert held(subject, {"daysOverdue": "0"}) is HoldCode.NOT_OVERDUE


@pytest.mark.parametrize(("previous", "subject"), list(pairwise(OVERDUES)))
def test_an_overdue_notice_follows_the_one_before(previous: str, subject: str) -> None:
    others = {one: TODAY for one in OVERDUES if one != previous}
    assert held(subject, {}, sent={previous: TODAY}) is None
    assert held(subject, {}, sent=others) is HoldCode.PREVIOUS_NOTICE_NOT_SENT
    assert held(subject, {}, sent={}) is HoldCode.PREVIOUS_NOTICE_NOT_SENT
    tomorrow = TODAY + timedelta(days=1)
    assert held(subject, {}, sent={previous: tomorrow}) is HoldCode.PREVIOUS_NOTICE_NOT_SENT
    assert held(subject, {}, sent=None) is HoldCode.HISTORY_UNKNOWN


def test_the_first_overdue_notice_follows_none() -> None:
    assert OVERDUES[0] == "loanOverdueFirstNotice"
    assert held("loanOverdueFirstNotice", {}, sent={}) is None
    assert held("loanOverdueFirstNotice", {}, sent=None) is None


def test_a_reminder_of_autopay_comes_once_in_sixty_days() -> None:
    def sent(days: int) -> dict[str, date]:
        return {"autopayEnableReminder": TODAY - timedelta(days=days)}

    assert held("autopayEnableReminder", {}, sent={}) is None
    assert held("autopayEnableReminder", {}, sent=sent(60)) is None
    assert held("autopayEnableReminder", {}, sent=sent(59)) is HoldCode.SENT_LATELY
    assert held("autopayEnableReminder", {}, sent=sent(0)) is HoldCode.SENT_LATELY
    assert held("autopayEnableReminder", {}, sent=None) is HoldCode.HISTORY_UNKNOWN


def test_a_changed_amount_is_told_ten_days_before_the_debit() -> None:
    assert held("autopayAmountChanged", {"paymentDueDate": day(10)}) is None
    assert held("autopayAmountChanged", {"paymentDueDate": day(9)}) is HoldCode.NOTICE_TOO_SHORT


TO_CURE = "loanRightToCurePersonalUnsecured"


@pytest.mark.parametrize(("state", "days"), [("MO", 20), ("WI", 15), ("wi", 15)])
def test_each_state_has_its_days_to_cure(state: str, days: int) -> None:
    assert held(TO_CURE, {"state": state, "cureByDate": day(days)}) is None
    short = {"state": state, "cureByDate": day(days - 1)}
    assert held(TO_CURE, short) is HoldCode.TIME_TO_CURE_TOO_SHORT


def test_a_state_without_rules_is_held_until_it_has_some() -> None:
    in_iowa = {"state": "IA", "cureByDate": day(20)}
    assert held(TO_CURE, in_iowa) is HoldCode.STATE_NOT_CONFIGURED
    own = cure_rules({"IA": CureRule(20)})
    assert held(TO_CURE, in_iowa, cure_rules=own) is None
    assert held(TO_CURE, {**in_iowa, "cureByDate": day(19)}, cure_rules=own) is (
        HoldCode.TIME_TO_CURE_TOO_SHORT
    )


def test_a_company_can_only_ask_for_more_than_the_rules_built_in() -> None:
    assert cure_rules({})["MO"] == CureRule(20, to_cosigners=True)
    assert cure_rules({"MO": CureRule(5)})["MO"] == CureRule(20, to_cosigners=True)
    assert cure_rules({"WI": CureRule(30, to_cosigners=True)})["WI"] == CureRule(30, True)
    assert set(CURE_RULES) == {"MO", "WI"}


def test_in_missouri_each_co_signer_is_sent_the_notice() -> None:
    named = {"coSignerIds": "100002; 100003"}
    assert held(TO_CURE, named, recipients={"100001", "100002", "100003"}) is None
    assert held(TO_CURE, named, recipients={"100001", "100002"}) is HoldCode.COSIGNER_LEFT_OUT
    assert held(TO_CURE, named) is HoldCode.COSIGNER_LEFT_OUT
    in_wisconsin = {"state": "WI", **named}
    assert held(TO_CURE, in_wisconsin) is None


def test_in_missouri_a_query_that_does_not_tell_of_co_signers_is_held() -> None:
    row = {name: value for name, value in CURE.items() if name != "coSignerIds"}
    verdict = check_row(SUBJECTS[TO_CURE], (), row, facts())
    assert isinstance(verdict, Hold)
    assert (verdict.code, verdict.column) == (HoldCode.MISSING_VALUE, "coSignerIds")


def test_a_notice_of_the_right_to_cure_needs_a_template_approved_for_the_state() -> None:
    row = {"state": "MO"}
    assert check_approved(SUBJECTS[TO_CURE], row, {"MO", "WI"}) is None
    refused = check_approved(SUBJECTS[TO_CURE], row, {"WI"})
    assert refused is not None
    assert refused.code is HoldCode.TEMPLATE_NOT_APPROVED
    assert check_approved(SUBJECTS["cardExpiresReminder"], {}, ()) is None


@pytest.mark.parametrize(
    ("month", "year", "code"),
    [
        ("12", "2020", None),
        ("2", "2026", None),
        ("3", "2026", None),
        ("4", "2026", None),
        ("5", "2026", HoldCode.CARD_NOT_EXPIRING),
        ("3", "2027", HoldCode.CARD_NOT_EXPIRING),
        ("12", "2099", HoldCode.CARD_NOT_EXPIRING),
    ],
)
def test_a_card_has_expired_or_will_within_sixty_days(
    month: str, year: str, code: HoldCode | None
) -> None:
    assert held("cardExpiresReminder", {"cardExpMonth": month, "cardExpYear": year}) is code


def test_a_card_is_good_to_the_last_day_of_its_month() -> None:
    april = {"cardExpMonth": "4", "cardExpYear": "2026"}
    assert held("cardExpiresReminder", april, today=date(2026, 3, 1)) is None
    assert held("cardExpiresReminder", april, today=date(2026, 2, 28)) is HoldCode.CARD_NOT_EXPIRING
    december = {"cardExpMonth": "12", "cardExpYear": "2026"}
    assert held("cardExpiresReminder", december, today=date(2026, 11, 1)) is None


# ── columns ──────────────────────────────────────────────────────────────────


def test_values_are_read_by_their_types() -> None:
    verdict = check_row(SUBJECTS["loanOverdueFirstNotice"], (), OVERDUE, facts())
    assert verdict == {
        "overdueAmount": Amount(Decimal("412.50"), "USD"),
        "daysOverdue": 17,
        "oldestDueDate": date(2026, 2, 13),
    }


def test_an_amount_without_a_currency_is_in_the_companys() -> None:
    row = WHOLE["paymentDueDateReminder"]
    verdict = check_row(SUBJECTS["paymentDueDateReminder"], (), row, facts(currency="SEK"))
    assert isinstance(verdict, dict)
    assert verdict["paymentAmount"] == Amount(Decimal("412.50"), "SEK")


def test_a_database_may_forget_the_case_of_letters() -> None:
    row = {name.lower(): value for name, value in OVERDUE.items()}
    assert isinstance(check_row(SUBJECTS["loanOverdueFirstNotice"], (), row, facts()), dict)
    columns = SUBJECTS["loanOverdueFirstNotice"].columns
    assert missing_columns(columns, ["OVERDUEAMOUNT", "daysOverdue"]) == ["oldestDueDate"]


def test_what_a_template_asks_for_beside_the_subject_is_needed_too() -> None:
    extra = [Variable("offer", VariableType.MONEY)]
    notice = notice_of("custom7", field="x")
    assert check_row(notice, extra, {"offer": "5"}, facts()) == {
        "offer": Amount(Decimal("5.00"), "USD")
    }
    verdict = check_row(notice, extra, {}, facts())
    assert isinstance(verdict, Hold)
    assert verdict.column == "offer"


# ── subjects ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("subject", ["freeForm", "custom1", "custom42", "custom9999"])
def test_a_subject_of_ones_own_needs_a_theme(subject: str) -> None:
    notice = notice_of(subject, field="interactionSubject")
    check_theme(notice, "spring", field="interactionTheme")
    for theme in (None, "", "  "):
        with pytest.raises(ThemeMissing) as refused:
            check_theme(notice, theme, field="interactionTheme")
        assert refused.value.field == "interactionTheme"


@pytest.mark.parametrize(
    "subject", ["", "custom", "custom0", "custom01", "custom10000", "customX", "Freeform", "x" * 99]
)
def test_an_unknown_subject_is_refused(subject: str) -> None:
    with pytest.raises(UnknownSubject) as refused:
        notice_of(subject, field="interactionSubject")
    assert refused.value.field == "interactionSubject"


def test_classes_and_channels_are_those_of_the_contract() -> None:
    kinds = {one.subject: one.kind for one in SUBJECTS.values()}
    collections = {one for one, kind in kinds.items() if kind is NoticeClass.COLLECTIONS}
    assert collections == set(OVERDUES)
    assert all(SUBJECTS[one].needs_opt_out for one in collections)
    legal = {one for one, kind in kinds.items() if kind is NoticeClass.LEGAL}
    assert legal == {"autopayAmountChanged", TO_CURE}
    assert kinds["autopayEnableReminder"] is NoticeClass.MARKETING
    assert SUBJECTS["loanOverdueSecondNotice"].channels == (Channel.EMAIL, Channel.TEXT)
    late = (Channel.EMAIL, Channel.TEXT, Channel.MAIL)
    assert SUBJECTS["loanOverdueThirdNotice"].channels == late
    assert SUBJECTS[TO_CURE].channels == (Channel.MAIL, Channel.EMAIL)


ROWS = st.dictionaries(
    st.sampled_from(sorted({column for _, column in NEEDED} | {"coSignerIds", "x"})),
    st.one_of(
        st.none(),
        st.integers(),
        st.floats(),
        st.text("0123456789-.: TUSDab/", max_size=12),
        st.booleans(),
    ),
    max_size=8,
)


@given(st.sampled_from(sorted(SUBJECTS)), ROWS, st.booleans())
def test_whatever_a_row_brings_it_is_good_or_held_with_a_reason(
    subject: str, row: dict[str, Any], known: bool
) -> None:
    whole = {**WHOLE[subject], **row}
    verdict = check_row(SUBJECTS[subject], (), whole, facts(sent=SENT if known else None))
    if isinstance(verdict, Hold):
        assert verdict.reason
    else:
        assert {one.name for one in SUBJECTS[subject].columns} <= verdict.keys()
