"""What a step of a run answers: a result, or a refusal that travels as data.

An exception would come back from a durable engine as one of the engine's own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from campaigns.domain.errors import DomainError, Unavailable
from campaigns.domain.run import HoldReason
from campaigns.domain.safety import HeldBySafety

Answer: TypeAlias = dict[str, Any]


class StepRefused(Exception):
    """A step said no for good; `held` when somebody has to look before the run goes on.

    `reasons` has each of them apart where it is held for several.
    """

    def __init__(
        self, code: str, message: str, *, held: bool = False, reasons: Sequence[HoldReason] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.held = held
        self.reasons = tuple(reasons)


def answered(do: Callable[[], Answer]) -> Answer:
    """`do`'s result or its refusal. What may go better another time is raised."""
    try:
        return {"ok": do()}
    except Unavailable:
        raise
    except DomainError as refusal:
        return refused(refusal)


def refused(error: Exception) -> Answer:
    told: Answer
    if isinstance(error, DomainError):
        told = {"code": error.code, "message": str(error), "held": error.holds}
        if isinstance(error, HeldBySafety):
            told["reasons"] = [[one.code, one.message] for one in error.reasons]
    else:
        # The text of an unexpected error may hold anything, so only its kind is told.
        kind = type(error).__name__
        message = f"an unexpected {kind} stopped the run; the function's log has more"
        told = {"code": "unexpected", "message": message, "held": False}
    return {"refused": told}


def result_of(answer: Mapping[str, Any]) -> Answer:
    """Raises StepRefused."""
    if told := answer.get("refused"):
        reasons = [HoldReason(*one) for one in told.get("reasons", ())]
        raise StepRefused(told["code"], told["message"], held=told["held"], reasons=reasons)
    return dict(answer["ok"])
