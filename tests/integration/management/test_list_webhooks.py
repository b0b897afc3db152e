from tests.integration.lender import Lender
from tests.integration.management.webhooks import made

LIST = "management/list_webhooks"


def test_webhooks_are_listed_newest_first_with_their_secrets_masked(lender: Lender) -> None:
    made_here = [made(lender, secret="correct horse battery") for _ in range(2)]
    answer = lender.call(LIST)
    assert [one["id"] for one in answer.body["items"]] == [one["id"] for one in made_here][::-1]
    assert {one["secret"] for one in answer.body["items"]} == {"********tery"}
    assert answer.body["nextToken"] is None


def test_pages_follow_one_another_without_a_gap(lender: Lender) -> None:
    ids = [made(lender)["id"] for _ in range(3)]
    first = lender.call(LIST, query={"limit": 2}).body
    rest = lender.call(LIST, query={"limit": 2, "nextToken": first["nextToken"]}).body
    assert [one["id"] for one in first["items"] + rest["items"]] == ids[::-1]
    assert rest["nextToken"] is None


def test_another_company_s_webhooks_are_not_listed(lender: Lender, stranger: Lender) -> None:
    theirs = made(stranger)["id"]
    assert lender.call(LIST).body["items"] == []
    assert lender.call(LIST, query={"nextToken": theirs}).body["items"] == []
