"""The connection test says how far it came, and leaves nothing behind."""

import pytest

from campaigns.adapters.delivery.sources import BytesSource
from tests.integration.delivery.customer import Customer
from tests.integration.delivery.keys import key_pair

ALL = ["resolve", "connect", "host key", "auth", "cd", "write", "rename", "overwrite", "delete"]


@pytest.mark.parametrize("publish", ["rename", "direct"])
@pytest.mark.parametrize("fault", [(), ("--no-posix-rename",)])
def test_a_good_destination_passes_every_step(
    customer: Customer, fault: tuple[str, ...], publish: str
) -> None:
    server = customer.server(*fault)
    customer.channel(server).deliver(BytesSource(b"kept"), "kept.csv")
    steps = customer.channel(server, publish=publish).probe()
    assert [step.step for step in steps] == ALL
    assert all(step.ok and step.detail and step.ms >= 0 for step in steps)
    assert customer.files() == {"kept.csv": b"kept"}
    assert set(steps[0].as_dict()) == {"step", "ok", "detail", "ms"}


def test_an_unpinned_host_key_is_shown_to_be_pinned(customer: Customer) -> None:
    server = customer.server()
    channel = customer.channel(server, host_key=None)
    step = channel.probe()[2]
    assert step.ok
    assert server.fingerprint in step.detail
    assert "not pinned" in step.detail
    assert channel.host_key == server.host_key


@pytest.mark.parametrize(
    ("settings", "options", "failing", "detail"),
    [
        ({"host": "no-such-host.invalid"}, [], "resolve", "cannot be resolved"),
        ({"host_key": key_pair().public}, [], "host key", "is pinned"),
        ({"password": "guess"}, [], "auth", "refused 'campaigns'"),
        ({"private_key": "nope"}, [], "auth", "private key"),
        ({"directory": "nowhere"}, [], "cd", "no directory 'nowhere'"),
        ({"directory": "a\nb"}, [], "cd", "control characters"),
    ],
)
def test_the_first_step_that_fails_is_the_last(
    customer: Customer, settings: dict[str, str], options: list[str], failing: str, detail: str
) -> None:
    steps = customer.channel(customer.server(*options), **settings).probe()
    assert [step.step for step in steps] == ALL[: ALL.index(failing) + 1]
    assert [step.ok for step in steps] == [True] * (len(steps) - 1) + [False]
    assert detail in steps[-1].detail
    assert "guess" not in str(steps)


def test_a_server_that_is_down_fails_to_connect(customer: Customer) -> None:
    server = customer.server()
    server.stop()
    steps = customer.channel(server).probe()
    assert [(step.step, step.ok) for step in steps] == [("resolve", True), ("connect", False)]


@pytest.mark.parametrize(
    ("option", "failing"),
    [("--read-only", "write"), ("--disk=0", "write"), ("--no-rename", "rename")],
)
def test_what_failed_is_followed_only_by_the_clean_up(
    customer: Customer, option: str, failing: str
) -> None:
    steps = customer.channel(customer.server(option)).probe()
    assert [step.step for step in steps] == [*ALL[: ALL.index(failing) + 1], "delete"]
    assert [step.step for step in steps if not step.ok] == [failing]
    assert customer.files() == {}


def test_where_overwriting_is_refused_it_is_not_tried(customer: Customer) -> None:
    steps = customer.channel(customer.server(), overwrite="refuse").probe()
    assert [step.step for step in steps if step.ok] == ALL
    assert "not needed" in steps[7].detail


def test_a_delivery_works_after_a_test(customer: Customer) -> None:
    channel = customer.channel(customer.server())
    channel.probe()
    channel.deliver(BytesSource(b"x"), "a.csv")
    assert customer.files() == {"a.csv": b"x"}
