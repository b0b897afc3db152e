from collections.abc import Mapping
from typing import Any

from campaigns.domain.account import Account, AccountNotFound
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.customer import Customer, CustomerNotFound
from campaigns.domain.people_rows import account_id, account_of, customer_id, customer_of
from campaigns.domain.public_id import BORROWER, read
from campaigns.ports import Clock, People

_TRIES = 10


def find_customer(company_id: str, external_id: str, *, people: People) -> Customer:
    """Raises CustomerNotFound."""
    id = customer_id(company_id, external_id)
    found = people.customers(company_id, [id]).get(id)
    if found is None:
        raise CustomerNotFound(external_id)
    return found


def find_customer_by_any_id(company_id: str, text: str, *, people: People) -> Customer:
    """By our id in either form, else by the company's own. Raises CustomerNotFound."""
    ours = read(BORROWER, text)
    found = None if ours is None else people.customers(company_id, [ours]).get(ours)
    return found or find_customer(company_id, text, people=people)


def find_account(company_id: str, external_id: str, *, people: People) -> Account:
    """Raises AccountNotFound."""
    id = account_id(company_id, external_id)
    found = people.accounts(company_id, [id]).get(id)
    if found is None:
        raise AccountNotFound(external_id)
    return found


def upsert_customer(
    company_id: str, external_id: str, fields: Mapping[str, Any], *, people: People, now: Clock
) -> Customer:
    """Keep the customer with these fields set, the others as they were.

    Raises RowRefused, ChangedMeanwhile.
    """
    id = customer_id(company_id, external_id)
    for _ in range(_TRIES):
        was = people.customers(company_id, [id]).get(id)
        row = {**fields, "externalId": external_id}
        made = customer_of(company_id, row, was, now=now())
        if made == was or not people.put_customers([made]):
            return made
    raise ChangedMeanwhile(f"customer {external_id}")


def upsert_account(
    company_id: str, external_id: str, fields: Mapping[str, Any], *, people: People
) -> Account:
    """Keep the account with these fields set, the others as they were.

    Raises RowRefused, ChangedMeanwhile.
    """
    id = account_id(company_id, external_id)
    for _ in range(_TRIES):
        was = people.accounts(company_id, [id]).get(id)
        made = account_of(company_id, {**fields, "externalId": external_id}, was)
        if made == was or not people.put_accounts([made]):
            return made
    raise ChangedMeanwhile(f"account {external_id}")
