"""Stand-ins that behave: each remembers what it was asked and can be told to be down."""

from collections.abc import Callable
from datetime import datetime, timedelta

from campaigns.domain.company import Company
from campaigns.domain.errors import Unavailable
from campaigns.domain.outbound import HostForbidden
from campaigns.domain.run import RunRef
from tests.builders import NOON


class TickingClock:
    """Goes on by `tick` whenever somebody looks at it."""

    def __init__(self, at: datetime = NOON, tick: timedelta = timedelta(0)) -> None:
        self.at = at
        self.tick = tick

    def __call__(self) -> datetime:
        self.at += self.tick
        return self.at


class PassingTime:
    """A budget of time that passes by pauses, and by `tick` whenever somebody looks."""

    def __init__(self, seconds: float = 24, tick: float = 0) -> None:
        self.seconds = seconds
        self.tick = tick

    def left(self) -> float:
        self.seconds = max(self.seconds - self.tick, 0)
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.seconds = max(self.seconds - seconds, 0)


class SomeHosts:
    """Lets every host pass but those that are forbidden."""

    def __init__(self, *forbidden: str) -> None:
        self._forbidden = forbidden
        self.checked: list[tuple[str, int]] = []

    def check(self, host: str, port: int, *, field: str) -> None:
        self.checked.append((host, port))
        if host in self._forbidden:
            raise HostForbidden(host, "it is a private address", field=field)


class EngineDown(Unavailable):
    code = "engine_down"


class SometimesEngine:
    """An engine that can be down; `starts` holds every start that got through."""

    def __init__(self) -> None:
        self.is_down = False
        self.starts: list[RunRef] = []
        self.before_start: Callable[[], object] = lambda: None

    def start(self, ref: RunRef, *, restart: int = 0) -> None:
        self.before_start()
        if self.is_down:
            raise EngineDown("no engine")
        self.starts.append(ref)


class MoverDown(Unavailable):
    code = "mover_down"


class SometimesMover:
    """A mover of schedules that can be down; `starts` holds every start that got through."""

    def __init__(self) -> None:
        self.is_down = False
        self.starts: list[tuple[Company, str | None]] = []

    def start(self, company: Company, *, after: str | None = None) -> None:
        if self.is_down:
            raise MoverDown("no mover")
        self.starts.append((company, after))
