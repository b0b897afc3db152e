"""The description of all APIs, as it was written from the code."""

from functools import cache
from importlib.resources import files
from typing import Any

import orjson


@cache
def text() -> str:
    """As it is served."""
    return files("campaigns.edge").joinpath("openapi.json").read_text("utf-8")


def document() -> dict[str, Any]:
    read: dict[str, Any] = orjson.loads(text())
    return read
