"""PATCH /v1/customers/{externalId}."""

from typing import Any

import pytest

from campaigns import wiring
from tests.integration.lender import Answer, Lender

UPDATE = "management/update_customer"


def update(lender: Lender, **body: Any) -> Answer:
    return lender.call(UPDATE, body=body)


def entries(lender: Lender) -> list[Any]:
    items: list[Any] = lender.call("management/list_timeline").body["items"]
    return items


def test_the_sample_sets_a_flag_and_says_why(lender: Lender) -> None:
    lender.customer()
    answer = lender.call(UPDATE)
    assert (answer.status, answer.body["flags"]) == (200, ["dispute"])
    assert answer.body["firstName"] == "Ada"
    [entry] = entries(lender)
    assert entry["kind"] == "flag"
    assert entry["details"] == {
        "flag": "dispute",
        "isSet": "true",
        "reason": "disputes the amount, letter of 1 March",
    }


@pytest.mark.parametrize("lifted", [False, None])
def test_one_flag_is_lifted_and_the_others_stay(lifted: Any, lender: Lender) -> None:
    lender.customer()
    update(lender, cease=True, attorney=True)
    assert update(lender, cease=lifted).body["flags"] == ["attorney"]
    told = [(one["details"]["flag"], one["details"]["isSet"]) for one in entries(lender)]
    assert told[0] == ("cease", "false")
    assert sorted(told[1:]) == [("attorney", "true"), ("cease", "true")]


def test_null_clears_a_field_and_what_is_not_sent_stays(lender: Lender) -> None:
    lender.customer(city="Austin", street="1 Main St")
    body = update(lender, city=None, lastName="King").body
    assert (body["city"], body["street"], body["lastName"]) == ("", "1 Main St", "King")
    assert entries(lender) == []


def test_a_request_that_was_broken_off_tells_what_is_missing_when_it_comes_again(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    lender.customer()

    def die(_: Any) -> None:
        raise RuntimeError("no more")

    with monkeypatch.context() as patched:
        patched.setattr(wiring.timeline(), "add", die)
        assert update(lender, cease=True).status == 500
    assert entries(lender) == []
    assert [update(lender, cease=True).body["flags"] for _ in range(2)] == [["cease"]] * 2
    assert len(entries(lender)) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [({"timeZone": "Utopia"}, "timeZone"), ({"cease": "maybe"}, "cease"), ({"x": 1}, "x")],
)
def test_what_cannot_be_right_is_refused_by_name(body: Any, field: str, lender: Lender) -> None:
    lender.customer()
    assert update(lender, **body).fields == [field]


def test_nobody_is_made_by_it(lender: Lender, stranger: Lender) -> None:
    stranger.customer()
    assert update(lender, cease=True).status == 404
    assert stranger.call("management/get_customer").body["flags"] == []
