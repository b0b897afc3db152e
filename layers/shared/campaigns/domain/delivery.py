"""Delivery of files to an SFTP server: where to, under which name, with what proof.

The way a delivery can fail, and who can help:

    Conflict      HostKeyChanged · FileExists            somebody has to decide
    Invalid       AuthenticationRefused · BadPrivateKey · DirectoryMissing
                  PermissionRefused · RenameRefused · SettingRefused
                                                         the settings have to change
    Unavailable   ConnectionLost · ServerFull
                  RemoteFileDiffers · SourceEndedEarly   trying again may help

Only the Unavailable ones are worth a retry. No message ever contains a secret.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.domain.errors import Conflict, Invalid, Unavailable
from campaigns.domain.identity import moment

DEFAULT_PORT = 22
LONGEST_NAME = 255  # bytes; what nearly every file system allows for one name


class Publish(StrEnum):
    """How a file appears under its name: whole, by a rename, or growing in place."""

    RENAME = "rename"
    DIRECT = "direct"


class Overwrite(StrEnum):
    """What to do when the name is taken by a file with other content."""

    REPLACE = "replace"
    REFUSE = "refuse"


class Trigger(StrEnum):
    """The file that tells the receiver that everything has arrived."""

    NONE = "none"
    DONE = "done"
    MANIFEST = "manifest"


TRIGGER_EXTENSIONS = {Trigger.DONE: "done", Trigger.MANIFEST: "json"}


@dataclass(frozen=True, kw_only=True)
class SftpDestination:
    """Where files go and how to get in. `host_key` pins the server, in OpenSSH's one-line form."""

    host: str
    port: int = DEFAULT_PORT
    username: str
    password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    host_key: str | None = None
    directory: str = ""
    publish: Publish = Publish.RENAME
    create_dirs: bool = False
    overwrite: Overwrite = Overwrite.REPLACE
    trigger: Trigger = Trigger.NONE
    name_template: str | None = None

    @property
    def address(self) -> str:
        """The server as a person would write it, for messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORT else f"{host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The proof of one delivered file. `attempts` counts this one; `resumed_from` is in bytes."""

    host: str
    port: int
    fingerprint: str
    host_key: str
    remote_path: str
    bytes: int
    sha256: str
    published: str
    attempts: int
    resumed_from: int
    started_at: datetime
    finished_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values under the names that they have in an answer and in receipt.json."""
        return {
            "host": self.host,
            "port": self.port,
            "fingerprint": self.fingerprint,
            "hostKey": self.host_key,
            "remotePath": self.remote_path,
            "bytes": self.bytes,
            "sha256": self.sha256,
            "published": self.published,
            "attempts": self.attempts,
            "resumedFrom": self.resumed_from,
            "startedAt": moment(self.started_at),
            "finishedAt": moment(self.finished_at),
        }


@dataclass(frozen=True)
class Step:
    """One line of a connection test."""

    step: str
    ok: bool
    detail: str
    ms: int


@dataclass(frozen=True)
class Probe:
    """A connection test: how far it came, and the host key it saw."""

    steps: tuple[Step, ...]
    host_key: str | None
    fingerprint: str | None

    @property
    def failed(self) -> Step | None:
        return next((step for step in self.steps if not step.ok), None)

    @property
    def ok(self) -> bool:
        return bool(self.steps) and self.failed is None


_HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?")
_IPV6 = re.compile(r"[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9._-]+)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def parse_host(text: str) -> tuple[str, int]:
    """`name`, `name:port` or `[v6]:port`; the port is 22 where none is given."""

    def refuse(reason: str) -> Invalid:
        return SettingRefused(f"{text[:80]!r} is not an SFTP host: {reason}", "host")

    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or not _IPV6.fullmatch(host):
            raise refuse("the brackets must hold an IPv6 address, like [2001:db8::1]:22")
        if rest and not rest.startswith(":"):
            raise refuse("after the bracket only :port may follow")
        return host, _port(rest[1:], refuse) if rest else DEFAULT_PORT
    if text.count(":") > 1 and "/" not in text:
        raise refuse("write an IPv6 address in brackets, like [2001:db8::1]:22")
    host, colon, port = text.partition(":")
    labels = host.removesuffix(".").split(".")
    named = len(host) <= 253 and all(len(x) <= 63 and _HOST_NAME.fullmatch(x) for x in labels)
    if not named or "/" in port:
        raise refuse("give a host name or address only: no scheme, user, path or space")
    return host, _port(port, refuse) if colon else DEFAULT_PORT


def _port(text: str, refuse: Callable[[str], Invalid]) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise refuse("the port must be a number from 1 to 65535")
    return int(text)


def check_directory(text: str) -> None:
    if _CONTROL.search(text):
        raise SettingRefused("the directory must not contain NUL or control characters", "cdDir")


def parse_host_key(text: str) -> tuple[str, bytes]:
    """Type and blob of a key in OpenSSH's form; a leading host name or a comment is ignored."""
    words = text.split()
    for kind, encoded in pairwise(words):
        if not re.fullmatch(r"(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+", kind):
            continue
        try:
            blob = base64.b64decode(encoded, validate=True)
        except ValueError:
            break
        # The blob repeats its type and ends with its last field, or the paste was damaged.
        fields, end = [], 0
        while end < len(blob):
            start = end + 4
            end = start + int.from_bytes(blob[end:start], "big")
            fields.append(blob[start:end])
        if end == len(blob) and len(fields) > 1 and fields[0] == kind.encode():
            return kind, blob
    reason = 'the host key must look like "ssh-ed25519 AAAA…", as ssh-keyscan prints it'
    raise SettingRefused(reason, "hostKey")


