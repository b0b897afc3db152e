"""A list that has left, and people who change while others call from it, all in memory."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from campaigns.adapters.memory_contacts import MemoryTimeline
from campaigns.adapters.memory_recalls import MemoryRecallStore
from campaigns.domain.contact_history import ContactHistory
from campaigns.domain.customer import Customer
from campaigns.domain.recall import CLAIMED, AccountChange, PersonChange
from campaigns.pipeline.tell_recalls import Recalls, RecallTools, tell_recalls
from campaigns.ports import Json
from campaigns.usecases.note_recalls import note_recalls
from tests.builders import COMPANY, NOON, a_customer, an_account
from tests.unit.pipeline.world import World

PEOPLE = [a_customer(str(number), state="TX") for number in range(1, 6)]
ACCOUNTS = [an_account(f"L-{number}", str(number)) for number in range(1, 6)]
ROWS = [{"borrowerId": number, "loanId": f"L-{number}"} for number in range(1, 6)]
LATER = NOON + timedelta(hours=3)
"""In the morning in Texas: the list is being called from."""


class ToldChanges:
    """Reads changes that are handed over as they are."""

    def read(self, change: Json) -> PersonChange | AccountChange | None:
        return change.get("change")


class Recalling:
    """The world of one run, which has been executed unless somebody says not to."""

    def __init__(self, world: World | None = None, *, executes: bool = True) -> None:
        self.world = world or World(ROWS, people=PEOPLE, accounts=ACCOUNTS)
        self.recalls: Any = MemoryRecallStore()
        self.timeline: Any = MemoryTimeline()
        self.paused: list[timedelta] = []
        if executes:
            self.world.execute()
        self.world.clock.at = LATER

    @property
    def tools(self) -> RecallTools:
        world = self.world
        return RecallTools(
            campaigns=world.campaigns,
            collections=world.collections,
            runs=world.runs,
            files=world.files,
            secrets=world.secrets,
            open_channel=world.receiver,
            recalls=self.recalls,
            ledger=world.ledger,
            timeline=self.timeline,
            events=world.events,
            now=world.clock,
        )

    def person(self, place: int = 0) -> Customer:
        id = PEOPLE[place].id
        return self.world.people.customers(COMPANY, [id])[id]

    def changed(self, place: int = 0, **fields: Any) -> Json:
        """What the table tells of a person who is written with these fields."""
        return self.became(place, lambda was: replace(was, **fields))

    def became(self, place: int, change: Callable[[Customer], Customer]) -> Json:
        was = self.person(place)
        self.world.people.put_customers([change(was)])
        return {"change": PersonChange(was, self.person(place), self.world.clock.at)}

    def settled(self, place: int = 0) -> Json:
        id = ACCOUNTS[place].id
        was = self.world.people.accounts(COMPANY, [id])[id]
        now = was.settled(self.world.clock.at)
        self.world.people.put_accounts([now])
        return {"change": AccountChange(was, now, self.world.clock.at)}

    def note(self, *changes: Json) -> int:
        return note_recalls(
            changes,
            read=ToldChanges(),
            ledger=self.world.ledger,
            recalls=self.recalls,
            pause=self.paused.append,
            now=self.world.clock,
        )

    def passes(self, time: timedelta = CLAIMED) -> None:
        self.world.clock.at += time

    def tell(self, after: timedelta = CLAIMED) -> str:
        self.passes(after)
        return tell_recalls(self.world.opened.ref, self.tools)

    def tell_all(self, after: timedelta = CLAIMED) -> dict[str, int]:
        self.passes(after)
        all_of_them = Recalls(self.tools, lambda: False, lambda _: None)
        all_of_them.tell()
        return dict(all_of_them.counts)

    def history(self, place: int = 0) -> ContactHistory | None:
        return self.world.ledger.histories(COMPANY, [PEOPLE[place].id]).get(PEOPLE[place].id)

    @property
    def files(self) -> list[str]:
        """Suppression files as they arrived, however often."""
        return [name for name in self.world.receiver.published if "_recall_" in name]

    def rows(self, number: int = 1) -> Sequence[Sequence[str]]:
        """Of the suppression file of that number, as it arrived."""
        [name] = [one for one in self.world.receiver.files if f"_recall_{number:02d}." in one]
        text = self.world.receiver.files[name].decode()
        return [line.split(",") for line in text.splitlines()]

    def entries(self, place: int = 0) -> list[Any]:
        listed = self.timeline.list(COMPANY, PEOPLE[place].id, after=None, limit=100)
        return [one for one in listed if one.kind == "recalled"]
