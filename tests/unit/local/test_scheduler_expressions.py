"""When the embedded stack's clockwork takes an EventBridge expression to come due."""

from datetime import UTC, datetime

import pytest

from local.scheduler import UnknownExpression, instants


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(expression: str, after: str, until: str, zone: str = "UTC") -> list[str]:
    found = instants(
        expression,
        zone,
        after=instant(after),
        until=instant(until),
        anchor=instant("2026-01-01T00:00"),
    )
    return [f"{at:%Y-%m-%dT%H:%M}" for at in found]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(5 6 * * ? *)", ["2026-02-28T06:05", "2026-03-01T06:05", "2026-03-02T06:05"]),
        ("cron(5 6 1 * ? *)", ["2026-03-01T06:05"]),
        ("cron(5 6 ? * SUN *)", ["2026-03-01T06:05"]),
        ("cron(5 6 ? * 1 *)", ["2026-03-01T06:05"]),
        ("cron(5 6 ? * mon-fri 2026)", ["2026-03-02T06:05"]),
        ("cron(5 6 ? MAR 1-2 2026-2030)", ["2026-03-01T06:05", "2026-03-02T06:05"]),
        ("cron(5 6 * * ? 2027)", []),
        ("cron(0,30 6 1 3 ? *)", ["2026-03-01T06:00", "2026-03-01T06:30"]),
        ("cron(0/20 6 1 3 ? *)", ["2026-03-01T06:00", "2026-03-01T06:20", "2026-03-01T06:40"]),
        ("cron(0 */12 1 3 ? *)", ["2026-03-01T00:00", "2026-03-01T12:00"]),
        ("cron(0 8-10/2 1 3 ? *)", ["2026-03-01T08:00", "2026-03-01T10:00"]),
        ("at(2026-03-01T09:00:00)", ["2026-03-01T09:00"]),
        ("at(2026-03-09T09:00:00)", []),
        ("rate(1 day)", ["2026-03-01T00:00", "2026-03-02T00:00", "2026-03-03T00:00"]),
    ],
)
def test_an_expression_comes_due(expression: str, expected: list[str]) -> None:
    assert due(expression, "2026-02-28T00:00", "2026-03-03T00:00") == expected


def test_the_bounds_are_after_and_up_to() -> None:
    daily = "cron(0 6 * * ? *)"
    assert due(daily, "2026-03-02T06:00", "2026-03-03T06:00") == ["2026-03-03T06:00"]


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "every day",
        "cron(0 6 * * *)",
        "cron(0 6 L * ? *)",
        "cron(0 6 ? * 2#1 *)",
        "cron(60 6 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 6 ? * 0 *)",
        "cron(0 6 * MON ? *)",
        "cron(0/0 6 * * ? *)",
        "cron(0 6 1, * ? *)",
        "at(tomorrow)",
        "rate(0 minutes)",
        "rate(1 week)",
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(UnknownExpression):
        due(expression, "2026-02-28T00:00", "2026-03-03T00:00")
