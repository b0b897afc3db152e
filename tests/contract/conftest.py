"""The same port twice: in memory, and as its real adapter on the emulator."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from campaigns.settings import Settings
from local.emulator import Emulator
from local.provision import CREDENTIALS, REGION, Provision
from local.template import Template


@dataclass(frozen=True)
class Deployed:
    """The template's resources in the emulator, and clients to reach them."""

    settings: Settings
    endpoint: str

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(signature_version="s3v4" if service == "s3" else None),
        )


@pytest.fixture(scope="session")
def deployed(emulator: Emulator) -> Deployed:
    name = f"test-{uuid4().hex[:8]}"
    environment = Provision(Template(), emulator.endpoint, name=name).environment()
    return Deployed(Settings.from_env(environment), emulator.endpoint)


@pytest.fixture(scope="session")
def dynamodb(deployed: Deployed) -> Any:
    return deployed.client("dynamodb")


@pytest.fixture(scope="session")
def s3(deployed: Deployed) -> Any:
    return deployed.client("s3")


@pytest.fixture
def company_id() -> str:
    """A company of the test's own, because all tests share the emulator's tables."""
    return str(uuid4())
