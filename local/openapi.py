"""Write the description of all APIs, as it is served, from the code.

    python -m local.openapi

A test fails while the file and the code disagree.
"""

import json
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import orjson

from campaigns.edge.openapi import Endpoint, describe
from local.template import ROOT, Template

FILE = ROOT / "layers/shared/campaigns/edge/openapi.json"


def endpoints() -> Iterator[Endpoint]:
    """Every endpoint of the template, in its order."""
    template = Template()
    routed = {route.function for route in template.routes()}
    for function in template.functions():
        if function.name not in routed:
            continue
        _, family, file = function.module.split(".")
        module = import_module(function.module)
        about = " ".join((module.__doc__ or "").split()).partition(": ")[2].rstrip(".")
        sample = json.loads((ROOT / "events" / family / f"{file}.json").read_text())
        yield Endpoint(f"{family}_{file}", about[:1].upper() + about[1:], module.handler, sample)


def description() -> bytes:
    document = describe(endpoints())
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def main(file: Path = FILE) -> None:
    file.write_bytes(description())
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    main()
