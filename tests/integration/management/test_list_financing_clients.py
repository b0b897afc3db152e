from tests.integration.lender import Lender

LIST = "management/list_financing_clients"
CREATE = "management/create_financing_client"


def test_clients_come_newest_first_and_page_by_page(lender: Lender, stranger: Lender) -> None:
    stranger.call(CREATE)
    made = [lender.call(CREATE, body={"name": name}).body for name in "abc"]
    first = lender.call(LIST, query={"limit": 2}).body
    assert [one["name"] for one in first["items"]] == ["c", "b"]
    assert first["nextToken"] == made[1]["clientId"]
    second = lender.call(LIST, query={"nextToken": first["nextToken"]}).body
    assert ([one["name"] for one in second["items"]], second["nextToken"]) == (["a"], None)


def test_no_secret_is_ever_listed(lender: Lender) -> None:
    secret = lender.call(CREATE).body["clientSecret"]
    listed = lender.call(LIST).body
    assert secret not in str(listed)
    assert "clientSecret" not in listed["items"][0]


def test_revoked_clients_are_left_out_unless_asked_for(lender: Lender) -> None:
    gone = lender.call(CREATE).body["clientId"]
    lender.call("management/revoke_financing_client", ids={"clientId": gone})
    assert lender.call(LIST).body["items"] == []
    [listed] = lender.call(LIST, query={"includeEnded": "true"}).body["items"]
    assert listed["clientId"] == gone
    assert listed["revokedAt"] is not None
