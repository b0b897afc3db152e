"""The log of a run as a chain: each line is bound to all before it.

The hash of a line is the SHA-256 of the hash before it and the line itself; the first is bound
to the heading. Whoever knows the last hash notices a line that was changed, left out, put in or
moved.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256

SHORT = 12
"""Digits of a hash that a reader of log.txt is shown."""


def heading_hash(heading: str) -> str:
    return sha256(heading.encode()).hexdigest()


def next_hash(before: str, at: str, text: str) -> str:
    return sha256(f"{before}\n{at}  {text}".encode("utf-8", "surrogatepass")).hexdigest()


def hashes(heading: str, lines: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Of each line, by the moment and the text it consists of."""
    last = heading_hash(heading)
    for at, text in lines:
        last = next_hash(last, at, text)
        yield last
