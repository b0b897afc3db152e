"""Secrets, encrypted by KMS with a context that ties each to its place."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING

from campaigns.domain.secret import Sealed, hint_of

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class KmsSecrets:
    def __init__(self, client: "KMSClient", key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def seal(self, plain: str, context: Mapping[str, str]) -> Sealed:
        answer = self._client.encrypt(
            KeyId=self._key_id, Plaintext=plain.encode(), EncryptionContext=context
        )
        return Sealed(b64encode(answer["CiphertextBlob"]).decode(), hint_of(plain))

    def open(self, sealed: Sealed, context: Mapping[str, str]) -> str:
        answer = self._client.decrypt(
            KeyId=self._key_id,
            CiphertextBlob=b64decode(sealed.ciphertext),
            EncryptionContext=context,
        )
        return answer["Plaintext"].decode()
