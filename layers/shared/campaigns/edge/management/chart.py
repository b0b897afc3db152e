"""A plan as a picture for the operator: what is still owed, and what it has cost so far."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from math import ceil, floor, log10

from aws_lambda_powertools.event_handler import Response

from campaigns.domain.plan import Offer

_WIDTH, _HEIGHT = 720, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 28, 132, 52
_LONGEST_NAME = 60
_MOST_TICKS = 12
_UNITS = ((1e9, "billion "), (1e6, "million "), (1.0, ""))

_STYLE = """
  .page { fill: #ffffff }
  .grid { stroke: #d8dee6 }
  .axis { stroke: #55606e }
  text { fill: #1d2733; font: 13px system-ui, sans-serif }
  .name { font-size: 17px; font-weight: 600 }
  .quiet { fill: #55606e; font-size: 12px }
  .middle { text-anchor: middle }
  .end { text-anchor: end }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
  .balance { stroke: #1f6fb2 }
  .cost { stroke: #b4540a; stroke-dasharray: 7 4 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #14191f }
    .grid { stroke: #323b46 }
    .axis { stroke: #97a3b2 }
    text { fill: #e8edf3 }
    .quiet { fill: #a9b4c1 }
    .balance { stroke: #6db6f2 }
    .cost { stroke: #f0a35e }
  }
"""


def chart(offer: Offer) -> Response[str]:
    headers = {
        # Whatever a name may hold, nothing in the picture is run or fetched.
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(200, "image/svg+xml; charset=utf-8", draw(offer), headers=headers)


def draw(offer: Offer) -> str:
    """As SVG: readable on light and on dark, and told in words to who cannot see it."""
    terms, sums = offer.plan.terms, offer.schedule
    balances, costs = [Decimal(offer.amount)], [Decimal(0)]
    for month in sums.months():
        balances.append(month.balance)
        costs.append(costs[-1] + month.interest + month.fees)
    plot = _Plot(terms.duration, float(max(*balances, *costs)))
    name = _told(offer.plan.name)
    months = "1 month" if terms.duration == 1 else f"{terms.duration} months"
    what = f"{offer.amount:,} {terms.currency} over {months}"
    summary = (
        f"{sums.monthly_cost:,f} a month, {sums.total_cost:,f} in all, "
        f"{sums.credit_cost:,f} of it cost; effective interest {sums.effective_interest:f} %"
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-labelledby="title desc">',
        f'<title id="title">{name}: balance and cost of {what}</title>',
        f'<desc id="desc">{summary}. The balance after each month, and what interest and fees '
        f"come to until then, in {terms.currency}.</desc>",
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{_WIDTH}" height="{_HEIGHT}"/>',
        f'<text class="name" x="16" y="28">{name}</text>',
        f'<text class="quiet" x="16" y="48">{what}</text>',
        f'<text class="quiet" x="16" y="66">{summary}</text>',
        *_legend("balance", 16, "still owed"),
        *_legend("cost", 136, "interest and fees so far"),
        *plot.axes(terms.currency),
        plot.line("balance", balances),
        plot.line("cost", costs),
        "</svg>",
    ]
    return "\n".join(lines)


class _Plot:
    """The part with the lines: months to the right, amounts upward, from 0 to a round one."""

    def __init__(self, months: int, highest: float) -> None:
        self._months = months
        self._step = _round_step(highest / 6)
        self._ticks = ceil(highest / self._step)
        self._highest = self._ticks * self._step

    def x(self, month: float) -> str:
        return f"{_LEFT + month * (_WIDTH - _LEFT - _RIGHT) / self._months:.1f}"

    def y(self, amount: float) -> str:
        return f"{_HEIGHT - _BOTTOM - amount * (_HEIGHT - _TOP - _BOTTOM) / self._highest:.1f}"

    def line(self, kind: str, amounts: Sequence[Decimal]) -> str:
        points = (f"{self.x(month)},{self.y(float(one))}" for month, one in enumerate(amounts))
        return f'<polyline class="line {kind}" points="{" ".join(points)}"/>'

    def axes(self, currency: str) -> Iterator[str]:
        left, right, bottom = self.x(0), self.x(self._months), self.y(0)
        size, unit = next(one for one in _UNITS if self._highest >= one[0] or one[0] == 1)
        for tick in range(self._ticks + 1):
            amount, kind = tick * self._step, "grid" if tick else "axis"
            y = self.y(amount)
            yield f'<line class="{kind}" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'
            yield (
                f'<text class="quiet end" x="{_LEFT - 8}" y="{float(y) + 4:.1f}">'
                f"{amount / size:,.12g}</text>"
            )
        for month in range(0, self._months + 1, _month_step(self._months)):
            x, below = self.x(month), float(bottom)
            yield f'<line class="axis" x1="{x}" x2="{x}" y1="{below:.1f}" y2="{below + 5:.1f}"/>'
            yield f'<text class="quiet middle" x="{x}" y="{below + 19:.1f}">{month}</text>'
        yield f'<text class="quiet" x="16" y="{_TOP - 16}">{unit}{currency}</text>'
        says = "months since the credit"
        yield f'<text class="quiet end" x="{right}" y="{_HEIGHT - 12}">{says}</text>'


def _legend(kind: str, x: int, says: str) -> tuple[str, str]:
    return (
        f'<polyline class="line {kind}" points="{x},88 {x + 26},88"/>',
        f'<text x="{x + 34}" y="92">{says}</text>',
    )


def _round_step(least: float) -> float:
    """The next of 1, 2, 2.5 or 5 times a power of ten."""
    power: float = 10.0 ** floor(log10(least))
    return next(one * power for one in (1, 2, 2.5, 5, 10) if one * power >= least)


def _month_step(months: int) -> int:
    steps = (1, 2, 3, 6, 12, 24, 60)
    return next(step for step in steps if months <= step * _MOST_TICKS)


def _told(name: str) -> str:
    """A name as it can stand in XML: short, escaped, without what cannot be printed."""
    if len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME - 1] + "…"
    return escape("".join(one if one.isprintable() else " " for one in name))
