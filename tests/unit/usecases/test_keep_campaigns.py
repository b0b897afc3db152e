"""Creating, changing and deleting campaigns: what is kept, what is refused, what clock rings."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from campaigns.adapters.memory import MemoryAccess, MemoryCollection, MemorySecrets
from campaigns.adapters.memory_schedules import MemorySchedules
from campaigns.domain import public_id
from campaigns.domain.campaign import (
    Campaign,
    CampaignNotFound,
    CampaignStatus,
    ChangedMeanwhile,
    ExternalIdTaken,
)
from campaigns.domain.delivery import BadPrivateKey, PrivateKeyLocked, SftpDestination
from campaigns.domain.errors import Invalid
from campaigns.domain.exporter import Exporter, ExporterNotFound
from campaigns.domain.page import Slice
from campaigns.domain.safety import AudienceChange, Precaution, Safety
from campaigns.domain.schedule import Purpose, ScheduleEntry, flight_check_minute, minute_of
from campaigns.domain.secret import secret_context
from campaigns.domain.sender import Sender, SenderNotFound
from campaigns.usecases.campaign_changes import Checks
from campaigns.usecases.create_campaign import create_campaign
from campaigns.usecases.delete_campaign import delete_campaign
from campaigns.usecases.update_campaign import update_campaign
from tests.builders import COMPANY, NOON, OTHER_COMPANY, a_company, an_exporter, new_ids
from tests.fakes import SomeHosts

URL = "https://redash.example.com/queries/42"
SFTP = {"host": "sftp.example.com", "username": "dialer", "password": "correct horse"}


def check_key(to: SftpDestination) -> None:
    """Knows `PEM`, which is open, and `LOCKED`, which opens with `sesame`."""
    if to.private_key == "LOCKED" and to.passphrase is None:
        raise PrivateKeyLocked(to.address)
    if (to.private_key, to.passphrase) not in {("PEM", None), ("LOCKED", "sesame")}:
        raise BadPrivateKey(to.address, "junk")


class Desk:
    """Everything that the campaign verbs touch."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.campaigns: MemoryCollection[Campaign] = MemoryCollection(missing=CampaignNotFound)
        self.exporters: MemoryCollection[Exporter] = MemoryCollection(missing=ExporterNotFound)
        self.senders: MemoryCollection[Sender] = MemoryCollection(missing=SenderNotFound)
        self.secrets = MemorySecrets()
        self.schedules = MemorySchedules()
        self.access = MemoryAccess()
        self.access.put_company(a_company())
        self.hosts = SomeHosts("metadata.internal")
        self.ids: Iterator[str] = new_ids(5000)

    @property
    def checks(self) -> Checks:
        return Checks(
            self.exporters, self.senders, self.secrets, self.hosts, check_key, allow_http=False
        )

    def create(self, **fields: Any) -> Campaign:
        return create_campaign(
            COMPANY,
            fields,
            campaigns=self.campaigns,
            checks=self.checks,
            access=self.access,
            schedules=self.schedules,
            new_id=lambda: next(self.ids),
            now=lambda: NOON,
        )

    def update(self, campaign: Campaign, **changes: Any) -> Campaign:
        return update_campaign(
            campaign,
            changes,
            campaigns=self.campaigns,
            checks=self.checks,
            access=self.access,
            schedules=self.schedules,
            now=lambda: NOON,
        )

    def delete(self, campaign: Campaign) -> Campaign:
        return delete_campaign(
            campaign, campaigns=self.campaigns, schedules=self.schedules, now=lambda: NOON
        )

    def alarm(self, campaign: Campaign, purpose: Purpose = Purpose.RUN) -> ScheduleEntry | None:
        return self.schedules.find(COMPANY, campaign.id, purpose)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_campaign_needs_nothing_and_is_active(desk: Desk) -> None:
    campaign = desk.create()
    assert desk.campaigns.get(COMPANY, campaign.id) == campaign
    assert (campaign.name, campaign.status) == ("", CampaignStatus.ACTIVE)
    assert (campaign.created_at, campaign.updated_at) == (NOON, NOON)
    assert desk.alarm(campaign) is None


