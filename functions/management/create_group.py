"""POST /v1/groups: create a group of customers, empty at first."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.groups import GroupIn, GroupOut
from campaigns.usecases.create_group import create_group


@endpoint("POST /v1/groups", scope="manage:groups", wiring=wiring)
def handler(body: GroupIn, caller: Caller) -> GroupOut:
    group = create_group(
        caller.company_id,
        body.name,
        groups=wiring.groups(),
        new_id=wiring.new_id,
        now=wiring.now,
    )
    return GroupOut.of(group, 0)
