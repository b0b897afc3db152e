from collections.abc import Sequence

from campaigns.domain.group import Group, Member, MembersChanged
from campaigns.domain.people_rows import customer_id
from campaigns.ports import GroupStore, People


def change_members(
    group: Group, add: Sequence[str], remove: Sequence[str], *, groups: GroupStore, people: People
) -> MembersChanged:
    """Of customers by their external ids; doing it again changes nothing.

    Raises ChangedMeanwhile.
    """
    named = {customer_id(group.company_id, one): one for one in add}
    known = people.customers(group.company_id, named)
    added = groups.enter(group, [Member(id, named[id]) for id in named if id in known])
    removed = groups.leave(group, [customer_id(group.company_id, one) for one in remove])
    unknown = tuple(external for id, external in named.items() if id not in known)
    return MembersChanged(added, removed, unknown)
