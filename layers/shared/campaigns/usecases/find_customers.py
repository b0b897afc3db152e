from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from campaigns.domain.customer import Customer, CustomerNotFound
from campaigns.domain.enrollment import ACTIVE, Enrollment, EnrollmentStatus
from campaigns.ports import CollectionCampaignStore, EnrollmentStore, People, PeopleDirectory

_LONGEST_READ = 8000


@dataclass(frozen=True, slots=True)
class CustomersPage:
    """Customers, each with those of their enrollments that were asked for."""

    found: Sequence[tuple[Customer, Sequence[Enrollment]]]
    total: int


def find_enrolled(
    company_id: str,
    campaign_ids: Sequence[str] | None,
    statuses: Sequence[EnrollmentStatus] | None,
    start: int,
    limit: int,
    newest_first: bool,
    campaigns: CollectionCampaignStore,
    enrollments: EnrollmentStore,
    people: People,
) -> CustomersPage:
    """A customer stands there once for each enrollment in one of the campaigns and statuses.

    How many there are is known by the counters, and only lists that hold anything are read.
    """
    wanted = campaign_ids
    if wanted is None:
        wanted = [one.id for one in campaigns.every(company_id)]
    counts = enrollments.counts(company_id, list(dict.fromkeys(wanted)))
    groups = {
        (id, status): count
        for id, of in counts.items()
        for status, count in of.by_status.items()
        if count > 0 and (statuses is None or status in statuses)
    }
    total = sum(groups.values())
    found: list[Enrollment] = []
    if start < total:
        refs = enrollments.by_status(
            company_id,
            list(groups),
            newest_first=newest_first,
            at_once=min(start + limit, _LONGEST_READ),
        )
        found = list(enrollments.many(list(islice(refs, start, start + limit))))
    known = people.customers(company_id, [one.customer_id for one in found])
    pairs = [(known[one.customer_id], [one]) for one in found if one.customer_id in known]
    return CustomersPage(pairs, total)


def find_customers(
    company_id: str,
    unassigned: bool,
    start: int,
    limit: int,
    descending: bool,
    campaigns: CollectionCampaignStore,
    enrollments: EnrollmentStore,
    people: PeopleDirectory,
) -> CustomersPage:
    """All customers in the order of their ids, or all that no execution is active for."""
    busy: set[str] = set()
    if unassigned:
        groups = [(one.id, status) for one in campaigns.every(company_id) for status in ACTIVE]
        counts = enrollments.counts(company_id, [id for id, _ in groups])
        held = [(id, status) for id, status in groups if counts[id].by_status.get(status, 0)]
        busy = {ref.customer_id for ref in enrollments.by_status(company_id, held)}
    ids = (id for id in people.customer_ids(company_id, descending=descending) if id not in busy)
    page = list(islice(ids, start, start + limit))
    known = people.customers(company_id, page)
    of = {} if unassigned else enrollments.of_customers(company_id, page)
    found = [(known[id], of.get(id, [])) for id in page if id in known]
    return CustomersPage(found, people.customer_count(company_id) - len(busy))


def get_customer(
    company_id: str, customer_id: str, *, enrollments: EnrollmentStore, people: People
) -> tuple[Customer, Sequence[Enrollment]]:
    """Raises CustomerNotFound."""
    found = people.customers(company_id, [customer_id]).get(customer_id)
    if found is None:
        raise CustomerNotFound(customer_id)
    return found, enrollments.of_customer(company_id, customer_id)
