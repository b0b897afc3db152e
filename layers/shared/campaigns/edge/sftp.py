"""SFTP settings and what a connection test finds, alike in every API."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field

from campaigns.domain.delivery import Probe
from campaigns.edge.wire import Wire

_LONGEST_SECRET = 4096
"""Bytes, of UTF-8: what KMS encrypts in one piece."""


def _sealable(value: str) -> str:
    if len(value.encode()) > _LONGEST_SECRET:
        raise ValueError(f"is longer than {_LONGEST_SECRET} bytes")
    return value


Secret = Annotated[str, Field(min_length=1, max_length=_LONGEST_SECRET), AfterValidator(_sealable)]


class SftpIn(Wire):
    host: Annotated[str, Field(max_length=300)] | None = None
    username: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    cd_dir: Annotated[str, Field(max_length=1000)] | None = None
    password: Secret | None = None
    private_key: Secret | None = None
    passphrase: Secret | None = None
    host_key: Annotated[str, Field(max_length=2000)] | None = None
    publish: Literal["rename", "direct"] | None = None
    overwrite: Literal["replace", "refuse"] | None = None
    create_dirs: bool | None = None
    name_template: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    trigger: Literal["none", "done", "manifest"] | None = None
    recall: bool | None = None
    split: Literal["timeZone"] | None = None


class StepOut(Wire):
    step: str
    ok: bool
    detail: str
    ms: int


class ProbeOut(Wire):
    ok: bool
    steps: list[StepOut]
    host_key: str | None
    """As the server showed it; what `hostKey` of the settings takes."""
    fingerprint: str | None
    host_key_learned: bool

    @classmethod
    def of(cls, probe: Probe, *, learned: bool = False) -> Self:
        return cls(
            ok=probe.ok,
            steps=[
                StepOut(step=one.step, ok=one.ok, detail=one.detail, ms=one.ms)
                for one in probe.steps
            ],
            host_key=probe.host_key,
            fingerprint=probe.fingerprint,
            host_key_learned=learned,
        )