def fingerprint(blob: bytes) -> str:
    """What `ssh-keygen -l` prints for a public key."""
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode()
    return f"SHA256:{digest.rstrip('=')}"


# Names under which files appear.

_TOKEN = re.compile(r"\{([^{}]*)\}")
_plain = partial(re.compile(r"[^A-Za-z0-9._-]").sub, "_")
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,8})$")


def remote_name(
    template: str | None,
    *,
    campaign: str,
    external_id: str | None,
    run_id: str,
    at: datetime,
    zone: str,
    kind: str,
    part: int | None,
    extension: str,
    time_zone: str = "",
) -> str:
    """The name of one file of a run; the same facts always give the same name.

    Without a template the time is UTC; a template's time tokens are in `zone`. An extension
    written in the template takes the place of `csv`. Where the template does not mention the
    kind or the part, other kinds than `contacts` and numbered parts are told apart by a suffix,
    so that no two files of a run share a name. `time_zone` is where a file's people are: what
    comes to one zone only says so.
    """
    if template is None:
        stem = f"{{externalId}}_{at.astimezone(UTC):%Y%m%dT%H%M%SZ}_{{runId}}_{{kind}}"
    else:
        stem = template
        if own := _EXTENSION.search(template):
            stem = template[: own.start()]
            extension = own.group(1) if extension == "csv" else extension
    if "{kind}" not in stem and kind != "contacts":
        stem += "_{kind}"
    if "{part}" not in stem and part is not None:
        stem += "_part{part}"
    if "{zone}" not in stem and time_zone:
        stem += "_{zone}"
    local = at.astimezone(ZoneInfo(zone))
    values = {
        "campaign": _plain(campaign),
        "externalId": _plain(external_id or campaign),
        "runId": _plain(run_id),
        "YYYY": f"{local:%Y}",
        "MM": f"{local:%m}",
        "DD": f"{local:%d}",
        "HH": f"{local:%H}",
        "mm": f"{local:%M}",
        "ss": f"{local:%S}",
        "part": "" if part is None else f"{part:02d}",
        "kind": _plain(kind),
        "zone": _plain(time_zone.replace("/", "-")),
    }
    name = f"{_TOKEN.sub(lambda token: _value(token.group(1), values), stem)}.{extension}"
    check_name(name)
    return name


def _value(token: str, values: dict[str, str]) -> str:
    if token not in values:
        known = " ".join(f"{{{name}}}" for name in values)
        message = f"the name template has no token {{{token}}}; it knows {known}"
        raise SettingRefused(message, "nameTemplate")
    return values[token]


