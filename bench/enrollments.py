"""What enrolling, listing and counting cost, at a thousand enrollments and at many more.

    PYTHONPATH=layers/shared:. python -m bench.enrollments --sizes 1000 100000

Counted, not timed: requests to DynamoDB, the items they read and write, and the units that
DynamoDB would charge for items of that size. The campaign is filled by batch writes, the
counters beside it; then the verbs of the service run against the emulator.

    PYTHONPATH=layers/shared:. python -m bench.enrollments --sizes --imagined 1000000

The emulator keeps everything in memory and cannot hold a million. Of an imagined campaign, the
entries of the indexes are made up as they are read, in their order, a page at a time, and an
enrollment is written once an index has named it. So every request is one that DynamoDB would
get, and reads what it would read; only what nobody asks for is not there.
"""

import argparse
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from bench.counting import CountingClient, size_of
from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.access import DynamoAccess
from campaigns.adapters.dynamodb.audit import Trail
from campaigns.adapters.dynamodb.collection_campaigns import DynamoCollectionCampaigns
from campaigns.adapters.dynamodb.enrollments import DynamoEnrollmentStore
from campaigns.adapters.dynamodb.people import DynamoPeople
from campaigns.domain.account import Account
from campaigns.domain.audit import ACTOR, Actor
from campaigns.domain.collection_campaign import (
    CollectionCampaign,
    CollectionStatus,
    CollectionType,
    Step,
)
from campaigns.domain.company import Company
from campaigns.domain.customer import Customer
from campaigns.domain.enrollment import Change, EnrollmentStatus, enroll
from campaigns.domain.people_rows import account_id, customer_id
from campaigns.settings import Settings
from campaigns.usecases.enroll_accounts import enroll_accounts
from campaigns.usecases.find_collections import counted, find_collections
from campaigns.usecases.find_customers import find_enrolled
from campaigns.usecases.report_outcome import report_outcome
from local.emulator import Emulator
from local.provision import Provision, client
from local.template import Template

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
_BATCH = 25


class Imagined:
    """A client to whom the indexes of enrollments have `size` pending ones of one campaign."""

    def __init__(self, world: "World", size: int) -> None:
        self._inner = world.plain
        self._world = world
        self._size = size
        self._named: dict[str, int] = {}
        """Which number an enrollment has that an index has named, by the end of its key."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def query(self, **asked: Any) -> Any:
        index = asked.get("IndexName")
        if index not in (keys.ENROLLMENTS_BY_STATUS, keys.ENROLLMENTS_DUE):
            return self._inner.query(**asked)
        partition = asked["ExpressionAttributeValues"][":pk"]["S"]
        forward = asked.get("ScanIndexForward", True)
        # What was read last names the place to go on from; pages end at 1 MB, if not before.
        begun = asked.get("ExclusiveStartKey")
        last = None if begun is None else self._named[begun["sk"]["S"]]
        numbers = range(self._size) if forward else range(self._size - 1, -1, -1)
        if last is not None:
            numbers = numbers[numbers.index(last) + 1 :]
        items: list[dict[str, Any]] = []
        size = 0
        for number in numbers:
            if not partition.endswith(f"#{keys.shard_of(_id(number + 10))}"):
                continue
            entry = self._entry(number, index)
            if entry is None or entry[_PARTITIONS[index]]["S"] != partition:
                break
            items.append(entry)
            size += size_of(entry)
            if len(items) == asked.get("Limit") or size >= _PAGE:
                place = {name: entry[name] for name in ("pk", "sk")}
                return {"Items": items, "LastEvaluatedKey": place}
        return {"Items": items}

    def batch_get_item(self, **asked: Any) -> Any:
        for of in asked["RequestItems"].values():
            for key in of["Keys"]:
                number = self._named.get(key["sk"]["S"])
                if number is not None:
                    self._world.fresh(number, 1)
                    self._world.batch(self._world.items(number))
        return self._inner.batch_get_item(**asked)

    def _entry(self, number: int, index: str) -> dict[str, Any] | None:
        item = self._world.items(number)[0]
        self._named[item["sk"]["S"]] = number
        kept = ("pk", "sk", _PARTITIONS[index], _ORDERS[index])
        return {name: item[name] for name in kept} if _PARTITIONS[index] in item else None


_PARTITIONS = {
    keys.ENROLLMENTS_BY_STATUS: "status_partition",
    keys.ENROLLMENTS_DUE: "due_partition",
}
_ORDERS = {keys.ENROLLMENTS_BY_STATUS: "listed_at", keys.ENROLLMENTS_DUE: "due_at"}
_PAGE = 1024 * 1024


class World:
    """A company with one campaign of `size` enrollments, on an emulator's tables."""

    def __init__(
        self, settings: Settings, endpoint: str, size: int, *, imagined: bool = False
    ) -> None:
        self.client = CountingClient(client("dynamodb", endpoint))
        self.plain = client("dynamodb", endpoint)
        self.settings = settings
        self.company = Company(id=str(uuid4()), name="Bench", created_at=NOW)
        DynamoAccess(self.plain, settings.access_table).put_company(self.company)
        counting: Any = self.client
        self.access = DynamoAccess(counting, settings.access_table)
        self.people = DynamoPeople(counting, settings.people_table)
        trail = Trail(settings.audit_table, days=1, now=lambda: NOW, new_id=lambda: str(uuid4()))
        self.campaigns = DynamoCollectionCampaigns(counting, settings.campaigns_table, trail=trail)
        self.enrollments = DynamoEnrollmentStore(
            counting, settings.enrollments_table, people_table=settings.people_table, trail=trail
        )
        self.campaign = self.campaigns.add(
            CollectionCampaign(
                id=_id(0),
                company_id=self.company.id,
                name="Bench",
                type=CollectionType.EARLY_STAGE,
                status=CollectionStatus.ACTIVE,
                steps=(Step(id=_id(1), exporter_id=_id(2)),),
                created_at=NOW,
                updated_at=NOW,
            )
        )
        self._ids = iter(range(10**9, 2 * 10**9))
        if imagined:
            self.client.imagine(Imagined(self, size))
        self._fill(0 if imagined else size)
        self._count(size)

    def new_id(self) -> str:
        return _id(next(self._ids))

    def account(self, number: int) -> Account:
        company = self.company.id
        return Account(
            id=account_id(company, f"a{number}"),
            company_id=company,
            external_id=f"a{number}",
            customer_id=customer_id(company, f"c{number}"),
            number=f"I-{number:08d}",
        )

    def fresh(self, first: int, count: int) -> list[Account]:
        """Accounts that are in no campaign, with their customers."""
        made = [self.account(number) for number in range(first, first + count)]
        people = DynamoPeople(self.plain, self.settings.people_table)
        people.put_accounts(made)
        people.put_customers(
            [
                Customer(id=one.customer_id, company_id=one.company_id, external_id=one.external_id)
                for one in made
            ]
        )
        return made

    def items(self, number: int) -> list[dict[str, Any]]:
        """What is kept of one enrollment: itself, and the place of its account."""
        store: Any = self.enrollments
        at = NOW + timedelta(milliseconds=number)
        one = enroll(
            self.account(number), self.campaign, id=_id(number + 10), today=NOW.date(), at=at
        )
        return [write["Put"]["Item"] for write in store._parts(Change(now=one)).writes]

    def _fill(self, size: int) -> None:
        items: list[dict[str, Any]] = []
        for number in range(size):
            items += self.items(number)
            if len(items) >= _BATCH - 1:
                self.batch(items)
                items = []
        if items:
            self.batch(items)

    def _count(self, size: int) -> None:
        of = {"total": size, EnrollmentStatus.PENDING.value: size}
        count = keys.counts(self.company.id, self.campaign.id, 0)
        item = {**count, **{name: {"N": str(number)} for name, number in of.items()}}
        self.plain.put_item(TableName=self.settings.enrollments_table, Item=item)

    def batch(self, items: list[dict[str, Any]]) -> None:
        puts: Any = [{"PutRequest": {"Item": item}} for item in items]
        self.plain.batch_write_item(RequestItems={self.settings.enrollments_table: puts})


