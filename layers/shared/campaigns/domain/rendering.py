"""What can be said of a template's source before it is filled in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inspection:
    used: frozenset[str]
    """The variables that it names."""
    certain: frozenset[str]
    """Those among them that it shows whatever the row says."""
