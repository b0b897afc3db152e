from tests.integration.financing.shop import Shop, kept
from tests.integration.lender import Lender

END = "management/end_plan"


def test_an_ended_plan_is_offered_no_more(lender: Lender) -> None:
    plan, shop = kept(lender), Shop.of(lender)
    assert len(shop.plans().body) == 1
    answer = lender.call(END, ids={"planId": plan.id})
    assert (answer.status, answer.body["id"], answer.body["version"]) == (200, plan.id, 1)
    assert answer.body["endedAt"] == answer.body["updatedAt"]
    assert shop.plans().body == []


def test_ending_a_plan_again_changes_nothing(lender: Lender) -> None:
    plan = kept(lender)
    first = lender.call(END, ids={"planId": plan.id})
    assert lender.call(END, ids={"planId": plan.id}).body == first.body
