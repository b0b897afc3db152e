from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.group import Member
from campaigns.domain.people_rows import customer_id
from tests.integration.lender import Lender

LIST = "management/list_members"


def test_pages_lead_through_all_members(lender: Lender) -> None:
    group = lender.group()
    members = [Member(customer_id(lender.id, str(n)), str(n)) for n in range(7)]
    wiring.groups().enter(group, members)
    query: dict[str, Any] = {"limit": 3}
    seen: list[tuple[str, str]] = []
    while True:
        page = lender.call(LIST, ids={"groupId": group.id}, query=query).body
        seen += [(one["customerId"], one["externalId"]) for one in page["items"]]
        if page["nextToken"] is None:
            break
        query["nextToken"] = page["nextToken"]
    assert seen == sorted(members)


@pytest.mark.parametrize(
    ("query", "field"),
    [({"limit": 0}, "limit"), ({"limit": 1001}, "limit"), ({"nextToken": "x"}, "nextToken")],
)
def test_a_parameter_that_cannot_be_is_400(query: Any, field: str, lender: Lender) -> None:
    answer = lender.call(LIST, ids={"groupId": lender.group().id}, query=query)
    assert answer.fields == [field]


def test_the_group_of_another_company_is_404(lender: Lender, stranger: Lender) -> None:
    assert lender.call(LIST, ids={"groupId": stranger.group().id}).status == 404
