"""Reading a private key as it was pasted into a form: OpenSSH's, OpenSSL's or PKCS#8 text."""

import io
from typing import TYPE_CHECKING

from campaigns.domain.delivery import BadPrivateKey, PrivateKeyLocked, SftpDestination

if TYPE_CHECKING:
    import paramiko


def check_private_key(to: SftpDestination) -> None:
    """Raises BadPrivateKey, PrivateKeyLocked."""
    private_key(to)


def private_key(to: SftpDestination) -> "paramiko.PKey":
    """The destination's key, decrypted; BadPrivateKey says what is wrong with it."""
    import paramiko
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    # A form field may have lost the last line end or gained carriage returns.
    text = ((to.private_key or "").replace("\r\n", "\n").strip() + "\n").encode()
    passphrase = to.passphrase.encode() if to.passphrase else None

    def load(passphrase: bytes | None) -> object:
        if b"BEGIN OPENSSH PRIVATE KEY" in text:
            return serialization.load_ssh_private_key(text, passphrase)
        return serialization.load_pem_private_key(text, passphrase)

    try:
        try:
            key = load(passphrase)
        except TypeError:
            # Either the passphrase is missing, or there is one too many, which does no harm.
            if passphrase is None:
                raise
            key = load(None)
    except TypeError:
        raise PrivateKeyLocked(to.address) from None
    except (ValueError, UnsupportedAlgorithm):
        reason = "it is not a private key, or its passphrase is wrong"
        raise BadPrivateKey(to.address, reason) from None
    kind: type[paramiko.PKey]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        kind = paramiko.Ed25519Key
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        kind = paramiko.ECDSAKey
    elif isinstance(key, rsa.RSAPrivateKey):
        kind = paramiko.RSAKey
    else:
        raise BadPrivateKey(to.address, "its type is not Ed25519, ECDSA or RSA")
    # paramiko reads fewer forms than cryptography does, so it gets the one it surely reads.
    plain = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    return kind.from_private_key(io.StringIO(plain.decode()))
