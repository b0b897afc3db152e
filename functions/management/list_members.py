"""GET /v1/groups/{groupId}/members: the customers of a group."""

from campaigns import wiring
from campaigns.domain.group import group_id_of
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.groups import MemberAsk, MemberOut
from campaigns.edge.management.params import Listed, listed
from campaigns.edge.management.schemas import Id


@endpoint("GET /v1/groups/{groupId}/members", scope="manage:groups", wiring=wiring)
def handler(group_id: Id, ask: MemberAsk, caller: Caller) -> Listed[MemberOut]:
    group = wiring.groups().get(caller.company_id, group_id_of(group_id))
    found = wiring.groups().members(
        caller.company_id, group.id, after=ask.after, limit=ask.limit + 1
    )
    return listed(found, ask.limit, MemberOut.of, lambda member: member.id)
