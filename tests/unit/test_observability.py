"""What is logged of an exception: where and what kind, never what it says of itself."""

import io
import json
import logging
from typing import Any

import pytest
from botocore.exceptions import ClientError

from campaigns.domain.errors import Invalid
from campaigns.observability import Crashed, logger, report_failure, triggered
from local.gateway import context


class Unreadable(Invalid):
    code = "unreadable"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    return stream


def raising(error: Exception) -> Any:
    raise error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("invalid literal: '+15125550177'"), "ValueError"),
        (Unreadable("row of Quillonia"), "Unreadable unreadable"),
        (ConnectionRefusedError(111, "at 10.1.2.3"), "ConnectionRefusedError 111"),
        (
            ClientError({"Error": {"Code": "Throttled", "Message": "Quillonia"}}, "PutItem"),
            "ClientError PutItem Throttled",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_traceback_tells_the_kind_and_not_the_text(
    error: Exception, kind: str, written: io.StringIO
) -> None:
    text = "Quillonia again"
    try:
        try:
            raising(error)
        except Exception as first:
            raise KeyError(text) from first
    except KeyError:
        report_failure("it failed")
    [line] = written.getvalue().splitlines()
    told = json.loads(line)
    assert told["exception"].splitlines()[-1] == "KeyError"
    assert f"{kind}\nwhich led to:" in told["exception"]
    assert "in raising\n    raise error" in told["exception"]
    for one in ("Quillonia", "5550177", "10.1.2.3"):
        assert one not in line


def test_what_a_trigger_did_not_foresee_is_handed_to_lambda_without_its_text(
    written: io.StringIO,
) -> None:
    @triggered
    def handler(event: Any, _: Any) -> None:
        raising(ValueError(event))

    with pytest.raises(Crashed) as crashed:
        handler("+15125550177", context("test"))
    assert (str(crashed.value), crashed.value.__cause__) == ("ValueError", None)
    assert crashed.value.__suppress_context__
    assert json.loads(written.getvalue())["level"] == logging.getLevelName(logging.ERROR)
    assert "5550177" not in written.getvalue()


def test_an_error_of_our_own_passes_a_trigger_as_it_is(written: io.StringIO) -> None:
    @triggered
    def handler(_event: Any, _context: Any) -> None:
        raise Unreadable("the file is not UTF-8")

    with pytest.raises(Unreadable, match="not UTF-8"):
        handler({}, context("test"))
