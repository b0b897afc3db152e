"""Looking a host up when it is written, where a request waits for the answer."""

from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from campaigns.adapters import outbound
from campaigns.adapters.outbound import Outbound
from campaigns.domain.outbound import HostForbidden


@pytest.fixture
def never() -> Iterator[Event]:
    """Set at the end, so that whoever waits for it goes."""
    waiting = Event()
    yield waiting
    waiting.set()


def test_a_name_service_that_does_not_answer_is_not_waited_for(
    never: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "CHECK_TIMEOUT_S", 0.01)

    def silent(*_: Any, **__: Any) -> list[Any]:
        never.wait()
        return []

    Outbound(resolver=silent).check("sftp.example.com", 22, "sftpSettings.host")


def test_a_forbidden_address_names_the_field() -> None:
    with pytest.raises(HostForbidden) as refusal:
        Outbound().check("169.254.169.254", 80, "redashQueryUrl")
    assert refusal.value.field == "redashQueryUrl"
