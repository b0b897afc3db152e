"""PATCH /v1/groups/{groupId}/members: add customers to a group, and take some out."""

from campaigns import wiring
from campaigns.domain.group import group_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.groups import MembersIn, MembersOut
from campaigns.edge.management.schemas import Id
from campaigns.usecases.change_members import change_members


@endpoint("PATCH /v1/groups/{groupId}/members", scope="manage:groups", wiring=wiring)
def handler(group_id: Id, body: MembersIn, caller: Caller) -> MembersOut:
    group = wiring.groups().get(caller.company_id, group_id_of(group_id))
    changed = change_members(
        group, body.add, body.remove, groups=wiring.groups(), people=wiring.people()
    )
    return MembersOut.of(changed, wiring.groups().sizes(group.company_id, [group.id])[group.id])
