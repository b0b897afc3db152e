"""What a handler must not load before it is needed: each cold start would pay for it."""

import os
import subprocess
import sys

import pytest

from local.template import ROOT, Template

DURABLE = "aws_durable_execution_sdk_python"
HEAVY = {"anyascii", "aws_xray_sdk", "cryptography", "moto", "paramiko", "phonenumbers", DURABLE}
HEAVY |= {"babel", "jinja2", "numpy", "pandas", "pyxirr", "scipy"}
ALLOWED = {"functions.runs.campaign_run": {DURABLE}}
MODULES = [function.module for function in Template().functions()]

_LOOK = """
import importlib, os, sys
import boto3, pydantic, campaigns.edge.api, campaigns.wiring
for module in sys.argv[1:]:
    if os.fork() == 0:
        importlib.import_module(module)
        packages = {name.partition(".")[0] for name in sys.modules}
        sys.stdout.write(" ".join([module, *packages]) + "\\n")
        sys.stdout.flush()
        os._exit(0)
    if os.wait()[1]:
        sys.exit(f"{module} cannot be imported")
"""
"""What every endpoint loads anyway is loaded once; from there, each module starts afresh."""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """The packages that a fresh Python has loaded once it has imported the module."""
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, *MODULES],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'layers/shared'}",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    told = [line.split() for line in done.stdout.splitlines()]
    return {module: set(packages) for module, *packages in told}


@pytest.mark.parametrize("module", MODULES)
def test_importing_a_handler_loads_nothing_heavy(module: str, loaded: dict[str, set[str]]) -> None:
    assert loaded[module] & HEAVY == ALLOWED.get(module, set())
