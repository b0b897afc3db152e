"""What a client may set of a contact exporter, checked before anything is written."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from campaigns.domain.exporter import Exporter
from campaigns.domain.facts import check_path
from campaigns.domain.file_limits import check_file
from campaigns.domain.phones import code_of_country
from campaigns.domain.presets import PRESETS, SETTINGS, with_settings
from campaigns.usecases.campaign_changes import FieldRefused, check_external_id


def changed(exporter: Exporter, changes: Mapping[str, Any], *, is_new: bool = False) -> Exporter:
    """The exporter with these fields set; a setting that is None goes back to its preset.

    Raises Invalid naming the field.
    """
    settings = {name: value for name, value in changes.items() if name in SETTINGS}
    fields = {name: value for name, value in changes.items() if name not in SETTINGS}
    preset = fields.pop("preset", exporter.preset)
    if preset is not None and preset not in PRESETS:
        raise FieldRefused(f"must be one of {', '.join(PRESETS)}", field="format.preset")
    made = with_settings(replace(exporter, **fields), settings, preset, is_new=is_new)
    check_external_id(made.external_id)
    _check_columns(made)
    for place, key in enumerate(made.order):
        check_path(key.by, field=f"order.{place}.by")
    code_of_country(made.phone_country)
    if not made.contact_types:
        raise FieldRefused(
            "no contact point that contactMatchingCriteria.contactType admits can be used for it",
            field="checkCompliance.channel",
        )
    check_file(made)
    return made


def _check_columns(exporter: Exporter) -> None:
    if not exporter.columns:
        raise FieldRefused("at least one column is required", field="columnSettings")
    for place, column in enumerate(exporter.columns):
        where = f"columnSettings.{place}"
        if (column.field is None) == (column.const is None):
            raise FieldRefused("set either field or const", field=where)
        if column.field is not None:
            check_path(column.field, field=f"{where}.field")
        elif column.mask:
            raise FieldRefused("only a field can be masked", field=f"{where}.mask")