def test_a_whole_campaign_is_kept_with_its_secrets_sealed_for_it(desk: Desk) -> None:
    exporter = desk.exporters.add(an_exporter(external_id="list"))
    campaign = desk.create(
        name="Early",
        external_id="early",
        redash_query_url=URL + "?p_days=7#source",
        redash_api_key="a-long-redash-key",
        schedule="p P * * MON-fri",
        contact_exporter_id=public_id.show(public_id.EXPORTER, exporter.id),
        sftp_settings={**SFTP, "cd_dir": "in box", "host": "sftp.example.com:2222"},
    )
    assert campaign.query_url == URL
    assert campaign.query_parameters == {"days": "7"}
    assert campaign.schedule == "P P * * MON-fri"
    assert campaign.exporter_id == exporter.id
    assert desk.hosts.checked == [("redash.example.com", 443), ("sftp.example.com", 2222)]
    assert campaign.query_key is not None
    assert campaign.query_key.masked == "********-key"
    place = secret_context(COMPANY, campaign.id, "redashApiKey")
    assert desk.secrets.open(campaign.query_key, place) == "a-long-redash-key"
    assert campaign.sftp is not None
    assert campaign.sftp.password is not None
    place = secret_context(COMPANY, campaign.id, "sftpSettings.password")
    assert desk.secrets.open(campaign.sftp.password, place) == "correct horse"


@pytest.mark.parametrize(
    "spelled", [lambda one: f"ext-{one.external_id}", lambda one: one.id], ids=["external", "uuid"]
)
def test_an_exporter_is_named_in_any_way(desk: Desk, spelled: Callable[[Exporter], str]) -> None:
    exporter = desk.exporters.add(an_exporter(external_id="list"))
    assert desk.create(contact_exporter_id=spelled(exporter)).exporter_id == exporter.id


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"external_id": "ext-spring"}, "externalId"),
    ({"redash_query_url": "https://redash.example.com/dashboards/42"}, "redashQueryUrl"),
    ({"redash_query_url": "http://redash.example.com/queries/42"}, "redashQueryUrl"),
    ({"redash_query_url": "https://metadata.internal/queries/1"}, "redashQueryUrl"),
    ({"redash_api_key": "********"}, "redashApiKey"),
    ({"schedule": "@daily"}, "schedule"),
    ({"schedule": "P P 30 2 *"}, "schedule"),
    ({"contact_exporter_id": "CE-1"}, "contactExporterId"),
    ({"contact_exporter_id": "ext-nobody"}, "contactExporterId"),
    ({"contact_exporter_id": "018f4e9a-0000-7000-8000-00000000dead"}, "contactExporterId"),
    ({"bulk_sender_id": "BS-1"}, "bulkSenderId"),
    ({"sftp_settings": {"username": "u", "password": "p"}}, "sftpSettings.host"),
    ({"sftp_settings": {"host": "h", "password": "p"}}, "sftpSettings.username"),
    ({"sftp_settings": {"host": "h", "username": "u"}}, "sftpSettings.password"),
    ({"sftp_settings": {**SFTP, "host": "h:0"}}, "sftpSettings.host"),
    ({"sftp_settings": {**SFTP, "host": "sftp://h"}}, "sftpSettings.host"),
    ({"sftp_settings": {**SFTP, "host": "metadata.internal"}}, "sftpSettings.host"),
    ({"sftp_settings": {**SFTP, "cd_dir": "in\0box"}}, "sftpSettings.cdDir"),
    ({"sftp_settings": {**SFTP, "host_key": "ssh-rsa nonsense"}}, "sftpSettings.hostKey"),
    ({"sftp_settings": {**SFTP, "name_template": "{nobody}"}}, "sftpSettings.nameTemplate"),
    ({"sftp_settings": {**SFTP, "name_template": "../{campaign}"}}, "sftpSettings.nameTemplate"),
    ({"sftp_settings": {**SFTP, "password": "********"}}, "sftpSettings.password"),
    ({"sftp_settings": {**SFTP, "private_key": "********abcd"}}, "sftpSettings.privateKey"),
    ({"sftp_settings": {**SFTP, "private_key": "junk"}}, "sftpSettings.privateKey"),
    ({"sftp_settings": {**SFTP, "private_key": "LOCKED"}}, "sftpSettings.privateKey"),
    (
        {"sftp_settings": {**SFTP, "private_key": "LOCKED", "passphrase": "wrong"}},
        "sftpSettings.privateKey",
    ),
]


