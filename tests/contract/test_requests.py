"""The promises of remembered requests, on the emulator; there is no second adapter."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from itertools import islice
from threading import Barrier, Event
from typing import Any

import pytest
from botocore.exceptions import ClientError

from campaigns.adapters.requests import DynamoRequests
from campaigns.domain.api_key import RateLimit
from campaigns.domain.requests import Answer, KeyOfAnotherRequest, NotNoted, StillInFlight
from campaigns.ports import Requests
from tests.builders import an_id
from tests.contract.conftest import Deployed

ANSWER: Answer = {"statusCode": 200, "headers": {"x": "y"}, "body": '{"id":"ü"}'}


@pytest.fixture
def requests(deployed: Deployed, dynamodb: Any) -> Requests:
    return DynamoRequests(dynamodb, deployed.settings.requests_table)


def once(
    requests: Requests,
    company: str,
    do: Callable[[], Answer] = lambda: ANSWER,
    *,
    name: str = "/path key",
    body: str = "b0d1",
    seconds: float = 20,
) -> tuple[Answer, bool]:
    return requests.once(company, name, body, do, keep=lambda answer: answer, seconds=seconds)


def never() -> Answer:
    raise AssertionError("it was done a second time")


def test_the_second_time_it_is_not_done_and_answered_the_same(
    requests: Requests, company_id: str
) -> None:
    assert once(requests, company_id) == (ANSWER, False)
    assert once(requests, company_id, never) == (ANSWER, True)


@pytest.mark.parametrize("other", [{"name": "/path other"}, {"name": "/other key"}])
def test_another_key_or_another_address_is_another_request(
    requests: Requests, company_id: str, other: dict[str, str]
) -> None:
    once(requests, company_id)
    assert once(requests, company_id, **other)[1] is False  # type: ignore[arg-type]


def test_another_company_is_another_request(requests: Requests, company_id: str) -> None:
    once(requests, company_id)
    assert once(requests, an_id()) == (ANSWER, False)


def test_another_body_under_the_same_key_is_refused(requests: Requests, company_id: str) -> None:
    once(requests, company_id)
    with pytest.raises(KeyOfAnotherRequest):
        once(requests, company_id, never, body="other")
    assert once(requests, company_id, never) == (ANSWER, True)


def test_what_failed_is_done_again(requests: Requests, company_id: str) -> None:
    def fail() -> Answer:
        raise LookupError("no")

    with pytest.raises(LookupError):
        once(requests, company_id, fail)
    assert once(requests, company_id, body="mended") == (ANSWER, False)


def test_what_is_kept_may_say_less_than_what_is_answered(
    requests: Requests, company_id: str
) -> None:
    less = {**ANSWER, "body": "{}"}

    def ask() -> tuple[Answer, bool]:
        return requests.once(company_id, "n", "b", lambda: ANSWER, keep=lambda _: less, seconds=20)

    assert ask() == (ANSWER, False)
    assert ask() == (less, True)


def test_of_many_at_once_exactly_one_is_done(requests: Requests, company_id: str) -> None:
    done: list[int] = []
    together, ended = Barrier(8), Event()

    def work() -> Answer:
        done.append(1)
        ended.wait(10)
        return ANSWER

    def ask(_: int) -> str:
        together.wait(10)
        try:
            once(requests, company_id, work)
        except StillInFlight:
            return "in flight"
        return "done"

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, number) for number in range(8)]
        for _ in islice(as_completed(asked), 7):
            pass
        ended.set()
        answers = sorted(one.result() for one in asked)
    assert answers == ["done"] + ["in flight"] * 7
    assert len(done) == 1


def test_a_request_that_died_is_in_flight_only_as_long_as_it_could_live(
    requests: Requests, company_id: str
) -> None:
    class Died(BaseException): ...

    def die() -> Answer:
        raise Died

    with pytest.raises(Died):
        once(requests, company_id, die, seconds=3600)
    with pytest.raises(StillInFlight):
        once(requests, company_id, never)
    with pytest.raises(Died):
        once(requests, company_id, die, name="short", seconds=-1)
    assert once(requests, company_id, name="short") == (ANSWER, False)


def test_an_answer_too_large_to_keep_is_given_and_not_kept(
    requests: Requests, company_id: str
) -> None:
    large = {**ANSWER, "body": "x" * 500_000}
    assert once(requests, company_id, lambda: large) == (large, False)
    assert once(requests, company_id) == (ANSWER, False)


class Broken:
    """A table that fails from some call on."""

    def __init__(self, client: Any, fails: str) -> None:
        self._client = client
        self._fails = fails

    def __getattr__(self, name: str) -> Any:
        if name != self._fails:
            return getattr(self._client, name)

        def fail(**_: Any) -> Any:
            raise ClientError({"Error": {"Code": "InternalServerError"}}, name)

        return fail


def test_what_cannot_be_noted_is_not_done(
    deployed: Deployed, dynamodb: Any, company_id: str
) -> None:
    broken = DynamoRequests(Broken(dynamodb, "put_item"), deployed.settings.requests_table)  # type: ignore[arg-type]
    with pytest.raises(NotNoted):
        once(broken, company_id, never)


def test_what_was_done_is_answered_though_it_cannot_be_kept(
    deployed: Deployed, dynamodb: Any, company_id: str
) -> None:
    broken = DynamoRequests(Broken(dynamodb, "update_item"), deployed.settings.requests_table)  # type: ignore[arg-type]
    assert once(broken, company_id) == (ANSWER, False)


MINUTE = RateLimit(3, 60)
AT = datetime.fromisoformat("2026-03-02T12:00:40Z").timestamp()


def test_a_limit_is_spent_request_by_request_and_says_how_long_to_wait(
    requests: Requests, company_id: str
) -> None:
    assert [requests.spend(company_id, "key", MINUTE, AT) for _ in range(5)] == [0, 0, 0, 20, 20]
    assert requests.spend(company_id, "key", MINUTE, AT + 19.9) == 1


def test_the_next_window_begins_afresh(requests: Requests, company_id: str) -> None:
    for _ in range(4):
        requests.spend(company_id, "key", MINUTE, AT)
    assert requests.spend(company_id, "key", MINUTE, AT + 20) == 0


def test_each_key_has_its_own_limit(requests: Requests, company_id: str) -> None:
    for _ in range(4):
        requests.spend(company_id, "key", MINUTE, AT)
    assert requests.spend(company_id, "another", MINUTE, AT) == 0


def test_many_at_once_do_not_spend_more_than_there_is(requests: Requests, company_id: str) -> None:
    limit = RateLimit(10, 60)
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: requests.spend(company_id, "key", limit, AT), range(40)))
    assert waits.count(0) == 10
