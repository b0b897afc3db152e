"""The promises of files: whole or not there, read from anywhere, linked for a while."""

import hashlib
import random
import urllib.error
import urllib.request
from typing import Any

import pytest

from campaigns.adapters.memory import MemoryRunFiles, MemoryUploads
from campaigns.adapters.s3 import S3RunFiles, S3Uploads
from campaigns.domain.imports import UploadNotFound, UploadTooLarge
from campaigns.domain.run import PUBLIC_FILES, RunFile, RunFileNotFound, RunRef, work_file
from campaigns.ports import RunFiles, Uploads
from tests.builders import an_id
from tests.contract.conftest import Deployed

LARGE = random.Random(7).randbytes(20 * 1024 * 1024 + 7)


@pytest.fixture(params=["memory", "s3"])
def files(request: pytest.FixtureRequest) -> RunFiles:
    if request.param == "memory":
        return MemoryRunFiles()
    deployed: Deployed = request.getfixturevalue("deployed")
    return S3RunFiles(request.getfixturevalue("s3"), deployed.settings.files_bucket)


@pytest.fixture(params=["memory", "s3"])
def uploads(request: pytest.FixtureRequest) -> Uploads:
    if request.param == "memory":
        return MemoryUploads()
    deployed: Deployed = request.getfixturevalue("deployed")
    return S3Uploads(request.getfixturevalue("s3"), deployed.settings.files_bucket)


@pytest.fixture
def on_s3(deployed: Deployed, s3: Any) -> S3RunFiles:
    return S3RunFiles(s3, deployed.settings.files_bucket)


@pytest.fixture
def ref() -> RunRef:
    return RunRef(an_id(), an_id(), an_id())


def put(files: RunFiles, ref: RunRef, name: str, *pieces: bytes, rows: int = 0) -> RunFile:
    with files.write(ref, name) as file:
        for piece in pieces:
            file.write(piece)
        file.rows = rows
    return file.facts


def break_off(files: RunFiles, ref: RunRef, name: str, data: bytes) -> None:
    with files.write(ref, name) as file:
        file.write(data)
        raise KeyboardInterrupt


def got(files: RunFiles, ref: RunRef, name: str, **part: Any) -> bytes:
    with files.read(ref, name, **part) as stream:
        return stream.read()


def test_a_file_reads_as_it_was_written(files: RunFiles, ref: RunRef) -> None:
    facts = put(files, ref, "log.txt", b"one\n", b"", b"two\n", rows=2)
    assert got(files, ref, "log.txt") == b"one\ntwo\n"
    digest = hashlib.sha256(b"one\ntwo\n").hexdigest()
    assert facts == RunFile(name="log.txt", bytes=8, sha256=digest, rows=2)


def test_a_file_may_be_empty(files: RunFiles, ref: RunRef) -> None:
    facts = put(files, ref, "log.txt")
    assert (facts.bytes, facts.sha256) == (0, hashlib.sha256(b"").hexdigest())
    assert got(files, ref, "log.txt") == b""
    assert got(files, ref, "log.txt", start=0, end=10) == b""


def test_writing_a_name_again_replaces_it(files: RunFiles, ref: RunRef) -> None:
    put(files, ref, "log.txt", b"a longer text")
    put(files, ref, "log.txt", b"short")
    assert got(files, ref, "log.txt") == b"short"


def test_runs_do_not_share_names(files: RunFiles, ref: RunRef) -> None:
    put(files, ref, "log.txt", b"mine")
    with pytest.raises(RunFileNotFound):
        files.read(RunRef(ref.company_id, ref.campaign_id, an_id()), "log.txt")


@pytest.mark.parametrize("part", [{}, {"start": 3}, {"start": 1, "end": 4}])
def test_what_was_never_written_is_not_found(
    files: RunFiles, ref: RunRef, part: dict[str, int]
) -> None:
    with pytest.raises(RunFileNotFound):
        files.read(ref, "log.txt", **part)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, None, b"0123456789"),
        (4, None, b"456789"),
        (0, 3, b"012"),
        (4, 7, b"456"),
        (9, 10, b"9"),
        (4, 4, b""),
        (8, 99, b"89"),
        (10, None, b""),
        (99, None, b""),
    ],
)
def test_any_part_of_a_file_can_be_read(
    files: RunFiles, ref: RunRef, start: int, end: int | None, expected: bytes
) -> None:
    put(files, ref, "log.txt", b"0123456789")
    assert got(files, ref, "log.txt", start=start, end=end) == expected


def test_a_file_that_breaks_off_never_appears(files: RunFiles, ref: RunRef) -> None:
    with pytest.raises(KeyboardInterrupt):
        break_off(files, ref, "log.txt", b"half")
    with pytest.raises(RunFileNotFound):
        files.read(ref, "log.txt")


@pytest.mark.parametrize("written", [4, len(LARGE)], ids=["small", "large"])
def test_a_file_that_breaks_off_leaves_the_earlier_one(
    files: RunFiles, ref: RunRef, written: int
) -> None:
    put(files, ref, "log.txt", b"whole")
    with pytest.raises(KeyboardInterrupt):
        break_off(files, ref, "log.txt", LARGE[:written])
    assert got(files, ref, "log.txt") == b"whole"


def test_a_large_file_comes_back_in_parts_and_whole(files: RunFiles, ref: RunRef) -> None:
    pieces = [LARGE[place : place + 1_000_003] for place in range(0, len(LARGE), 1_000_003)]
    facts = put(files, ref, "query_results.csv", *pieces)
    assert (facts.bytes, facts.sha256) == (len(LARGE), hashlib.sha256(LARGE).hexdigest())
    assert got(files, ref, "query_results.csv") == LARGE
    middle = 8 * 1024 * 1024
    part = got(files, ref, "query_results.csv", start=middle - 5, end=middle + 5)
    assert part == LARGE[middle - 5 : middle + 5]


