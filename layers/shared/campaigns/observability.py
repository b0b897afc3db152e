"""The service's only logger and metrics. Logs carry ids; never bodies, never personal data."""

from collections.abc import Mapping

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

# The name of the service comes from POWERTOOLS_SERVICE_NAME: the stack that was deployed.
logger = Logger()
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
        StuckRunsEnded=counts.get("stuck_ended", 0),
        SweepFailures=sum(counts.get(name, 0) for name in ("due_failed", "stuck_failed", "broken")),
    )


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
