from tests.integration.lender import Lender
from tests.integration.management.keys import made

LIST = "management/list_keys"


def test_keys_are_listed_newest_first_without_their_secrets(lender: Lender) -> None:
    ids = [made(lender, name=name)["id"] for name in "ab"]
    answer = lender.call(LIST)
    assert [one["id"] for one in answer.body["items"]][:2] == ids[::-1]
    assert [one["name"] for one in answer.body["items"]] == ["b", "a", "tests"]
    assert answer.body["nextToken"] is None
    assert not any("key" in one or "digest" in one for one in answer.body["items"])


def test_pages_follow_one_another_without_a_gap(lender: Lender) -> None:
    for name in "abcd":
        made(lender, name=name)
    seen, query = [], {"limit": 2}
    while True:
        page = lender.call(LIST, query=query).body
        seen += [one["name"] for one in page["items"]]
        if page["nextToken"] is None:
            break
        query = {"limit": 2, "nextToken": page["nextToken"]}
    assert seen == ["d", "c", "b", "a", "tests"]


def test_another_company_s_keys_are_not_listed(lender: Lender, stranger: Lender) -> None:
    theirs = made(stranger)["id"]
    assert theirs not in [one["id"] for one in lender.call(LIST).body["items"]]
    after = lender.call(LIST, query={"nextToken": theirs}).body["items"]
    assert all(one["name"] == "tests" for one in after)


def test_a_limit_that_cannot_be_is_400(lender: Lender) -> None:
    for limit in ("0", "101", "x"):
        assert lender.call(LIST, query={"limit": limit}).fields == ["limit"]