@pytest.mark.parametrize(("fields", "field"), REFUSED)
def test_a_refusal_names_its_field_and_keeps_nothing(
    desk: Desk, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        desk.create(**{"schedule": "P P * * *", **fields})
    assert refused.value.field == field
    assert desk.campaigns.list(COMPANY, Slice()).total == 0


@pytest.mark.parametrize(("changes", "field"), REFUSED)
def test_a_refused_change_leaves_the_campaign_and_its_alarm(
    desk: Desk, changes: dict[str, Any], field: str
) -> None:
    campaign = desk.create(name="before", schedule="P P * * *")
    rung = desk.alarm(campaign)
    with pytest.raises(Invalid) as refused:
        desk.update(campaign, **{"name": "after", **changes})
    assert refused.value.field == field
    assert desk.campaigns.get(COMPANY, campaign.id) == campaign
    assert desk.alarm(campaign) == rung


def test_a_deleted_exporter_and_one_of_another_company_do_not_exist(desk: Desk) -> None:
    gone = desk.exporters.add(an_exporter())
    desk.exporters.move(gone.deleted(NOON))
    others = desk.exporters.add(an_exporter(company_id=OTHER_COMPANY))
    for one in (gone, others):
        with pytest.raises(Invalid, match="does not exist"):
            desk.create(contact_exporter_id=one.id)


def test_only_the_given_fields_change_and_none_clears(desk: Desk) -> None:
    campaign = desk.create(
        name="Early", external_id="early", redash_query_url=URL, redash_api_key="secret"
    )
    changed = desk.update(campaign, name="Late")
    assert (changed.name, changed.query_url, changed.external_id) == ("Late", URL, "early")
    assert changed.query_key == campaign.query_key
    cleared = desk.update(
        changed,
        name=None,
        external_id=None,
        status=None,
        redash_query_url=None,
        redash_api_key=None,
        query_parameters=None,
        schedule=None,
        contact_exporter_id=None,
        bulk_sender_id=None,
        sftp_settings=None,
    )
    assert cleared == desk.campaigns.get(COMPANY, campaign.id)
    assert (cleared.name, cleared.query_url, cleared.query_key) == ("", None, None)
    assert desk.campaigns.find_external(COMPANY, "early") is None


def test_an_update_of_a_version_that_is_gone_is_refused(desk: Desk) -> None:
    campaign = desk.create(name="before")
    desk.update(campaign, name="first")
    with pytest.raises(ChangedMeanwhile):
        desk.update(campaign, name="second")


def test_a_taken_external_id_is_refused(desk: Desk) -> None:
    desk.create(external_id="spring")
    with pytest.raises(ExternalIdTaken):
        desk.create(external_id="spring")
    other = desk.create()
    with pytest.raises(ExternalIdTaken):
        desk.update(other, external_id="spring")


# Query parameters


def test_parameters_of_the_url_join_those_that_are_kept(desk: Desk) -> None:
    campaign = desk.create(query_parameters={"days": 1, "state": "TX"})
    changed = desk.update(campaign, redash_query_url=f"{URL}?p_days=7&x=1")
    assert changed.query_parameters == {"days": "7", "state": "TX"}


@pytest.mark.parametrize("backwards", [False, True])
def test_the_order_in_which_fields_are_sent_does_not_matter(desk: Desk, backwards: bool) -> None:
    fields = [
        ("redash_query_url", f"{URL}?p_days=7"),
        ("query_parameters", {"state": "TX"}),
    ]
    campaign = desk.create(**dict(fields[::-1] if backwards else fields))
    assert campaign.query_parameters == {"days": "7", "state": "TX"}


# Secrets


def test_a_mask_sent_back_leaves_the_secret(desk: Desk) -> None:
    campaign = desk.create(redash_api_key="a-long-redash-key", sftp_settings=SFTP)
    assert campaign.sftp is not None
    assert campaign.sftp.password is not None
    again = desk.update(
        campaign,
        redash_api_key="********-key",
        sftp_settings={"password": campaign.sftp.password.masked, "cd_dir": "inbox"},
    )
    assert again.query_key == campaign.query_key
    assert again.sftp is not None
    assert (again.sftp.password, again.sftp.cd_dir) == (campaign.sftp.password, "inbox")


def test_the_mask_of_another_secret_is_refused(desk: Desk) -> None:
    campaign = desk.create(redash_api_key="a-long-redash-key")
    with pytest.raises(Invalid, match="mask"):
        desk.update(campaign, redash_api_key="********none")


# SFTP settings


def test_safety_limits_change_one_by_one_and_none_clears(desk: Desk) -> None:
    change = {"percent": 20}
    campaign = desk.create(safety={"max_audience": 5000, "audience_change": change})
    assert campaign.safety == Safety(
        max_audience=5000, audience_change=AudienceChange(percent=20, of_runs=7)
    )
    changed = desk.update(campaign, safety={"zero_rows": Precaution.ALLOW, "max_audience": None})
    assert changed.safety == replace(campaign.safety, zero_rows=Precaution.ALLOW, max_audience=None)
    assert desk.update(changed, safety={"audience_change": None}).safety.audience_change is None
    assert desk.update(kept(desk, changed), safety=None).safety == Safety()


def test_what_was_approved_is_forgotten_with_the_query_it_was_approved_for(desk: Desk) -> None:
    made = desk.create(redash_query_url=URL)
    campaign = desk.campaigns.move(replace(made, approved_query_sha256="ab"))
    same = desk.update(campaign, redash_query_url=URL + "?p_days=7", name="Same")
    assert same.approved_query_sha256 == "ab"
    assert desk.update(same, redash_query_url=URL + "0").approved_query_sha256 is None
    back = desk.campaigns.move(replace(kept(desk, same), approved_query_sha256="ab"))
    assert desk.update(back, redash_query_url=None).approved_query_sha256 is None


def kept(desk: Desk, campaign: Campaign) -> Campaign:
    return desk.campaigns.get(COMPANY, campaign.id)


def test_sftp_settings_change_one_by_one_and_none_takes_the_default(desk: Desk) -> None:
    campaign = desk.create(
        sftp_settings={**SFTP, "publish": "direct", "overwrite": "refuse", "create_dirs": True}
    )
    changed = desk.update(
        campaign, sftp_settings={"publish": None, "overwrite": None, "create_dirs": None}
    )
    assert changed.sftp is not None
    assert changed.sftp.username == "dialer"
    assert (changed.sftp.publish, changed.sftp.overwrite) == ("rename", "replace")
    assert changed.sftp.create_dirs is False


def test_a_key_may_take_the_place_of_the_password(desk: Desk) -> None:
    campaign = desk.create(sftp_settings=SFTP)
    changed = desk.update(campaign, sftp_settings={"private_key": "PEM", "password": None})
    assert changed.sftp is not None
    assert changed.sftp.password is None
    with pytest.raises(Invalid) as refused:
        desk.update(changed, sftp_settings={"private_key": None})
    assert refused.value.field == "sftpSettings.password"


def test_a_locked_key_comes_with_its_passphrase_or_to_one_that_is_kept(desk: Desk) -> None:
    opened = {**SFTP, "private_key": "LOCKED", "passphrase": "sesame"}
    campaign = desk.create(sftp_settings=opened)
    for passphrase in ({}, {"passphrase": "********"}):
        campaign = desk.update(campaign, sftp_settings={"private_key": "LOCKED", **passphrase})
        assert campaign.sftp is not None
        assert campaign.sftp.private_key is not None
    for wrong in ({"passphrase": None}, {"passphrase": "wrong"}):
        with pytest.raises(BadPrivateKey):
            desk.update(campaign, sftp_settings={"private_key": "LOCKED", **wrong})


def test_a_learned_host_key_is_forgotten_with_its_host(desk: Desk) -> None:
    campaign = desk.create(sftp_settings=SFTP)
    assert campaign.sftp is not None
    learned = replace(campaign.sftp, learned_host_key="ssh-ed25519 AAAA")
    campaign = desk.campaigns.move(replace(campaign, sftp=learned))
    same = desk.update(campaign, sftp_settings={"username": "other"})
    assert same.sftp is not None
    assert same.sftp.learned_host_key == "ssh-ed25519 AAAA"
    elsewhere = desk.update(
        same, sftp_settings={"host": "other.example.com", "password": "another"}
    )
    assert elsewhere.sftp is not None
    assert elsewhere.sftp.learned_host_key is None


def refused_field(desk: Desk, campaign: Campaign, **changes: Any) -> str | None:
    with pytest.raises(Invalid) as refusal:
        desk.update(campaign, **changes)
    assert desk.campaigns.get(COMPANY, campaign.id) == campaign
    return refusal.value.field


def test_a_secret_does_not_follow_to_another_server(desk: Desk) -> None:
    campaign = desk.create(redash_query_url=URL, redash_api_key="k" * 40, sftp_settings=SFTP)
    assert campaign.sftp is not None
    assert campaign.query_key is not None
    evil = "https://evil.example.com/queries/42"
    assert refused_field(desk, campaign, redash_query_url=evil) == "redashApiKey"
    masked = {"redash_query_url": evil, "redash_api_key": campaign.query_key.masked}
    assert refused_field(desk, campaign, **masked) == "redashApiKey"
    host = {"host": "evil.example.com"}
    assert refused_field(desk, campaign, sftp_settings=host) == "sftpSettings.password"
    port = {"host": "sftp.example.com:2222", "password": "********"}
    assert refused_field(desk, campaign, sftp_settings=port) == "sftpSettings.password"


def test_a_secret_that_is_sent_again_may_go_to_another_server(desk: Desk) -> None:
    campaign = desk.create(redash_query_url=URL, redash_api_key="k" * 40, sftp_settings=SFTP)
    other = "https://other.example.com/queries/42"
    moved = desk.update(campaign, redash_query_url=other, redash_api_key="another")
    assert moved.query_url == other
    same_server = desk.update(moved, redash_query_url="https://other.example.com/queries/7")
    assert same_server.query_key == moved.query_key


# The alarm clock


def test_a_schedule_sets_the_alarm_at_the_campaigns_minute(desk: Desk) -> None:
    campaign = desk.create(schedule="P P * * 1")
    assert desk.alarm(campaign) == ScheduleEntry(
        company_id=COMPANY,
        campaign_id=campaign.id,
        at=minute_of(campaign.id, a_company().run_window),
        zone="America/New_York",
    )


@pytest.mark.parametrize(
    "changes",
    [{"schedule": None}, {"status": CampaignStatus.PAUSED}, {"status": CampaignStatus.ARCHIVED}],
)
@pytest.mark.parametrize("purpose", Purpose)
def test_a_campaign_that_no_longer_runs_by_schedule_has_no_alarm(
    desk: Desk, changes: dict[str, Any], purpose: Purpose
) -> None:
    campaign = desk.create(schedule="P P * * *", sftp_settings=SFTP)
    assert desk.alarm(campaign, purpose) is not None
    stopped = desk.update(campaign, **changes)
    assert desk.alarm(campaign, purpose) is None
    again = desk.update(stopped, schedule="P P * * 2", status=CampaignStatus.ACTIVE)
    assert desk.alarm(again, purpose) is not None


def test_only_a_campaign_with_a_destination_has_its_flight_checked(desk: Desk) -> None:
    campaign = desk.create(schedule="P P * * *")
    assert desk.alarm(campaign, Purpose.FLIGHT_CHECK) is None
    campaign = desk.update(campaign, sftp_settings=SFTP)
    minute = minute_of(campaign.id, a_company().run_window)
    assert desk.alarm(campaign, Purpose.FLIGHT_CHECK) == ScheduleEntry(
        company_id=COMPANY,
        campaign_id=campaign.id,
        purpose=Purpose.FLIGHT_CHECK,
        at=flight_check_minute(minute, "America/New_York"),
        zone="America/New_York",
    )
    campaign = desk.update(campaign, sftp_settings=None)
    assert desk.alarm(campaign, Purpose.FLIGHT_CHECK) is None
    assert desk.alarm(campaign) is not None


def test_a_campaign_that_cannot_be_kept_leaves_no_alarm(desk: Desk) -> None:
    desk.create(external_id="spring")
    with pytest.raises(ExternalIdTaken):
        desk.create(external_id="spring", schedule="P P * * *", sftp_settings=SFTP)
    assert desk.schedules.entries == []


def test_a_deleted_campaign_is_found_no_more_and_has_no_alarm(desk: Desk) -> None:
    campaign = desk.create(schedule="P P * * *", external_id="spring", sftp_settings=SFTP)
    gone = desk.delete(campaign)
    assert gone.deleted_at == NOON
    assert desk.schedules.entries == []
    with pytest.raises(CampaignNotFound):
        desk.campaigns.get(COMPANY, campaign.id)


class Interrupted(BaseException):
    """The function dies here."""


def die(*_: Any) -> Any:
    raise Interrupted


def test_dying_between_alarm_and_campaign_leaves_an_alarm_too_many_at_most(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a campaign that should run and has no alarm."""
    campaign = desk.create()
    monkeypatch.setattr(desk.campaigns, "move", die)
    with pytest.raises(Interrupted):
        desk.update(campaign, schedule="P P * * *")
    assert desk.alarm(campaign) is not None
    assert desk.campaigns.get(COMPANY, campaign.id).schedule is None


def test_dying_before_the_alarm_is_stopped_has_already_stopped_the_campaign(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = desk.create(schedule="P P * * *")
    monkeypatch.setattr(desk.schedules, "remove", die)
    with pytest.raises(Interrupted):
        desk.delete(campaign)
    with pytest.raises(CampaignNotFound):
        desk.campaigns.get(COMPANY, campaign.id)


class LateStop(MemorySchedules):
    """Somebody activates the campaign just before the clock that was to be stopped is."""

    def __init__(self) -> None:
        super().__init__()
        self.before_removal: Callable[[], object] = lambda: None

    def remove(
        self, company_id: str, campaign_id: str, purpose: Purpose = Purpose.RUN, slot: str = ""
    ) -> None:
        if purpose is Purpose.RUN:
            act, self.before_removal = self.before_removal, lambda: None
            act()
        super().remove(company_id, campaign_id, purpose, slot)


def test_a_campaign_that_is_activated_while_it_is_paused_has_an_alarm(desk: Desk) -> None:
    schedules = desk.schedules = LateStop()
    campaign = desk.create(schedule="P P * * *")

    def activate() -> None:
        paused = desk.campaigns.get(COMPANY, campaign.id)
        desk.update(paused, status=CampaignStatus.ACTIVE)

    schedules.before_removal = activate
    desk.update(campaign, status=CampaignStatus.PAUSED)
    assert desk.campaigns.get(COMPANY, campaign.id).runs_by_schedule
    assert schedules.find(COMPANY, campaign.id) is not None


def test_a_host_key_that_is_cleared_is_forgotten_even_when_it_was_learned(desk: Desk) -> None:
    campaign = desk.create(sftp_settings=SFTP)
    assert campaign.sftp is not None
    learned = replace(campaign.sftp, learned_host_key="ssh-ed25519 AAAA")
    campaign = desk.campaigns.move(replace(campaign, sftp=learned))
    cleared = desk.update(campaign, sftp_settings={"host_key": None})
    assert cleared.sftp is not None
    assert (cleared.sftp.host_key, cleared.sftp.learned_host_key) == (None, None)
