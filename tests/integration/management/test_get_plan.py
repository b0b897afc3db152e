from uuid import uuid4

import pytest

from campaigns import wiring
from tests.integration.financing.shop import kept
from tests.integration.lender import Lender

GET = "management/get_plan"
OF_ONE = ("get_plan", "update_plan", "end_plan", "get_amortisation", "draw_plan")


def test_a_plan_that_has_ended_can_still_be_read(lender: Lender) -> None:
    plan = kept(lender, name="Spring")
    ended = wiring.plans().move(plan.ended(wiring.now()))
    answer = lender.call(GET, ids={"planId": plan.id})
    assert (answer.status, answer.body["campaignName"]) == (200, "Spring")
    assert answer.body["endedAt"] is not None
    assert answer.body["version"] == ended.version


@pytest.mark.parametrize("function", OF_ONE)
def test_a_plan_that_is_not_there_or_not_ours_is_404(
    function: str, lender: Lender, stranger: Lender
) -> None:
    theirs = kept(stranger)
    for id in (theirs.id, str(uuid4()), "1", "x", "ext-1", "x" * 3000):
        answer = lender.call(f"management/{function}", ids={"planId": id})
        assert (answer.status, answer.body["detail"]) == (404, f"plan {id} does not exist")
    assert wiring.plans().get(stranger.id, theirs.id) == theirs
