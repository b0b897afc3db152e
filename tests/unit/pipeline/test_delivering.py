"""Taking the files there: under which names, in which order, how often, and what stops it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from campaigns.domain.campaign import Campaign
from campaigns.domain.delivery import ConnectionLost, DirectoryMissing, HostKeyChanged
from campaigns.domain.exporter import EmptyFile
from campaigns.domain.run import CONTACTS_OUTPUT, RunFile, RunStatus, Stage, contacts_part
from tests.builders import NOON, a_customer, an_exporter, some_sftp
from tests.unit.pipeline.world import World


def a_world(**but: Any) -> World:
    rows = [{"borrowerId": 1}, {"borrowerId": 2}]
    exporter = an_exporter("person.externalId")
    return World(rows, exporter=exporter, people=[a_customer("1"), a_customer("2")], **but)


def test_a_delivery_that_fails_is_tried_again_under_the_same_name() -> None:
    world = a_world()
    world.receiver.failures = [ConnectionLost("sftp.example.com", "reset") for _ in range(3)]
    run = world.execute()
    assert run.status is RunStatus.COMPLETED
    assert run.deliveries[0]["attempts"] == 4
    assert len(world.receiver.files) == len(world.receiver.published) == 3


def test_a_delivery_that_keeps_failing_fails_the_run_and_says_so() -> None:
    world = a_world()
    world.receiver.failures = [ConnectionLost("sftp.example.com", "reset") for _ in range(5)]
    run = world.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "connection_lost")
    assert "no connection to sftp.example.com" in world.content("log.txt").decode()
    assert "contacts_output.csv" in run.available_files


def test_a_delivery_that_is_refused_is_not_tried_again() -> None:
    world = a_world()
    world.receiver.failures = [DirectoryMissing("sftp.example.com", "inbox")]
    run = world.execute()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "directory_missing")
    assert len(world.receiver.connections) == 1


def test_a_changed_host_key_holds_the_run_and_names_both() -> None:
    world = a_world()
    world.receiver.failures = [HostKeyChanged("sftp.example.com", "SHA256:old", "SHA256:new")]
    run = world.execute()
    assert (run.status, run.error_code) == (RunStatus.HELD, "host_key_changed")
    assert run.finished_at is None
    assert world.receiver.files == {}
    log = world.content("log.txt").decode()
    assert "SHA256:old" in log
    assert "SHA256:new" in log


def test_the_host_key_that_is_seen_first_is_kept_and_expected_from_then_on() -> None:
    world = a_world()
    world.execute()
    assert world.campaign.sftp is not None
    assert world.campaign.sftp.learned_host_key == "ssh-ed25519 AAAA"
    keys = [destination.host_key for destination in world.receiver.connections]
    assert keys == [None, "ssh-ed25519 AAAA", "ssh-ed25519 AAAA"]
    assert "host key SHA256:seen seen first and kept" in world.log()


def test_a_pinned_host_key_is_not_relearned() -> None:
    world = a_world()
    pinned = some_sftp(host_key="ssh-ed25519 BBBB", password=None)
    world.campaigns.move(replace(world.campaign, sftp=pinned))
    world.execute()
    assert world.campaign.sftp == pinned
    assert {one.host_key for one in world.receiver.connections} == {"ssh-ed25519 BBBB"}


def test_a_host_key_is_not_learned_over_an_edit_of_the_same_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world()
    move, edits = world.campaigns.move, iter([1])

    def moved(campaign: Campaign) -> Campaign:
        if next(edits, None):
            move(replace(world.campaign, name="Edited"))
        return move(campaign)

    monkeypatch.setattr(world.campaigns, "move", moved)
    assert world.execute().status is RunStatus.COMPLETED
    assert world.campaign.name == "Edited"
    assert "but the campaign was edited, so the next delivery keeps it" in world.log()


def test_names_come_from_the_template_in_the_companys_zone() -> None:
    world = a_world(external_id="early")
    sftp = replace(some_sftp(password=None), name_template="{externalId}-{YYYY}{MM}{DD}{HH}.txt")
    world.campaigns.move(replace(world.campaign, sftp=sftp))
    world.execute()
    assert set(world.receiver.files) == {
        "early-2026030207.txt",
        "early-2026030207_log.txt",
        "early-2026030207_receipt.json",
    }


def test_a_receiver_sees_whole_files_only() -> None:
    """The log that is delivered is the log as it stood when delivery began."""
    world = a_world()
    world.execute()
    [delivered] = [text for name, text in world.receiver.files.items() if name.endswith("_log.txt")]
    lines = delivered.decode().splitlines()
    assert lines == world.content("log.txt").decode().splitlines()[: len(lines)]
    assert "  deliver: to sftp.example.com  [" in lines[-1]


# Parts and triggers


def exported(files: Mapping[str, bytes], **sftp: Any) -> World:
    """A run of which only the delivery is left."""
    world = World(external_id="early")
    for name, content in files.items():
        world.files.kept[world.opened.ref, name] = content
    kept = tuple(
        RunFile(name=name, bytes=len(content), sha256=sha256(content).hexdigest(), rows=7)
        for name, content in files.items()
    )
    facts = {"id": "CM-1", "name": "Early", "externalId": "early"}
    world.change(lambda run: replace(run, stage=Stage.DELIVER, files=kept, campaign_facts=facts))
    set_sftp(world, **sftp)
    return world


def set_sftp(world: World, **but: Any) -> None:
    assert world.campaign.sftp is not None
    world.campaigns.move(replace(world.campaign, sftp=replace(world.campaign.sftp, **but)))


def order(world: World) -> list[str]:
    """The files as they came, by what makes their names differ."""
    return [name.partition("_RN-")[2][28:] for name in world.receiver.published]


WHOLE = {CONTACTS_OUTPUT: b"id\r\n1\r\n"}
PARTS = {contacts_part(number): f"id\r\n{number}\r\n".encode() for number in (1, 2, 11)}


@pytest.mark.parametrize(
    ("trigger", "last"),
    [("none", []), ("done", ["contacts.done"]), ("manifest", ["contacts.json"])],
)
def test_contacts_come_first_and_the_trigger_last(trigger: str, last: list[str]) -> None:
    world = exported(WHOLE, trigger=trigger)
    assert world.execute().status is RunStatus.COMPLETED
    assert order(world) == ["contacts.csv", "log.txt", "receipt.json", *last]


def test_parts_come_in_order_and_share_one_trigger() -> None:
    world = exported(PARTS, trigger="done")
    run = world.execute()
    assert order(world) == [
        "contacts_part01.csv",
        "contacts_part02.csv",
        "contacts_part11.csv",
        "log.txt",
        "receipt.json",
        "contacts.done",
    ]
    assert [one["rows"] for one in run.deliveries] == [7, 7, 7, None, None, None]
    [trigger] = [data for name, data in world.receiver.files.items() if name.endswith(".done")]
    assert trigger == b""


def test_a_manifest_names_everything_that_came_before_it() -> None:
    world = exported(PARTS, trigger="manifest")
    run = world.execute()
    [text] = [
        data for name, data in world.receiver.files.items() if name.endswith("_contacts.json")
    ]
    manifest = json.loads(text)
    assert (manifest["runId"][:3], manifest["campaignId"]) == ("RN-", "CM-1")
    for told, kept in zip(manifest["files"], run.deliveries, strict=False):
        content = world.receiver.files[told["name"]]
        assert told["name"] == kept["file"]
        assert (told["bytes"], told["sha256"]) == (len(content), sha256(content).hexdigest())
    assert [one["kind"] for one in manifest["files"]] == ["contacts"] * 3 + ["log", "receipt"]
    assert [one["rows"] for one in manifest["files"]] == [7, 7, 7, None, None]
    assert [one["kind"] for one in run.deliveries][-1] == "trigger"


@pytest.mark.parametrize("trigger", ["done", "manifest"])
def test_without_a_contact_file_there_is_nothing_to_trigger(trigger: str) -> None:
    exporter = an_exporter(empty_file=EmptyFile.SKIP)
    world = World([], columns=["borrowerId"], exporter=exporter)
    set_sftp(world, trigger=trigger)
    run = world.execute()
    assert run.status is RunStatus.COMPLETED
    assert [one["kind"] for one in run.deliveries] == ["log", "receipt"]
    assert order(world) == ["log.txt", "receipt.json"]


def test_a_template_names_parts_and_trigger_alike() -> None:
    world = exported(PARTS, trigger="done", name_template="list-{YYYY}{MM}{DD}.dat")
    world.execute()
    assert world.receiver.published == [
        "list-20260302_part01.dat",
        "list-20260302_part02.dat",
        "list-20260302_part11.dat",
        "list-20260302_log.txt",
        "list-20260302_receipt.json",
        "list-20260302.done",
    ]


def test_the_receipt_tells_of_contacts_and_log_with_every_fact() -> None:
    world = exported(WHOLE, trigger="done")
    run = world.execute()
    receipt = json.loads(world.content("receipt.json"))
    assert [one["kind"] for one in receipt["deliveries"]] == ["contacts", "log"]
    assert receipt["deliveries"] == [dict(one) for one in run.deliveries[:2]]
    assert receipt["deliveries"][0].keys() == {
        *("kind", "file", "rows", "username", "cdDir", "host", "port", "fingerprint", "hostKey"),
        *("remotePath", "bytes", "sha256", "published", "attempts", "resumedFrom"),
        *("startedAt", "finishedAt"),
    }


# Trying a run again


def retried(world: World) -> None:
    """Somebody put the cause right and asked for the rest."""
    world.runs.reopen(world.run.restarted("run: tried again", at=NOON))


def failing_at(world: World, file: int) -> None:
    """The delivery of that file, counted from 0, is refused."""
    passing = iter(range(file))

    def at_delivery() -> None:
        if next(passing, None) is None:
            world.receiver.failures = [DirectoryMissing("sftp.example.com", "inbox")]
            world.receiver.at_delivery = lambda: None

    world.receiver.at_delivery = at_delivery


@pytest.mark.parametrize("file", range(4))
def test_what_was_delivered_is_not_sent_again_even_when_it_was_taken_away(file: int) -> None:
    world = exported(WHOLE, trigger="manifest")
    failing_at(world, file)
    assert world.execute().status is RunStatus.FAILED
    taken = dict(world.receiver.files)
    world.receiver.files.clear()
    retried(world)
    assert world.execute().status is RunStatus.COMPLETED
    assert not taken.keys() & world.receiver.files.keys()
    assert order(world) == ["contacts.csv", "log.txt", "receipt.json", "contacts.json"]


@pytest.mark.parametrize("moved", [{"host": "other.example.com"}, {"cd_dir": "other"}])
def test_another_place_gets_everything(moved: dict[str, str]) -> None:
    world = exported(WHOLE)
    failing_at(world, 1)
    world.execute()
    world.receiver.files.clear()
    set_sftp(world, **moved)
    retried(world)
    world.execute()
    assert len(world.receiver.files) == 3


def test_a_run_keeps_its_names_once_a_file_has_arrived() -> None:
    world = exported(WHOLE, name_template="first-{kind}")
    failing_at(world, 1)
    world.execute()
    set_sftp(world, name_template="second-{kind}")
    retried(world)
    world.execute()
    assert world.receiver.published == ["first-contacts.csv", "first-log.txt", "first-receipt.json"]


def test_a_name_that_was_the_trouble_can_be_changed_before_any_file_has_arrived() -> None:
    world = exported(WHOLE, name_template="x" * 255)
    assert world.execute().error_code == "sftp_setting_refused"
    set_sftp(world, name_template="short-{kind}")
    retried(world)
    world.execute()
    assert world.receiver.published[0] == "short-contacts.csv"
