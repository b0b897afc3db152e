from tests.integration.lender import Lender

DELETE = "management/delete_group"


def test_a_deleted_group_is_gone_with_its_members_and_its_name_is_free(lender: Lender) -> None:
    group = lender.group(name="Spring")
    answer = lender.call(DELETE, ids={"groupId": group.id})
    assert answer.status == 200
    assert answer.body["deletedAt"] is not None
    for function in (DELETE, "management/list_members", "management/change_members"):
        assert lender.call(function, ids={"groupId": group.id}).status == 404
    assert lender.call("management/create_group", body={"name": "spring"}).status == 200


def test_the_group_of_another_company_stays(lender: Lender, stranger: Lender) -> None:
    theirs = stranger.group()
    assert lender.call(DELETE, ids={"groupId": theirs.id}).status == 404
    assert stranger.call(DELETE, ids={"groupId": theirs.id}).status == 200