def _id(number: int) -> str:
    """Spread over shards as random ids are."""
    return str(UUID(int=0x018F4E9A << 96 | 0x7000 << 64 | 0x8000 << 48 | number * 40503 % 2**48))


def verbs(world: World, size: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each with what it does, once."""
    known: dict[str, Any] = {
        "campaigns": world.campaigns,
        "enrollments": world.enrollments,
        "people": world.people,
    }
    more = {**known, "access": world.access, "new_id": world.new_id, "now": lambda: NOW}
    company, campaign = world.company.id, world.campaign.id
    hundred = [one.id for one in world.fresh(size, 100)]
    [single] = world.fresh(size + 100, 1)

    def bulk() -> object:
        return enroll_accounts(company, campaign, hundred, **more)

    def customers(statuses: list[EnrollmentStatus] | None, start: int) -> Callable[[], object]:
        return lambda: find_enrolled(company, [campaign], statuses, start, 50, True, **known)

    yield "enroll 100 accounts in bulk", bulk
    yield "the same again, all skipped", bulk
    yield "enroll one account", lambda: enroll_accounts(company, campaign, [single.id], **more)
    yield (
        "list campaigns with counters",
        lambda: counted(
            company,
            find_collections(company, campaigns=world.campaigns)[:20],
            enrollments=world.enrollments,
        ),
    )
    yield (
        "one campaign's statistics",
        lambda: world.enrollments.counts(company, [campaign], NOW.date()),
    )
    yield "customers of the campaign, page 1", customers(None, 0)
    yield "the same, one status", customers([EnrollmentStatus.PENDING], 0)
    yield "the same, page 10", customers([EnrollmentStatus.PENDING], 450)
    yield (
        "somebody is due",
        lambda: next(
            world.enrollments.due(
                company, campaign, world.campaign.steps[0].id, NOW.date(), at_once=1
            )
        ),
    )
    yield (
        "report an outcome",
        lambda: report_outcome(
            company, single.customer_id, campaign, EnrollmentStatus.COMPLETED, **more
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.enrollments", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 100_000])
    parser.add_argument("--imagined", type=int, nargs="*", default=[])
    asked = parser.parse_args()
    sizes = [(size, False) for size in asked.sizes] + [(size, True) for size in asked.imagined]
    for size, imagined in sizes:
        with Emulator() as emulator:
            environment = Provision(Template(), emulator.endpoint).environment()
            settings = Settings.from_env(environment)
            world = World(settings, emulator.endpoint, size, imagined=imagined)
            # As in a request, whose changes are told in the audit trail.
            ACTOR.set(Actor(world.company.id, "bench", "bench", "bench"))
            told_of = "imagined" if imagined else "kept"
            print(f"\n{size:,} enrollments in the campaign, {told_of}\n")
            print("| | requests | items read | read units | items written | write units |")
            print("|---|---|---|---|---|---|")
            for name, verb in verbs(world, size):
                world.client.seen.clear()
                world.client.read_units = 0
                verb()
                seen = world.client.seen
                kinds = ("get", "batch get", "query", "put", "transaction")
                told = " + ".join(f"{seen[kind]} {kind}" for kind in kinds if seen[kind])
                print(
                    f"| {name} | {told} | {seen['items read']} | {world.client.read_units:g}"
                    f" | {seen['items written']} | {seen['write units']} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
