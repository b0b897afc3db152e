"""An account: one debt. The collections API calls it an invoice, the borrower API a loan."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from campaigns.domain.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: str
    company_id: str
    external_id: str
    customer_id: str
    number: str = ""
    status: str = "active"
    principal_balance: Decimal | None = None
    amount_past_due: Decimal | None = None
    days_past_due: int | None = None
    next_due_on: date | None = None
    opened_on: date | None = None
    version: int = field(default=0, compare=False)
    """Of the record it was read from, 0 for one never kept; two may be equal apart from it."""


class AccountNotFound(NotFound):
    code = "account_not_found"

    def __init__(self, account_id: str) -> None:
        super().__init__(f"account {account_id} does not exist")
