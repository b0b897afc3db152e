"""An account: one debt. The collections API calls it an invoice, the borrower API a loan."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self

from campaigns.domain.errors import NotFound

PENDING_COLLECTION, SETTLED = "PENDING_COLLECTION", "SETTLED"
"""Statuses that the service gives; a lender's own may be any text."""


class AccountKind(StrEnum):
    INVOICE = "invoice"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: str
    company_id: str
    external_id: str
    customer_id: str
    number: str = ""
    kind: AccountKind = AccountKind.INVOICE
    status: str = "active"
    principal_balance: Decimal | None = None
    amount_past_due: Decimal | None = None
    days_past_due: int | None = None
    next_due_on: date | None = None
    opened_on: date | None = None
    settled_at: datetime | None = None
    """When it was paid in full; nobody is contacted about it any more."""
    version: int = field(default=0, compare=False)
    """Of the record it was read from, 0 for one never kept; two may be equal apart from it."""

    def days_past_due_on(self, today: date) -> int | None:
        """As the lender counts them, else since the due date, which itself is not past due."""
        if self.days_past_due is not None or self.next_due_on is None:
            return self.days_past_due
        return max((today - self.next_due_on).days, 0)

    def settled(self, at: datetime) -> Self:
        return replace(self, status=SETTLED, settled_at=self.settled_at or at)

    def awaiting_collection(self) -> Self:
        return replace(self, status=PENDING_COLLECTION)


class AccountNotFound(NotFound):
    code = "account_not_found"

    def __init__(self, account_id: str) -> None:
        super().__init__(f"account {account_id} does not exist")
