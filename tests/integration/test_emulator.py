"""The emulator's life: it answers, it keeps what it is given a folder for, and it ends."""

import socket
from pathlib import Path

import pytest

from local.emulator import Emulator, EmulatorFailed
from local.provision import client


def test_what_it_holds_survives_a_clean_stop(tmp_path: Path) -> None:
    with Emulator(data=tmp_path) as first:
        s3, kms = client("s3", first.endpoint), client("kms", first.endpoint)
        s3.create_bucket(Bucket="kept-files")
        s3.put_object(Bucket="kept-files", Key="a/b", Body=b"content")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        sealed = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"a": "b"})
    with Emulator(first.port, data=tmp_path) as second:
        s3, kms = client("s3", second.endpoint), client("kms", second.endpoint)
        assert s3.get_object(Bucket="kept-files", Key="a/b")["Body"].read() == b"content"
        opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"a": "b"})
        assert opened["Plaintext"] == b"secret"


def test_without_a_folder_it_forgets() -> None:
    with Emulator() as first:
        client("s3", first.endpoint).create_bucket(Bucket="forgotten")
    with Emulator() as second:
        assert client("s3", second.endpoint).list_buckets()["Buckets"] == []


def test_it_is_gone_when_it_was_stopped_and_stopping_again_is_fine() -> None:
    with Emulator() as running:
        running.stop()
        running.stop()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", running.port), timeout=1)


def test_a_port_in_use_is_told_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(EmulatorFailed, match=f"port {port} .* choose another"):
            Emulator(port).__enter__()
