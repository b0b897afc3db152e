import pytest

from campaigns import wiring
from tests.builders import a_customer, a_phone, an_email
from tests.integration.agency.agency import said
from tests.integration.lender import Lender

LIST = "agency/list_customers"


def test_customers_are_told_page_by_page(lender: Lender) -> None:
    made = [lender.customer(number) for number in range(1, 6)]
    pages = [lender.call(LIST, query={"page": page, "limit": 2}) for page in (1, 2, 3, 4)]
    told = [one["id"] for page in pages for one in page.data]
    assert told == sorted(one.id for one in made)
    assert [page.body["paging"] for page in pages] == [
        {"before": None, "after": 2},
        {"before": 1, "after": 3},
        {"before": 2, "after": None},
        {"before": 3, "after": None},
    ]
    assert pages[0].body["success"] is True


def test_a_customer_has_a_name_and_the_first_email_that_may_be_used(lender: Lender) -> None:
    gone = an_email("old@example.com", status="inactive")
    one = a_customer("7", a_phone(), gone, an_email("new@example.com"), company_id=lender.id)
    wiring.people().put_customers([one])
    [told] = lender.call(LIST).data
    assert told == {"id": one.id, "name": "Ada Osei", "email": "new@example.com"}


def test_none_are_an_empty_list_and_those_of_others_are_none(
    lender: Lender, stranger: Lender
) -> None:
    stranger.customer()
    answer = lender.call(LIST)
    assert (answer.data, answer.body["paging"]) == ([], {"before": None, "after": None})
    assert lender.call(LIST, query={"page": "3"}).body["paging"] == {"before": 2, "after": None}


@pytest.mark.parametrize("query", [{"page": "0"}, {"limit": "x"}, {"limit": "1000"}])
def test_what_is_no_page_is_400(query: dict[str, str], lender: Lender) -> None:
    assert said(lender.call(LIST, query=query), 400) == "Invalid pagination parameters."
