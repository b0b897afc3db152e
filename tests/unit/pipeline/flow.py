"""A collection campaign in memory, and its days: what rings, what runs, what becomes of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from campaigns.adapters.memory import MemorySteps
from campaigns.adapters.memory_schedules import MemoryScheduledCampaigns, MemorySchedules
from campaigns.domain.account import Account
from campaigns.domain.campaign import SftpSettings
from campaigns.domain.collection_campaign import CollectionCampaign, CollectionStatus, Step
from campaigns.domain.customer import Customer
from campaigns.domain.enrollment import (
    Enrollment,
    EnrollmentCounts,
    EnrollmentResult,
    EnrollmentStatus,
)
from campaigns.domain.run import Run, RunRef
from campaigns.domain.secret import secret_context
from campaigns.pipeline.orchestrate import execute
from campaigns.pipeline.tools import FlowTools, Tools
from campaigns.ports import CollectionCampaignStore, EnrollmentStore, People, Steps
from campaigns.usecases.enroll_accounts import enroll_accounts
from campaigns.usecases.move_collection import move_collection
from campaigns.usecases.report_outcome import Reported, report_outcome
from campaigns.usecases.settle_account import settle_account
from campaigns.usecases.start_due_steps import start_due_steps
from tests.builders import (
    COMPANY,
    a_collection,
    a_company,
    a_customer,
    a_step,
    an_account,
    an_exporter,
    an_id,
)
from tests.unit.pipeline.world import World

SFTP = "sftp.example.com"


class Stores(NamedTuple):
    people: People
    enrollments: EnrollmentStore
    collections: CollectionCampaignStore


class Flow(World):
    """Starts on NOON's date; `day()` rings every clock and executes what begins.

    `stores` are other people, enrollments and campaigns than those in memory.
    """

    def __init__(
        self,
        *steps: Step,
        people: int = 3,
        company_id: str = COMPANY,
        stores: Stores | None = None,
        **campaign: Any,
    ) -> None:
        super().__init__()
        self.company_id = company_id
        self.access.put_company(a_company(id=company_id))
        self.exporter = self.exporters.add(an_exporter(company_id=company_id))
        self.stored: Stores = stores or Stores(self.people, self.enrollments, self.collections)
        self._under_way: set[RunRef] = set()
        self.schedules = MemorySchedules()
        self.scheduled = MemoryScheduledCampaigns(self.campaigns, self.collections)
        self.customers = [self.customer(number) for number in range(1, people + 1)]
        self.accounts = [self.account(number) for number in range(1, people + 1)]
        self.collection = self.campaign_of(*(steps or (self.step(),)), **campaign)

    def customer(self, number: int, **but: Any) -> Customer:
        made = a_customer(str(100000 + number), company_id=self.company_id, **but)
        self.stored.people.put_customers([made])
        return made

    def account(self, number: int, owner: int | None = None, **but: Any) -> Account:
        made = an_account(
            str(900000 + number),
            str(100000 + (owner or number)),
            company_id=self.company_id,
            **but,
        )
        self.stored.people.put_accounts([made])
        return self.stored.people.accounts(self.company_id, [made.id])[made.id]

    def step(self, wait_days: int = 0, **but: Any) -> Step:
        """One that exports to the receiver."""
        id = an_id()
        sftp = SftpSettings(
            host=SFTP,
            username="dialer",
            password=self.secrets.seal(
                "correct horse", secret_context(self.company_id, id, "sftpSettings.password")
            ),
        )
        whole = a_step(id=id, wait_days=wait_days, exporter_id=self.exporter.id, sftp=sftp)
        return replace(whole, **but)

    def campaign_of(self, *steps: Step, **but: Any) -> CollectionCampaign:
        return self.stored.collections.add(
            a_collection(steps=steps, company_id=self.company_id, **but)
        )

    @property
    def tools(self) -> Tools:
        return replace(
            super().tools,
            people=self.stored.people,
            flow=FlowTools(self.stored.collections, self.stored.enrollments, an_id),
        )

    def enroll(
        self, *accounts: Account, into: CollectionCampaign | None = None
    ) -> list[EnrollmentResult]:
        return enroll_accounts(
            self.company_id,
            (into or self.collection).id,
            [one.id for one in accounts or self.accounts],
            campaigns=self.stored.collections,
            enrollments=self.stored.enrollments,
            people=self.stored.people,
            access=self.access,
            new_id=an_id,
            now=self.clock,
        )

    def report(self, customer: Customer, status: EnrollmentStatus, **but: Any) -> Reported:
        return report_outcome(
            self.company_id,
            customer.id,
            but.get("campaign", self.collection).id,
            status,
            campaigns=self.stored.collections,
            enrollments=self.stored.enrollments,
            people=self.stored.people,
            access=self.access,
            new_id=an_id,
            now=self.clock,
        )

    def settle(self, account: Account) -> Account:
        return settle_account(
            self.company_id,
            account.external_id,
            people=self.stored.people,
            enrollments=self.stored.enrollments,
            now=self.clock,
        )

    def move(self, status: CollectionStatus, campaign: CollectionCampaign | None = None) -> None:
        move_collection(
            self.company_id,
            (campaign or self.collection).id,
            status,
            access=self.access,
            campaigns=self.stored.collections,
            templates=self.templates,
            runs=self.runs,
            engine=self.engine,
            schedules=self.schedules,
            new_id=an_id,
            now=self.clock,
        )

    def ring(self, campaign: CollectionCampaign | None = None) -> list[Run]:
        return start_due_steps(
            self.company_id,
            (campaign or self.collection).id,
            self.clock.at,
            access=self.access,
            campaigns=self.stored.collections,
            enrollments=self.stored.enrollments,
            scheduled=self.scheduled,
            runs=self.runs,
            engine=self.engine,
            schedules=self.schedules,
            new_id=an_id,
            now=self.clock,
        )

    def work(self, steps: Callable[[], Steps] = MemorySteps) -> list[Run]:
        """Execute what the engine was asked to begin; what broke off before goes on first."""
        ended: list[Run] = []
        # What is under way already is not begun once more by who comes in its midst.
        while todo := [ref for ref in self.engine.starts if ref not in self._under_way]:
            ref = todo[0]
            self._under_way.add(ref)
            try:
                execute(ref, steps(), self.tools)
            finally:
                self._under_way.remove(ref)
            self.engine.starts.remove(ref)
            ended.append(self.runs.get(ref.company_id, ref.campaign_id, ref.run_id))
        return ended

    def day(self, days: int = 1, campaign: CollectionCampaign | None = None) -> list[Run]:
        """Let a day pass for each, ring and work; answers the runs of the last."""
        ended: list[Run] = []
        for _ in range(days):
            self.ring(campaign)
            ended = self.work()
            self.clock.at += timedelta(days=1)
        return ended

    def of(self, account: Account, campaign: CollectionCampaign | None = None) -> Enrollment:
        """The account's newest execution in the campaign."""
        found = self.stored.enrollments.of_customer(
            self.company_id, account.customer_id, (campaign or self.collection).id
        )
        return [one for one in found if one.account_id == account.id][-1]

    def statuses(self, campaign: CollectionCampaign | None = None) -> list[EnrollmentStatus]:
        return [self.of(one, campaign).status for one in self.accounts]

    def counts(self, campaign: CollectionCampaign | None = None) -> EnrollmentCounts:
        id = (campaign or self.collection).id
        return self.stored.enrollments.counts(self.company_id, [id], self.today)[id]

    def kept(self, account: Account) -> Account:
        return self.stored.people.accounts(self.company_id, [account.id])[account.id]

    @property
    def today(self) -> date:
        return self.clock.at.date()

    def sent(self) -> list[str]:
        """The customers in all the contact files at the receiver, in the order of their numbers."""
        return sorted(
            line.split(",")[0]
            for name, content in self.receiver.files.items()
            if "_contacts" in name
            for line in content.decode().split()[1:]
        )

    def check(self) -> None:
        """Whatever happened: places, counts and statuses of accounts agree."""
        owners = {one.customer_id for one in self.accounts}
        every = [
            one
            for owner in owners
            for one in self.stored.enrollments.of_customer(self.company_id, owner)
        ]
        for account in self.accounts:
            mine = [one for one in every if one.account_id == account.id]
            active = [one for one in mine if one.is_active]
            holder = self.stored.enrollments.holders(self.company_id, [account.id]).get(account.id)
            assert len(active) <= 1
            if active:
                assert holder is not None
                assert holder.ref == active[0].ref
                assert self.kept(account).settled_at is None
            else:
                settled = self.kept(account).settled_at is not None
                assert (holder is not None) == settled
        for campaign in self.stored.collections.every(self.company_id):
            mine = [one for one in every if one.campaign_id == campaign.id]
            told = self.counts(campaign)
            assert told.total == len(mine)
            for status in EnrollmentStatus:
                real = sum(one.status is status for one in mine)
                assert told.by_status[status] == real, status
        for one in every:
            assert (one.due_on is not None) <= one.is_active
            assert (one.run_id is not None) == (one.status is EnrollmentStatus.RUNNING)
