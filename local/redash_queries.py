"""The queries that the local Redash knows, and how their parameters get into the SQL."""

import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

_PLACEHOLDER = re.compile(r"{{\s*([\w.]+)\s*}}")
_LIMITED = re.compile(r"\blimit\s+\S+\s*;?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StoredQuery:
    """`api_key` opens this query and nothing else. `numbers` are the parameters that take numbers.

    `closed_to` plays a query that nobody may run: "everybody" (403), or whose
    data source was removed: "source" (401).
    """

    id: int
    slug: str
    name: str
    sql: str
    api_key: str = field(default_factory=lambda: secrets.token_hex(20))
    numbers: tuple[str, ...] = ()
    closed_to: str | None = None
    version: int = 1

    def missing(self, parameters: Mapping[str, Any]) -> list[str]:
        wanted = dict.fromkeys(_PLACEHOLDER.findall(self.sql))
        return [name for name in wanted if name not in parameters]

    def unfit(self, parameters: Mapping[str, Any]) -> list[str]:
        """Number parameters whose value is none."""
        return [name for name in self.numbers if not _is_number(parameters.get(name, 0))]

    def filled(self, parameters: Mapping[str, Any], *, auto_limit: bool) -> str:
        """The SQL as it will run. Texts are pasted raw, which is what Redash does."""
        sql = _PLACEHOLDER.sub(lambda found: str(parameters[found[1]]), self.sql)
        if auto_limit and not _LIMITED.search(sql):
            sql = f"{sql.rstrip().rstrip(';')} LIMIT 1000"
        return sql


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


_MONEY = "printf('%d.%02d', {0} / 100, {0} % 100)"

# A failed payment makes a row of its own, so a few loans come back twice.
_OVERDUE = f"""
SELECT l.borrower_id AS borrowerId, l.id AS loanId, l.number AS loanNumber,
       l.days_past_due AS daysOverdue, {_MONEY.format("l.past_due_cents")} AS overdueAmount,
       l.oldest_due_on AS oldestDueDate, l.next_due_on AS nextDueDate,
       p.paid_on AS lastFailedPaymentOn
FROM loans l LEFT JOIN payments p ON p.loan_id = l.id AND p.status = 'failed'
WHERE l.status = 'active' AND l.days_past_due BETWEEN 1 AND 60
ORDER BY l.days_past_due DESC, l.id
"""
_DUE_SOON = f"""
SELECT l.borrower_id AS borrowerId, l.id AS loanId, l.next_due_on AS paymentDueDate,
       {_MONEY.format("l.installment_cents")} AS paymentAmount
FROM loans l
WHERE l.status = 'active' AND l.days_past_due = 0
  AND l.next_due_on <= date((SELECT today FROM lender), '+7 days')
ORDER BY l.id
"""
_IN_STATE = """
SELECT b.id AS borrowerId, l.id AS loanId, l.days_past_due AS daysOverdue
FROM borrowers b JOIN loans l ON l.borrower_id = b.id
WHERE b.state = '{{state}}' AND l.days_past_due > 0
ORDER BY l.id
"""
_BIG = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {{rows}})
SELECT 100001 + i AS borrowerId, 900001 + i AS loanId, i % 60 + 1 AS daysOverdue,
       printf('%d.%02d', i % 900, i % 100) AS overdueAmount, 'row ' || i AS note
FROM n WHERE {{rows}} > 0
"""
_ODD = """
SELECT id AS borrowerId, first_name AS firstName, last_name AS lastName, NULL AS blank,
       '{"a": [1, 2]}' AS json, 'he said "}, {" and left \\' AS quoted, 0.5 AS half
FROM borrowers ORDER BY id
"""

NAMED = {
    "overdue": ("Overdue loans, 1 to 60 days", _OVERDUE),
    "ids": ("Borrowers with a late loan, id only", "SELECT id FROM borrowers WHERE id IN "
            "(SELECT borrower_id FROM loans WHERE days_past_due > 0) ORDER BY id"),
    "in-state": ("Late loans in one state", _IN_STATE),
    "nobody": ("Nobody", "SELECT id AS borrowerId, state FROM borrowers WHERE id < 0"),
    "by-state": ("Borrowers by state", "SELECT state, count(*) AS borrowers FROM borrowers "
                 "GROUP BY state ORDER BY state"),
    "broken": ("SQL error", "SELECT no_such_column FROM loans"),
    "slow": ("Runs until it is canceled", "SELECT wait_until_canceled() AS id"),
    "big": ("As many rows as you like", _BIG),
    "due-soon": ("Payments due within a week", _DUE_SOON),
    "numeric-ids": ("Ids of a numeric column", "SELECT CAST(id AS REAL) AS borrowerId "
                    "FROM borrowers ORDER BY id LIMIT 10"),
    "same-names": ("Two columns of one name", "SELECT b.id, l.id FROM borrowers b "
                   "JOIN loans l ON l.borrower_id = b.id ORDER BY l.id LIMIT 10"),
    "odd": ("Odd values", _ODD),
    "infinite": ("A value that JSON cannot hold", "SELECT 9e999 AS id"),
    "no-access": ("Nobody may run this", "SELECT 1 AS id"),
    "source-gone": ("The data source was removed", "SELECT 1 AS id"),
}  # fmt: skip
_NUMBERS = {"big": ("rows",)}
_CLOSED = {"no-access": "everybody", "source-gone": "source"}


def _named() -> list[StoredQuery]:
    return [
        StoredQuery(
            number, slug, name, sql, numbers=_NUMBERS.get(slug, ()), closed_to=_CLOSED.get(slug)
        )
        for number, (slug, (name, sql)) in enumerate(NAMED.items(), 1)
    ]


class QueryShelf:
    """The stored queries of one data folder, by id; as they were left."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._editing = Lock()
        if not file.exists():
            self._write(_named())
        found = json.loads(file.read_text(encoding="utf-8"))
        queries = [StoredQuery(**{**one, "numbers": tuple(one["numbers"])}) for one in found]
        self._by_id = {query.id: query for query in queries}

    def __iter__(self) -> Iterator[StoredQuery]:
        return iter(self._by_id.values())

    def find(self, query_id: int) -> StoredQuery | None:
        return self._by_id.get(query_id)

    def edit(self, query_id: int, sql: str) -> StoredQuery | None:
        """Give the query another text."""
        with self._editing:
            was = self.find(query_id)
            if was is None:
                return None
            edited = replace(was, sql=sql, version=was.version + 1)
            self._by_id[query_id] = edited
            self._write(self)
            return edited

    def _write(self, queries: Iterable[StoredQuery]) -> None:
        partial = self._file.with_name(self._file.name + ".part")
        stored = [asdict(query) for query in queries]
        partial.write_text(json.dumps(stored, indent=2, ensure_ascii=False), encoding="utf-8")
        os.replace(partial, self._file)

    def opened_by(self, api_key: str) -> StoredQuery | None:
        matching = (query for query in self if query.api_key == api_key)
        return next(matching, None)
