"""What a client may set of a contact exporter, checked before anything is written."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from campaigns.domain.exporter import Exporter
from campaigns.domain.facts import check_path
from campaigns.usecases.campaign_changes import FieldRefused, check_external_id


def changed(exporter: Exporter, changes: Mapping[str, Any]) -> Exporter:
    """The exporter with these fields set, those of its format one by one.

    Raises Invalid naming the field.
    """
    form = replace(exporter.format, **changes.get("format", {}))
    made = replace(exporter, **{**changes, "format": form})
    check_external_id(made.external_id)
    if not made.columns:
        raise FieldRefused("at least one column is required", field="columnSettings")
    for place, column in enumerate(made.columns):
        where = f"columnSettings.{place}"
        if (column.field is None) == (column.const is None):
            raise FieldRefused("set either field or const", field=where)
        if column.field is not None:
            check_path(column.field, field=f"{where}.field")
        elif column.mask:
            raise FieldRefused("only a field can be masked", field=f"{where}.mask")
    return made
