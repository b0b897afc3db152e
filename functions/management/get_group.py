"""GET /v1/groups/{groupId}: one group, and how many members it has."""

from campaigns import wiring
from campaigns.domain.group import group_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.groups import GroupOut
from campaigns.edge.management.schemas import Id


@endpoint("GET /v1/groups/{groupId}", scope="manage:groups", wiring=wiring)
def handler(group_id: Id, caller: Caller) -> GroupOut:
    group = wiring.groups().get(caller.company_id, group_id_of(group_id))
    sizes = wiring.groups().sizes(caller.company_id, [group.id])
    return GroupOut.of(group, sizes[group.id])
