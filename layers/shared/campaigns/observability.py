"""The service's only logger and metrics. Logs carry ids; never bodies, never personal data."""

import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit

R = TypeVar("R")


class _NoTexts(LambdaPowertoolsFormatter):
    """Tracebacks that say where and what kind, and not what an exception says of itself.

    That may quote anything: a row that could not be read, a number that is none.
    """

    def formatException(self, ei: Any) -> str:
        return "\n".join(_told(ei[1]))


def _told(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _told(cause)
        yield "which led to:"
    yield "".join(traceback.format_tb(error.__traceback__)) + _kind(error)


def _kind(error: BaseException) -> str:
    """Its type, with what AWS, an operating system or one of our own errors call it."""
    names = [getattr(error, "code", None), getattr(error, "errno", None)]
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        names += [getattr(error, "operation_name", None), response.get("Error", {}).get("Code")]
    known = [str(name) for name in names if isinstance(name, str | int)]
    return " ".join([type(error).__name__, *known])


# The name of the service comes from POWERTOOLS_SERVICE_NAME: the stack that was deployed.
logger = Logger(logger_formatter=_NoTexts(serialize_stacktrace=False))


class Crashed(Exception):
    """In place of an exception that nobody foresaw, whose text may quote anything: its kind."""


def triggered(handler: Callable[[Any, Any], R]) -> Callable[[Any, Any], R]:
    """A handler that no request leads to. What it raises, Lambda logs and hands on as it is."""

    @logger.inject_lambda_context(clear_state=True)
    @wraps(handler)
    def telling(event: Any, context: Any) -> R:
        try:
            return handler(event, context)
        except Exception as failure:
            logger.exception("failed")
            if isinstance(getattr(failure, "code", None), str):
                # One of our own errors, whose text is written for an operator.
                raise
            raise Crashed(_kind(failure)) from None

    return telling


_metrics = Metrics(namespace="Campaigns")


def count(name: str, **dimensions: str) -> None:
    """One more of `name`, written at once."""
    _metrics.clear_metrics()
    for dimension, value in dimensions.items():
        _metrics.add_dimension(name=dimension, value=value)
    _metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    _metrics.flush_metrics()


def measure(**amounts: int) -> None:
    """So many of each, written at once."""
    _metrics.clear_metrics()
    for name, amount in amounts.items():
        _metrics.add_metric(name=name, unit=MetricUnit.Count, value=amount)
    _metrics.flush_metrics()


def report_sweep(counts: Mapping[str, int]) -> None:
    """One line for a sweep, and what an operator would like to hear of; an alarm looks there."""
    logger.info("swept", outcomes=dict(counts))
    measure(
        RunsStartedLate=counts.get("due_started_late", 0),
        RunsGivenUp=counts.get("due_given_up", 0),
        StuckRunsEnded=sum(counts.get(name, 0) for name in ("stuck_handed_over", "stuck_ended")),
        SweepFailures=sum(counts.get(name, 0) for name in ("due_failed", "stuck_failed", "broken")),
    )


def report_recalls(counts: Mapping[str, int]) -> None:
    """One line, and what an operator would like to hear of; an alarm looks there."""
    logger.info("recalls told", outcomes=dict(counts))
    measure(RecallFailures=sum(counts.get(name, 0) for name in ("missed", "broken")))


def report_failure(what: str) -> None:
    """Inside an except block: log the traceback of something nobody foresaw."""
    logger.exception(what)


def report_flight_check(campaign_id: str, failed: str | None) -> None:
    """`failed` is the step that did; an alarm looks at those."""
    logger.info("flight checked", campaign_id=campaign_id, failed=failed)
    count("FlightChecked", status="failed" if failed else "passed")


def report_end(run_id: str, status: str) -> None:
    """One line and one count for a run that came to an end; an alarm looks at the failures."""
    logger.info("run ended", run_id=run_id, status=status)
    count("RunEnded", status=status)
