"""The evidence of a run in memory: packed, changed by whoever likes to, and checked."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from campaigns.domain.evidence import zip_name
from campaigns.usecases.pack_evidence import pack_evidence
from local import verify
from tests.unit.pipeline.world import World

Files = dict[str, bytes]


class NoAudit:
    def list(self, *_: Any, **__: Any) -> list[Any]:
        return []


def packed_bytes(world: World) -> bytes:
    run = world.run
    assert pack_evidence(
        run.ref,
        run.version,
        runs=world.runs,
        files=world.files,
        audit=NoAudit(),
        now=world.clock,
    )
    return world.content(zip_name(run))


def packed(world: World) -> Files:
    return unpacked(packed_bytes(world))


def unpacked(data: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def zipped(files: Mapping[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as pack:
        for name, content in files.items():
            pack.writestr(name, content)
    return path


def broken(files: Mapping[str, bytes], folder: Path) -> list[str]:
    return verify.verify(zipped(files, folder / "evidence.zip"), show=lambda _: None)


def forged(files: Files) -> Files:
    """As somebody would who knows how the ZIP is made: all hashes of files fit again."""
    manifest = json.loads(files["manifest.json"])
    others = [name for name in files if name not in ("manifest.json", "SHA256SUMS")]
    known = {one["name"]: one["recordedSha256"] for one in manifest["members"]}
    manifest["members"] = [
        {
            "name": name,
            "bytes": len(files[name]),
            "sha256": sha256(files[name]).hexdigest(),
            "recordedSha256": sha256(files[name]).hexdigest() if known.get(name) else None,
        }
        for name in others
    ]
    made = {name: files[name] for name in others}
    made["manifest.json"] = json.dumps(manifest).encode()
    sums = "".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in made.items())
    return {**made, "SHA256SUMS": sums.encode()}


def without_line(name: str, start: bytes) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        lines = files[name].splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(start)]
        assert len(kept) < len(lines)
        files[name] = b"".join(kept)

    return change


def replaced(name: str, was: bytes, by: bytes) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        assert was in files[name]
        files[name] = files[name].replace(was, by)

    return change
