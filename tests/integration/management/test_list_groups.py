from tests.integration.lender import Lender

LIST = "management/list_groups"


def test_groups_are_listed_newest_first_with_their_sizes(lender: Lender, stranger: Lender) -> None:
    stranger.group()
    lender.customer()
    first, second, third = (lender.group() for _ in range(3))
    ids = {"groupId": first.id}
    assert lender.call("management/change_members", ids=ids).body["members"] == 1
    page = lender.call(LIST, query={"limit": 2}).body
    assert [(one["id"], one["members"]) for one in page["items"]] == [(third.id, 0), (second.id, 0)]
    page = lender.call(LIST, query={"nextToken": page["nextToken"]}).body
    assert [(one["id"], one["members"]) for one in page["items"]] == [(first.id, 1)]
    assert page["nextToken"] is None


def test_a_company_without_groups_has_an_empty_list(lender: Lender) -> None:
    assert lender.call(LIST).body == {"items": [], "nextToken": None}


def test_deleted_groups_are_left_out_unless_asked_for(lender: Lender) -> None:
    gone = lender.group()
    lender.call("management/delete_group", ids={"groupId": gone.id})
    assert lender.call(LIST).body["items"] == []
    assert len(lender.call(LIST, query={"includeEnded": "true"}).body["items"]) == 1
