from collections.abc import Mapping
from typing import Any

from campaigns.domain.exporter import Exporter
from campaigns.ports import Clock, ExporterStore, NewId
from campaigns.usecases.exporter_changes import changed


def create_exporter(
    company_id: str,
    fields: Mapping[str, Any],
    *,
    exporters: ExporterStore,
    new_id: NewId,
    now: Clock,
) -> Exporter:
    """Raises Invalid, ExternalIdTaken."""
    at = now()
    blank = Exporter(id=new_id(), company_id=company_id, name="", created_at=at, updated_at=at)
    return exporters.add(changed(blank, fields, is_new=True))
