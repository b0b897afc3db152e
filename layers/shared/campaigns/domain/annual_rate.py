"""The yearly price of credit as one number, as the European Union and the United States count it.

Both ask for the rate at which what is lent and what is paid back are worth the same on the day of
the first advance; they differ in how time and a year are counted, so there is one equation here
and two ways to read its root.

    European Union: Directive 2008/48/EC, Annex I part I, kept by (EU) 2023/2225, Annex III.
    sum of C_k (1+X)^-t_k = sum of D_l (1+X)^-s_l, times in years, a year being 365 days (366 in a
    leap year), 52 weeks or 12 equal months. X is the rate.

    United States: Regulation Z, 12 CFR part 1026, Appendix J (b)(8). A flow that comes t whole
    unit-periods and a fraction f of one after the first advance is discounted by
    (1+f·i)(1+i)^t: simple interest for the fraction. With w unit-periods in a year, w·i is the
    rate.

The root is searched in binary floating point, the only place where money is not decimal.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from math import exp, expm1, inf, log
from typing import NamedTuple

_MOST_STEPS = 200
_CLOSE = 1e-15
_CENT = Decimal("0.01")
_NO_MORE_DECIMALS = 1e12


class Flow(NamedTuple):
    """An amount, and when it changes hands, counted from the first advance."""

    amount: float
    periods: float
    """Compounded: whole unit-periods for Appendix J, years and their fractions for the EU."""
    fraction: float = 0.0
    """Of one more period, with simple interest; Appendix J only."""
    times: int = 1
    """How often, a period apart."""


def rate_per_period(advances: Sequence[Flow], payments: Sequence[Flow]) -> float:
    """The rate of one period, 0.05 being five percent; 0 when no more is paid back than was lent.

    Each list is in order of time and not empty, its amounts positive; what is paid back comes, on
    the whole, after what was lent.
    """
    low, high, force = 0.0, inf, 0.0
    for _ in range(_MOST_STEPS):
        lent, lent_at = _worth(advances, force)
        paid, paid_at = _worth(payments, force)
        # The logarithm of paid over lent falls as the force of interest, ln(1+i), grows. For one
        # advance it is convex, so that Newton's steps come from below and do not overshoot.
        if paid > lent:
            low = force
        elif force == 0.0:
            return 0.0
        else:
            high = force
        step = force + (paid - lent) / (paid_at - lent_at) if paid_at > lent_at else inf
        if not low <= step <= high or step == inf:
            step = max(2 * force, 1.0) if high == inf else (low + high) / 2
        if abs(step - force) <= _CLOSE * max(1.0, force):
            break
        force = step
    return expm1(step)


def _worth(flows: Sequence[Flow], force: float) -> tuple[float, float]:
    """The logarithm of what the flows are worth at first, and how fast it falls with the force.

    The second is also the mean time of the flows. Everything is counted from the earliest flow,
    so that nothing vanishes however high the force is.
    """
    first = flows[0].periods
    worth = moment = 0.0
    for amount, periods, fraction, times in flows:
        now, at = amount * exp(force * (first - periods)), periods
        if times > 1:
            as_one, later = _repeated(times, force)
            now *= as_one
            at += later
        if fraction:
            grown = 1 + fraction * expm1(force)
            now /= grown
            at += fraction * exp(force) / grown
        worth += now
        moment += now * at
    return log(worth) - force * first, moment / worth


def _repeated(times: int, force: float) -> tuple[float, float]:
    """What 1 at the end of each period is worth at the first of them, and its mean time."""
    if force == 0.0:
        return float(times), (times - 1) / 2
    one, all_of_them = -expm1(-force), -expm1(-force * times)
    return all_of_them / one, (1 - one) / one - times * (1 - all_of_them) / all_of_them


def yearly(rate: float, periods: int) -> float:
    """What a rate per period becomes when it is compounded over a year of so many periods."""
    return (1 + rate) ** periods - 1


def percent(rate: float) -> Decimal:
    """In percent with two decimals, half up as Annex I remark (d) wants it.

    Beyond a trillion percent a double has no decimals to round, and 15 digits are told.
    """
    if rate > _NO_MORE_DECIMALS:
        return Decimal(f"{rate * 100:.15g}")
    with localcontext() as context:
        context.prec = 50
        return (Decimal(rate) * 100).quantize(_CENT, ROUND_HALF_UP)
