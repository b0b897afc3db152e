from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from campaigns.domain.exporter import Exporter
from campaigns.ports import Clock, ExporterStore
from campaigns.usecases.exporter_changes import changed


def update_exporter(
    exporter: Exporter, changes: Mapping[str, Any], *, exporters: ExporterStore, now: Clock
) -> Exporter:
    """Raises Invalid, ExternalIdTaken, ChangedMeanwhile."""
    return exporters.move(replace(changed(exporter, changes), updated_at=now()))
