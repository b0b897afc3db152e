from tests.integration.lender import Lender

DELETE = "management/delete_template"


def test_a_deleted_template_gives_its_place_back(lender: Lender) -> None:
    gone = lender.template()
    answer = lender.call(DELETE, ids={"templateId": gone.id})
    assert answer.status == 200
    assert answer.body["deletedAt"] == answer.body["updatedAt"]
    assert lender.call(DELETE, ids={"templateId": gone.id}).status == 404
    assert lender.template().id != gone.id


def test_the_template_of_another_company_stays(lender: Lender, stranger: Lender) -> None:
    theirs = stranger.template()
    assert lender.call(DELETE, ids={"templateId": theirs.id}).status == 404
    assert stranger.call(DELETE, ids={"templateId": theirs.id}).status == 200
