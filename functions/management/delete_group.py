"""DELETE /v1/groups/{groupId}: use a group no more; its name is free again."""

from campaigns import wiring
from campaigns.domain.group import group_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.groups import GroupOut
from campaigns.edge.management.schemas import Id


@endpoint("DELETE /v1/groups/{groupId}", scope="manage:groups", wiring=wiring)
def handler(group_id: Id, caller: Caller) -> GroupOut:
    groups = wiring.groups()
    group = groups.get(caller.company_id, group_id_of(group_id))
    gone = groups.move(group.deleted(wiring.now()))
    return GroupOut.of(gone, groups.sizes(caller.company_id, [gone.id])[gone.id])
