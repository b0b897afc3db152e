from tests.integration.lender import Lender, shown

DELETE = "borrower/delete_bulk_sender"


def test_a_deleted_sender_is_answered_once_more_and_then_gone(lender: Lender) -> None:
    kept = lender.sender(external_id="due")
    answer = lender.call(DELETE, ids={"senderId": shown(kept)})
    assert answer.data["deletedAt"] == answer.data["updatedAt"]
    for function in (DELETE, "borrower/get_bulk_sender", "borrower/update_bulk_sender"):
        for id in (shown(kept), kept.id, "ext-due"):
            assert lender.call(function, ids={"senderId": id}).status == 404


def test_its_external_id_is_free_again(lender: Lender) -> None:
    first = lender.sender(external_id="due")
    lender.call(DELETE, ids={"senderId": first.id})
    second = lender.sender(external_id="due")
    found = lender.call("borrower/get_bulk_sender", ids={"senderId": "ext-due"})
    assert found.data["id"] == shown(second)


def test_the_sender_of_another_company_stays(lender: Lender, stranger: Lender) -> None:
    theirs = stranger.sender(external_id="due")
    for id in (shown(theirs), theirs.id, "ext-due"):
        assert lender.call(DELETE, ids={"senderId": id}).status == 404
