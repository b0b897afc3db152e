"""The service's only logger and metrics. Logs carry ids; never bodies, never personal data."""

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

_NAMESPACE = "Campaigns"

logger = Logger(service="campaigns")
metrics = Metrics(service="campaigns", namespace=_NAMESPACE)


def report_failure(what: str) -> None:
    """Inside an except block: log the traceback of something nobody foresaw."""
    logger.exception(what)


def report_end(run_id: str, status: str) -> None:
    """One line and one count for a run that came to an end; an alarm looks at the failures."""
    logger.info("run ended", run_id=run_id, status=status)
    with single_metric(
        name="RunEnded", unit=MetricUnit.Count, value=1, namespace=_NAMESPACE
    ) as one:
        one.add_dimension(name="status", value=status)
