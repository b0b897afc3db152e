"""Groups and their members as the management API takes and shows them."""

from typing import Annotated, Self

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field, StringConstraints

from campaigns.domain.group import MOST_AT_ONCE, Group, Member, MembersChanged
from campaigns.edge.management.params import PageQuery
from campaigns.edge.wire import Moment, StrictWire, Wire

Named = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Customers = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=500)]], Field(max_length=MOST_AT_ONCE)
]


class GroupIn(StrictWire):
    name: Named


class GroupOut(Wire):
    id: str
    name: str
    members: int
    created_at: Moment
    deleted_at: Moment | None

    @classmethod
    def of(cls, group: Group, members: int) -> Self:
        return cls(
            id=group.id,
            name=group.name,
            members=members,
            created_at=group.created_at,
            deleted_at=group.deleted_at,
        )


class MembersIn(StrictWire):
    """Customers by their external ids. Who is added and removed at once is removed."""

    add: Customers = Field(default_factory=list)
    remove: Customers = Field(default_factory=list)


class MembersOut(Wire):
    members: int
    added: int
    removed: int
    unknown: list[str]
    """No customers, so they were not added."""

    @classmethod
    def of(cls, changed: MembersChanged, members: int) -> Self:
        return cls(
            members=members,
            added=changed.added,
            removed=changed.removed,
            unknown=list(changed.unknown),
        )


class MemberQuery(PageQuery):
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


MemberAsk = Annotated[MemberQuery, Query()]


class MemberOut(Wire):
    customer_id: str
    external_id: str

    @classmethod
    def of(cls, member: Member) -> Self:
        return cls(customer_id=member.id, external_id=member.external_id)
