from collections.abc import Sequence
from itertools import islice

from campaigns.domain.customer import Customer
from campaigns.ports import PeopleDirectory


def list_customers(
    company_id: str, start: int, limit: int, *, people: PeopleDirectory
) -> tuple[Sequence[Customer], bool]:
    """So many customers from one on, in the order of their ids, and whether there are more."""
    ids = list(islice(people.customer_ids(company_id), start, start + limit + 1))
    known = people.customers(company_id, ids[:limit])
    return [known[id] for id in ids[:limit] if id in known], len(ids) > limit
