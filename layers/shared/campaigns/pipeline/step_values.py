"""What the message of a step may say: its executions stand in for a query, their accounts for its
columns."""

from datetime import date
from typing import Any

from campaigns.domain.account import Account


def step_values(account: Account | None, today: date) -> dict[str, Any]:
    """By the names that the subjects of notices have for them; what is not known is left out."""
    if account is None:
        return {}
    overdue = account.days_past_due_on(today)
    known = {
        "accountNumber": account.number,
        "overdueAmount": account.amount_past_due,
        "paymentAmount": account.amount_past_due,
        "principalBalance": account.principal_balance,
        "daysOverdue": overdue,
        "oldestDueDate": account.next_due_on,
        "paymentDueDate": account.next_due_on,
    }
    return {name: str(value) for name, value in known.items() if value not in (None, "")}
