"""Files in S3, streamed in and out; nothing here ever holds a whole file."""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.domain.imports import UploadNotFound, UploadTooLarge
from campaigns.domain.run import RunFile, RunFileNotFound, RunRef

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PART = 8 * 1024 * 1024
_REOPENINGS = 5


class S3Writer(io.RawIOBase):
    """Bytes on their way into one object: small ones by a put, larger ones in parts.

    The object appears, whole, at `commit`; until then, and for ever after `abort`, whatever
    stood under its key stays.
    """

    def __init__(self, client: "S3Client", bucket: str, key: str, name: str) -> None:
        super().__init__()
        self._client = client
        self._at: dict[str, Any] = {"Bucket": bucket, "Key": key}
        self._name = name
        self._buffer = bytearray()
        self._hash = hashlib.sha256()
        self._size = 0
        self._upload: str | None = None
        self._parts: list[dict[str, Any]] = []
        self.rows = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._hash.update(data)
        self._size += len(data)
        self._buffer += data
        while len(self._buffer) >= _PART:
            self._send_part(bytes(self._buffer[:_PART]))
            del self._buffer[:_PART]
        return len(data)

    @property
    def facts(self) -> RunFile:
        return RunFile(
            name=self._name, bytes=self._size, sha256=self._hash.hexdigest(), rows=self.rows
        )

    def commit(self) -> None:
        if self._upload is None:
            self._client.put_object(**self._at, Body=bytes(self._buffer))
            return
        if self._buffer:
            self._send_part(bytes(self._buffer))
        self._client.complete_multipart_upload(
            **self._at,
            UploadId=self._upload,
            MultipartUpload={"Parts": self._parts},  # type: ignore[typeddict-item]
        )

    def abort(self) -> None:
        if self._upload is not None:
            self._client.abort_multipart_upload(**self._at, UploadId=self._upload)

    def _send_part(self, data: bytes) -> None:
        if self._upload is None:
            self._upload = self._client.create_multipart_upload(**self._at)["UploadId"]
        number = len(self._parts) + 1
        sent = self._client.upload_part(
            **self._at, UploadId=self._upload, PartNumber=number, Body=data
        )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})


class S3Reader(io.RawIOBase):
    """An object from `start` on. A connection that breaks is opened again where it broke.

    `size` is that of the object, up to `end`.
    """

    def __init__(
        self, client: "S3Client", bucket: str, key: str, start: int, end: int | None
    ) -> None:
        super().__init__()
        self._client = client
        self._at: dict[str, Any] = {"Bucket": bucket, "Key": key}
        self._place = start
        self._end = end
        self._reopenings = _REOPENINGS
        self.size = start
        # A reader that could not be opened is closed all the same, when it is collected.
        self._body: Any = io.BytesIO()
        self._body = self._open()

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        while True:
            try:
                data = self._body.read(len(into))
                break
            except BotoCoreError:
                if not self._reopenings:
                    raise
                self._reopenings -= 1
                self._body = self._open()
        into[: len(data)] = data
        self._place += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()

    def _open(self) -> Any:
        if self._end is not None and self._place >= self._end:
            return io.BytesIO()
        asked = dict(self._at)
        if self._place or self._end is not None:
            last = "" if self._end is None else str(self._end - 1)
            asked["Range"] = f"bytes={self._place}-{last}"
        try:
            answer = self._client.get_object(**asked)
        except ClientError as error:
            # Nothing lies beyond the last byte: that is an end, not a fault.
            if error.response["Error"]["Code"] in ("InvalidRange", "416"):
                return io.BytesIO()
            raise
        self.size = self._place + answer["ContentLength"]
        return answer["Body"]


class S3RunFiles:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write(self, ref: RunRef, name: str) -> AbstractContextManager[S3Writer]:
        return _written(self._client, self._bucket, _key(ref, name), name)

    def read(self, ref: RunRef, name: str, *, start: int = 0, end: int | None = None) -> BinaryIO:
        return _opened(
            self._client, self._bucket, _key(ref, name), start, end, lambda: RunFileNotFound(name)
        )

    def remove(self, ref: RunRef, names: Sequence[str]) -> None:
        for start in range(0, len(names), 1000):
            self._client.delete_objects(
                Bucket=self._bucket,
                Delete={
                    "Objects": [{"Key": _key(ref, name)} for name in names[start : start + 1000]],
                    "Quiet": True,
                },
            )

    def link(self, ref: RunRef, name: str, *, seconds: int) -> str:
        plain = name.rpartition("/")[2]
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": _key(ref, name),
                "ResponseContentDisposition": f'attachment; filename="{plain}"',
            },
            ExpiresIn=seconds,
        )

    def upload_link(self, ref: RunRef, name: str, *, seconds: int) -> str:
        return self._client.generate_presigned_url(
            "put_object",
            Params={"Bucket": self._bucket, "Key": _key(ref, name)},
            ExpiresIn=seconds,
        )

    def size(self, ref: RunRef, name: str) -> int:
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=_key(ref, name))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise RunFileNotFound(name) from None
            raise
        return head["ContentLength"]


class S3Uploads:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def upload_link(self, key: str, *, seconds: int) -> str:
        return self._client.generate_presigned_url(
            "put_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
        )

    def download_link(self, key: str, *, seconds: int) -> str:
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
        )

    def read(self, key: str, *, most: int) -> BinaryIO:
        reader = _reader(self._client, self._bucket, key, 0, None, lambda: UploadNotFound(key))
        if reader.size > most:
            reader.close()
            raise UploadTooLarge(reader.size, most)
        return _buffered(reader)

    def write(self, key: str, data: Iterable[bytes]) -> None:
        with _written(self._client, self._bucket, key, key) as writer:
            for piece in data:
                writer.write(piece)


@contextmanager
def _written(client: "S3Client", bucket: str, key: str, name: str) -> Iterator[S3Writer]:
    writer = S3Writer(client, bucket, key, name)
    try:
        yield writer
        writer.commit()
    except BaseException:
        writer.abort()
        raise


def _opened(
    client: "S3Client",
    bucket: str,
    key: str,
    start: int,
    end: int | None,
    missing: Callable[[], Exception],
) -> BinaryIO:
    return _buffered(_reader(client, bucket, key, start, end, missing))


def _reader(
    client: "S3Client",
    bucket: str,
    key: str,
    start: int,
    end: int | None,
    missing: Callable[[], Exception],
) -> S3Reader:
    try:
        return S3Reader(client, bucket, key, start, end)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            raise missing() from None
        raise


def _buffered(reader: S3Reader) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(reader, buffer_size=1024 * 1024))


def _key(ref: RunRef, name: str) -> str:
    return f"runs/{ref.company_id}/{ref.campaign_id}/{ref.run_id}/{name}"
