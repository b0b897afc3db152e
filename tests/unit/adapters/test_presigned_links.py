"""Where a presigned link leads: what was signed for one host cannot be asked of another."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import boto3
import pytest

from campaigns import wiring


@pytest.fixture
def abroad(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-south-1")
    # Which keeps the credentials that it saw first, for everybody in this process.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    wiring.forget()
    yield
    wiring.forget()


def link() -> str:
    parameters = {"Bucket": "files", "Key": "imports/people.csv"}
    return wiring._s3().generate_presigned_url("get_object", Params=parameters)


@pytest.mark.usefixtures("abroad")
def test_a_link_names_the_host_of_the_bucket_s_region() -> None:
    assert urlsplit(link())[:3] == (
        "https",
        "files.s3.eu-south-1.amazonaws.com",
        "/imports/people.csv",
    )


@pytest.mark.usefixtures("abroad")
def test_a_link_to_an_emulator_names_the_bucket_in_its_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert urlsplit(link())[:3] == ("http", "127.0.0.1:4566", "/files/imports/people.csv")
