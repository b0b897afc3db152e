"""croniter, which the service does not use, asked about the crontabs that both understand.

It is told to read a starred step as crontab(5) does. What it is known to read otherwise is not
asked: a star inside a list, and a range of a single value, which it takes for every value.
"""

import random
from datetime import date, datetime, time, timedelta
from itertools import islice

import pytest
from croniter import croniter  # type: ignore[import-untyped]

from campaigns.domain.schedule import InvalidSchedule, PeachyCrontab

EXPRESSIONS, DATES = 2000, 5
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def a_field(chance: random.Random, low: int, high: int, names: tuple[str, ...]) -> str:
    if chance.random() < 0.3:
        return chance.choice(["*", "*", "*/2", "*/3", "*/5"])
    return ",".join(an_item(chance, low, high, names) for _ in range(chance.randint(1, 3)))


def an_item(chance: random.Random, low: int, high: int, names: tuple[str, ...]) -> str:
    def spelled(number: int) -> str:
        named = names and chance.random() < 0.4
        return names[number - low] if named else str(number)

    first = chance.randint(low, high)
    if first == high or chance.random() < 0.5:
        return spelled(first)
    last = chance.randint(first + 1, high)
    return f"{spelled(first)}-{spelled(last)}{chance.choice(['', '', '/2', '/3'])}"


@pytest.mark.parametrize("seed", range(4))
def test_croniter_agrees(seed: int) -> None:
    chance, asked = random.Random(seed), 0
    for _ in range(EXPRESSIONS // 4):
        day, month = a_field(chance, 1, 31, ()), a_field(chance, 1, 12, MONTHS)
        weekday = a_field(chance, 0, 6, WEEKDAYS)
        try:
            crontab = PeachyCrontab.parse(f"P P {day} {month} {weekday}")
        except InvalidSchedule:
            continue  # Such as the 30th of February; another test is about these.
        asked += 1
        after = date(2024, 1, 1) + timedelta(days=chance.randint(0, 3000))
        # croniter is asked about local dates, at a time of day that does not matter.
        theirs = croniter(
            f"7 5 {day} {month} {weekday}",
            datetime.combine(after, time(23)),
            implement_cron_bug=True,
        )
        expected = [theirs.get_next(datetime).date() for _ in range(DATES)]
        assert list(islice(crontab.next_dates(after), DATES)) == expected, crontab.text
    assert asked > EXPRESSIONS // 4 * 0.95
