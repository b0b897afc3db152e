"""How a receiver that fails is treated, and which URLs can be a webhook's."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from campaigns.domain.events import EventType
from campaigns.domain.webhook import Webhook, WebhookStatus, WebhookUrlInvalid, webhook_url
from tests.builders import NOON, a_webhook

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def failing(*after: timedelta) -> Webhook:
    """Failed at noon and so long after it, each time."""
    webhook = a_webhook().failed(NOON, "it answered 500")
    for passed in after:
        webhook = webhook.failed(NOON + passed, "it answered 500")
    return webhook


def test_a_webhook_wants_all_types_unless_it_names_some() -> None:
    assert all(a_webhook().wants(type) for type in [*EventType, "OneOfLaterYears"])
    picky = a_webhook(types=frozenset({EventType.RUN_ENDED}))
    assert picky.wants("RunEnded")
    assert not picky.wants("FlightCheckFailed")
    assert not a_webhook(status=WebhookStatus.DISABLED).wants("RunEnded")


def test_two_failures_may_be_about_the_events() -> None:
    assert failing(MINUTE).rest_at(NOON + MINUTE) == timedelta()


def test_a_receiver_that_fails_again_rests_as_long_as_it_has_been_failing() -> None:
    for passed, rest in (
        (timedelta(seconds=5), MINUTE),
        (10 * MINUTE, 10 * MINUTE),
        (DAY / 2, HOUR),
    ):
        webhook = failing(passed, passed)
        assert webhook.rest_at(NOON + passed) == rest
        assert webhook.rest_at(NOON + passed + rest) == timedelta()


def test_a_failing_receiver_that_is_being_tried_is_left_alone_by_others() -> None:
    webhook = failing(MINUTE, MINUTE).tried(NOON + HOUR)
    assert webhook.rest_at(NOON + HOUR + MINUTE) > timedelta()


def test_one_good_answer_forgets_what_was_before() -> None:
    webhook = failing(MINUTE, HOUR).answered()
    assert (webhook.failures, webhook.failing_since) == (0, None)
    assert webhook.rest_at(NOON) == timedelta()


@given(some.lists(some.integers(1, 3 * 24 * 3600), min_size=1, max_size=60).map(sorted))
def test_it_is_disabled_by_twenty_failures_over_a_day_and_not_before(moments: list[int]) -> None:
    webhook = a_webhook()
    for seconds in moments:
        at = NOON + timedelta(seconds=seconds)
        webhook = webhook.failed(at, "it answered 500")
        over_a_day = webhook.failing_since is not None and at - webhook.failing_since >= DAY
        if webhook.failures >= 20 and over_a_day:
            assert webhook.status is WebhookStatus.DISABLED
            assert webhook.disabled_reason is not None
            assert "it answered 500" in webhook.disabled_reason
            return
        assert webhook.is_active


def test_set_active_it_is_well() -> None:
    disabled = failing(*(n * HOUR for n in range(30)))
    assert disabled.status is WebhookStatus.DISABLED
    again = disabled.set_to(WebhookStatus.ACTIVE)
    assert (again.is_active, again.disabled_reason, again.failures) == (True, None, 0)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("https://hooks.example.com", "https://hooks.example.com/"),
        ("https://Hooks.Example.com:443/a?b=c#d", "https://hooks.example.com/a?b=c"),
        ("https://hooks.example.com:8443/%C3%BC", "https://hooks.example.com:8443/%C3%BC"),
        ("https://[2606:4700::1111]/x", "https://[2606:4700::1111]/x"),
    ],
)
def test_a_url_is_read_as_it_will_be_called(text: str, whole: str) -> None:
    url = webhook_url(text, allow_http=False)
    assert url.origin + url.target == whole


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has to start with https://"),
        ("hooks.example.com", "has to start with https://"),
        ("ftp://hooks.example.com/", "has to start with https://"),
        ("http://hooks.example.com/", "plain http is not allowed"),
        ("https://me:secret@hooks.example.com/", "user name or password"),
        ("https://hooks.example.com:0/", "port 0"),
        ("https://hooks.example.com:x/", "cannot be read"),
        ("https:///events", "no usable host"),
        ("https://hooks example.com/", "a space"),
        ("https://hooks.example.com/\r\nX-Evil: 1", "a space"),
        ("https://hooks.example.com\\@127.0.0.1/", "backslash"),
        ("https://hooks.example.com/ü", "percent-encoded"),
        ("https://hooks.example.com/" + "x" * 2048, "longer than 2048"),
    ],
)
def test_what_cannot_be_called_is_refused(text: str, why: str) -> None:
    with pytest.raises(WebhookUrlInvalid, match=why) as refused:
        webhook_url(text, allow_http=False)
    assert refused.value.field == "url"


@given(some.text(max_size=60))
def test_any_text_is_a_url_or_refused(tail: str) -> None:
    try:
        url = webhook_url(f"https://hooks.example.com/{tail}", allow_http=False)
    except WebhookUrlInvalid:
        return
    assert url.target.isascii()
    assert url.target.isprintable()
    assert webhook_url(url.origin + url.target, allow_http=False) == url
