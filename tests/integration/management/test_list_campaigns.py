"""GET /v1/campaigns."""

from tests.integration.lender import Lender

LIST = "management/list_campaigns"


def test_campaigns_come_in_pages_newest_first(lender: Lender, stranger: Lender) -> None:
    stranger.collection()
    ids = [lender.collection().id for _ in range(3)][::-1]
    first = lender.call(LIST, query={"limit": 2}).body
    assert [one["id"] for one in first["items"]] == ids[:2]
    second = lender.call(LIST, query={"limit": 2, "nextToken": first["nextToken"]}).body
    assert [one["id"] for one in second["items"]] == ids[2:]
    assert second["nextToken"] is None
