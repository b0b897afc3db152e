import hmac
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from campaigns.domain.signature import is_signed, signature
from local.template import ROOT


def test_a_signature_is_what_receivers_were_told() -> None:
    # Computed by `printf '1700000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef`.
    expected = "e4f8e2ecae2295b2ddb2f0b5584c8275e226c0ebe9b3b819e70156bb67122e3e"
    made = signature("0123456789abcdef", 1_700_000_000, b"{}")
    assert made == f"t=1700000000,v1={expected}"


@given(some.text(min_size=16, max_size=40), some.integers(0, 2**40), some.binary(max_size=100))
def test_a_signature_verifies_by_its_own_parts(secret: str, at: int, body: bytes) -> None:
    moment, _, digest = signature(secret, at, body).partition(",")
    signed = moment.removeprefix("t=").encode() + b"." + body
    assert digest == f"v1={hmac.digest(secret.encode(), signed, 'sha256').hex()}"


def test_another_moment_body_or_secret_is_another_signature() -> None:
    made = {
        signature(secret, at, body)[-64:]
        for secret in ("a" * 16, "b" * 16)
        for at in (1, 2)
        for body in (b"{}", b"{} ")
    }
    assert len(made) == 8


def test_the_receiver_of_the_readme_knows_what_is_ours() -> None:
    [code] = re.findall(r"```python\n(import hmac\n.+?)```", (ROOT / "README.md").read_text(), re.S)
    shown: dict[str, Any] = {}
    exec(code, shown)
    is_ours, secret, body = shown["is_ours"], "0123456789abcdef", '{"note":"ü"}'.encode()
    now = int(time.time())
    good = signature(secret, now, body)
    assert is_ours(secret, good, body)
    assert not is_ours(secret, good, body + b" ")
    assert not is_ours("another secret!!", good, body)
    assert not is_ours(secret, signature(secret, now - 3600, body), body)
    assert not is_ours(secret, signature(secret, now + 3600, body), body)
    for nonsense in ("", "t=", "v1=", "t=x,v1=y", f"t={now}", f"t={now},v1=ü", good[:-1]):
        assert not is_ours(secret, nonsense, body)


def test_a_signature_is_good_for_five_minutes_and_one_body() -> None:
    header = signature("whole secret", 1_772_452_800, b'{"a": 1}')
    for apart in (-300, 0, 300):
        assert is_signed("whole secret", header, b'{"a": 1}', 1_772_452_800 + apart)
    for apart in (-301, 301):
        assert not is_signed("whole secret", header, b'{"a": 1}', 1_772_452_800 + apart)
    assert not is_signed("other secret", header, b'{"a": 1}', 1_772_452_800)
    assert not is_signed("whole secret", header, b'{"a":1}', 1_772_452_800)
    assert is_signed("whole secret", f" {header.upper().lower()} ", b'{"a": 1}', 1_772_452_800)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        "v1=ab",
        "t=x,v1=" + "0" * 64,
        "t=1,v1=" + "g" * 64,
        "t=01,v1=" + "0" * 64,
        "t=\u0661,v1=" + "0" * 64,
        "t=1,v1=" + "0" * 64 + ",v1=" + "0" * 64,
        "t=" + "9" * 5000,
    ],
)
def test_what_is_no_signature_is_none(header: str) -> None:
    assert not is_signed("secret", header, b"", 1)
