"""Throw-away SSH keys of every kind that is supported."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat

KINDS = ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa"]
FORMS = {
    "OpenSSH": PrivateFormat.OpenSSH,
    "OpenSSL": PrivateFormat.TraditionalOpenSSL,
    "PKCS8": PrivateFormat.PKCS8,
}


class KeyPair(NamedTuple):
    private: str
    public: str

    def authorize(self, file: Path) -> str:
        file.write_text(f"{self.public} test\n")
        return str(file)


def key_pair(kind: str = "ed25519", passphrase: str = "", form: str = "OpenSSH") -> KeyPair:
    """The same key for the same arguments, as long as the tests run."""
    return _key_pair(kind, passphrase, form)


@cache
def _key_pair(kind: str, passphrase: str, form: str) -> KeyPair:
    key = _new(kind)
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        lock = serialization.BestAvailableEncryption(passphrase.encode())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    private = key.private_bytes(Encoding.PEM, FORMS[form], lock)
    return KeyPair(private.decode(), public.decode())


def _new(kind: str) -> ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    match kind:
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case "rsa":
            return rsa.generate_private_key(65537, 2048)
        case "ecdsa-256":
            return ec.generate_private_key(ec.SECP256R1())
        case "ecdsa-384":
            return ec.generate_private_key(ec.SECP384R1())
        case _:
            return ec.generate_private_key(ec.SECP521R1())
