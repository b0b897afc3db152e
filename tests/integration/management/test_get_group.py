from uuid import uuid4

from tests.integration.lender import Lender

GET = "management/get_group"


def test_a_group_tells_how_many_members_it_has(lender: Lender) -> None:
    lender.customer()
    group = lender.group(name="Spring")
    lender.call("management/change_members", ids={"groupId": group.id})
    found = lender.call(GET, ids={"groupId": group.id}).body
    assert (found["name"], found["members"]) == ("Spring", 1)


def test_what_is_not_there_not_ours_or_deleted_is_404(lender: Lender, stranger: Lender) -> None:
    gone = lender.group()
    lender.call("management/delete_group", ids={"groupId": gone.id})
    for id in (str(uuid4()), "x", stranger.group().id, gone.id):
        answer = lender.call(GET, ids={"groupId": id})
        assert (answer.status, answer.body["detail"]) == (404, f"group {id} does not exist")