def check_name(name: str) -> None:
    """One path component that any file system takes, and nothing that leaves its directory."""
    problem = None
    if name in {"", ".", ".."} or "/" in name:
        problem = "is not the name of a file inside a directory"
    elif _CONTROL.search(name):
        problem = "contains control characters"
    elif "{" in name or "}" in name:
        problem = "has a brace that belongs to no token"
    elif len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        problem = f"is longer than {LONGEST_NAME} bytes"
    if problem:
        raise SettingRefused(f"the file name {name[:80]!r} {problem}", "nameTemplate")


def temporary_name(name: str, sha256: str) -> str:
    """Where a file grows before it is published; a retry of the same content finds it again."""
    temporary = f".{name}.{sha256[:8]}.part"
    if len(temporary.encode()) <= LONGEST_NAME:
        return temporary
    return f".{hashlib.sha256(name.encode()).hexdigest()[:32]}.{sha256[:8]}.part"


# Refusals. `at` is the server as `SftpDestination.address` writes it; `said` is the server's word.


class HostKeyChanged(Conflict):
    code = "host_key_changed"
    holds = True

    def __init__(self, at: str, pinned: str, seen: str) -> None:
        self.pinned, self.seen = pinned, seen
        super().__init__(
            f"{at} shows the host key {seen}, but {pinned} is pinned; nothing was sent. Ask the "
            "server's operator which is right, set sftpSettings.hostKey and release the run"
        )


class FileExists(Conflict):
    code = "file_exists"

    def __init__(self, at: str, path: str) -> None:
        super().__init__(
            f"{path} on {at} exists with other content and overwrite is refused; "
            "move it away or allow overwriting"
        )


class SettingRefused(Invalid):
    code = "sftp_setting_refused"

    def __init__(self, message: str, setting: str) -> None:
        super().__init__(message, field=f"sftpSettings.{setting}")


class AuthenticationRefused(Invalid):
    code = "authentication_refused"

    def __init__(self, at: str, username: str, tried: str, wanted: str) -> None:
        super().__init__(
            f"{at} refused {username!r} (tried: {tried}; the server takes: {wanted}); "
            "check the user name, password and key",
            field="sftpSettings.username",
        )


class BadPrivateKey(Invalid):
    code = "bad_private_key"

    def __init__(self, at: str, reason: str) -> None:
        super().__init__(
            f"the private key for {at} cannot be used: {reason}", field="sftpSettings.privateKey"
        )


class PrivateKeyLocked(BadPrivateKey):
    """It is a key, of which nothing else can be told."""

    def __init__(self, at: str) -> None:
        super().__init__(at, "it is encrypted; give its passphrase")


class DirectoryMissing(Invalid):
    code = "directory_missing"

    def __init__(self, at: str, path: str) -> None:
        super().__init__(
            f"{at} has no directory {path!r}; create it there, correct cdDir or set createDirs",
            field="sftpSettings.cdDir",
        )


class PermissionRefused(Invalid):
    code = "permission_refused"

    def __init__(self, at: str, action: str) -> None:
        super().__init__(
            f"{at} does not permit this user to {action}; have the right granted or change cdDir",
            field="sftpSettings.cdDir",
        )


class RenameRefused(Invalid):
    code = "rename_refused"

    def __init__(self, at: str, path: str, said: str) -> None:
        super().__init__(
            f"{at} refused to rename the finished upload to {path} ({said}); "
            'if the server forbids renaming, set publish to "direct"',
            field="sftpSettings.publish",
        )


class ServerFull(Unavailable):
    code = "server_full"

    def __init__(self, at: str, path: str, said: str) -> None:
        super().__init__(
            f"{at} could not store {path} ({said}); most often its disk or quota is full: make room"
        )


class ConnectionLost(Unavailable):
    code = "connection_lost"

    def __init__(self, at: str, reason: str) -> None:
        super().__init__(
            f"no connection to {at}: {reason}; check host, port, firewall and whether it is up"
        )


class RemoteFileDiffers(Unavailable):
    code = "remote_file_differs"

    def __init__(self, at: str, path: str, expected: int, found: int) -> None:
        super().__init__(
            f"{path} on {at} has {found} bytes after the upload instead of {expected}; "
            "see whether something else writes there"
        )


class SourceEndedEarly(Unavailable):
    code = "source_ended_early"

    def __init__(self, at: str, expected: int, found: int) -> None:
        super().__init__(
            f"the file for {at} ended after {found} bytes instead of {expected}; make it again"
        )
