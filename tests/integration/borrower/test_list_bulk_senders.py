from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.integration.lender import Lender, shown

LIST = "borrower/list_bulk_senders"


def test_a_company_without_senders_has_an_empty_list(lender: Lender, stranger: Lender) -> None:
    stranger.sender()
    lender.exporter()
    told = lender.call(LIST).body
    assert (told["total"], told["count"], told["data"]) == (0, 0, [])
    assert (told["nextUrl"], told["previousUrl"]) == (None, None)


def test_a_page_leads_to_its_neighbours_and_back(lender: Lender) -> None:
    newest_first = [shown(one) for one in [lender.sender() for _ in range(3)][::-1]]
    first = lender.call(LIST, query={"limit": 2})
    assert first.items == newest_first[:2]
    url = urlsplit(first.body["nextUrl"])
    assert url.path == f"/companies/{lender.id}/campaign-workers/bulk-senders"
    second = lender.call(LIST, query=dict(parse_qsl(url.query)))
    assert (second.items, second.body["nextUrl"]) == (newest_first[2:], None)
    back = dict(parse_qsl(urlsplit(second.body["previousUrl"]).query))
    assert lender.call(LIST, query=back).body == first.body


def test_a_deleted_sender_is_left_out_unless_it_is_asked_for(lender: Lender) -> None:
    kept, gone = lender.sender(), lender.sender()
    lender.call("borrower/delete_bulk_sender", ids={"senderId": gone.id})
    assert lender.call(LIST).items == [shown(kept)]
    answer = lender.call(LIST, query={"includeDeleted": "true"})
    assert (answer.items, answer.body["total"]) == ([shown(gone), shown(kept)], 2)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"startingAfter": "CE-0000000000000-0000000000000"}, "startingAfter"),
        ({"endingBefore": "nobody"}, "endingBefore"),
    ],
)
def test_a_parameter_that_cannot_be_is_400_and_named(
    query: Any, field: str, lender: Lender
) -> None:
    assert lender.call(LIST, query=query).fields == [field]
