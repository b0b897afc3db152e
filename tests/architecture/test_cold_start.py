"""What a handler must not load before it is needed: each cold start would pay for it."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.template import ROOT, Template

DURABLE = "aws_durable_execution_sdk_python"
HEAVY = {"anyascii", "aws_xray_sdk", "cryptography", "moto", "paramiko", "phonenumbers", DURABLE}
ALLOWED = {"functions.runs.campaign_run": {DURABLE}}
MODULES = [function.module for function in Template().functions()]

_LOOK = "import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"


def loaded_by(module: str) -> set[str]:
    """The packages that a fresh Python has loaded once it has imported the module."""
    done = subprocess.run(
        [sys.executable, "-c", _LOOK.format(module=module)],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'layers/shared'}",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        return dict(zip(MODULES, pool.map(loaded_by, MODULES), strict=True))


@pytest.mark.parametrize("module", MODULES)
def test_importing_a_handler_loads_nothing_heavy(module: str, loaded: dict[str, set[str]]) -> None:
    assert loaded[module] & HEAVY == ALLOWED.get(module, set())