def test_a_file_of_exactly_one_part_is_whole(files: RunFiles, ref: RunRef) -> None:
    put(files, ref, "log.txt", LARGE[: 8 * 1024 * 1024])
    assert got(files, ref, "log.txt") == LARGE[: 8 * 1024 * 1024]


def test_removed_files_are_gone_and_removing_again_is_fine(files: RunFiles, ref: RunRef) -> None:
    parts = [work_file("contacts.csv", place) for place in range(3)]
    for name in (*parts, "log.txt"):
        put(files, ref, name, b"x")
    for _ in range(2):
        files.remove(ref, [*parts, work_file("never-there")])
    files.remove(ref, [])
    for name in parts:
        with pytest.raises(RunFileNotFound):
            files.read(ref, name)
    assert got(files, ref, "log.txt") == b"x"


def test_a_file_has_a_size_once_it_is_there(files: RunFiles, ref: RunRef) -> None:
    with pytest.raises(RunFileNotFound):
        files.size(ref, "log.txt")
    put(files, ref, "log.txt", b"0123456789")
    assert files.size(ref, "log.txt") == 10


def test_an_upload_that_never_came_is_not_found(uploads: Uploads) -> None:
    with pytest.raises(UploadNotFound):
        uploads.read(f"imports/{an_id()}.csv", most=100)


def test_what_we_answer_reads_as_it_was_written(uploads: Uploads) -> None:
    key = f"import-results/{an_id()}.csv"
    uploads.write(key, iter([b"row,", b"field\n"]))
    with uploads.read(key, most=100) as stream:
        assert stream.read() == b"row,field\n"


def test_an_answer_that_breaks_off_never_appears(uploads: Uploads) -> None:
    key = f"import-results/{an_id()}.csv"

    def pieces() -> Any:
        yield b"half"
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        uploads.write(key, pieces())
    with pytest.raises(UploadNotFound):
        uploads.read(key, most=100)


def test_an_upload_that_is_too_large_is_not_even_begun(uploads: Uploads) -> None:
    key = f"imports/{an_id()}.csv"
    uploads.write(key, [b"x" * 100])
    with uploads.read(key, most=100) as stream:
        assert len(stream.read()) == 100
    with pytest.raises(UploadTooLarge, match="has 100 bytes, and at most 99 are taken"):
        uploads.read(key, most=99)


# Links, which only a real store can keep.


def fetched(link: str) -> tuple[bytes, str]:
    with urllib.request.urlopen(link, timeout=10) as answer:
        return answer.read(), answer.headers.get("Content-Disposition", "")


@pytest.mark.parametrize("name", [*PUBLIC_FILES, work_file("all-v7.zip")])
def test_a_link_downloads_the_file_under_its_plain_name(
    on_s3: S3RunFiles, ref: RunRef, name: str
) -> None:
    put(on_s3, ref, name, b"content")
    body, disposition = fetched(on_s3.link(ref, name, seconds=60))
    assert body == b"content"
    assert disposition == f'attachment; filename="{name.rpartition("/")[2]}"'


def test_a_file_is_uploaded_by_a_link(on_s3: S3RunFiles, ref: RunRef) -> None:
    name = work_file("upload-log.txt")
    link = on_s3.upload_link(ref, name, seconds=60)
    for content in (b"first", b"again"):
        request = urllib.request.Request(link, data=content, method="PUT")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200
        assert got(on_s3, ref, name) == content
    with pytest.raises(urllib.error.HTTPError, match="403"):
        fetched(link.replace("log.txt", "rejects.csv"))


def test_a_link_is_good_for_its_own_file_only(on_s3: S3RunFiles, ref: RunRef) -> None:
    put(on_s3, ref, "log.txt", b"log")
    put(on_s3, ref, "receipt.json", b"{}")
    link = on_s3.link(ref, "log.txt", seconds=60)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        fetched(link.replace("log.txt", "receipt.json"))


def test_a_client_uploads_and_downloads_by_links(deployed: Deployed, s3: Any) -> None:
    uploads = S3Uploads(s3, deployed.settings.files_bucket)
    key = f"imports/{an_id()}.csv"
    link = uploads.upload_link(key, seconds=60)
    request = urllib.request.Request(link, data=b"externalId\n", method="PUT")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200
    with uploads.read(key, most=100) as stream:
        assert stream.read() == b"externalId\n"
    assert fetched(uploads.download_link(key, seconds=60))[0] == b"externalId\n"


class Breaking:
    """A client whose downloads break off after every few bytes."""

    def __init__(self, client: Any, *, times: int) -> None:
        self._client = client
        self._left = times

    def get_object(self, **asked: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._client.get_object(**asked)
        if self._left:
            self._left -= 1
            answer["Body"] = BreakingBody(answer["Body"])
        return answer


class BreakingBody:
    def __init__(self, body: Any) -> None:
        self._body = body
        self._reads = 0

    def read(self, size: int) -> bytes:
        from botocore.exceptions import ReadTimeoutError

        self._reads += 1
        if self._reads > 1:
            raise ReadTimeoutError(endpoint_url="here")
        data: bytes = self._body.read(min(size, 1000))
        return data

    def close(self) -> None:
        self._body.close()


def test_a_download_that_breaks_off_goes_on_where_it_broke(
    deployed: Deployed, s3: Any, on_s3: S3RunFiles, ref: RunRef
) -> None:
    put(on_s3, ref, "log.txt", LARGE[:100_000])
    breaking: Any = Breaking(s3, times=5)
    files = S3RunFiles(breaking, deployed.settings.files_bucket)
    assert got(files, ref, "log.txt", start=10, end=99_990) == LARGE[10:99_990]
