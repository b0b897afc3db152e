"""Taking the files there: under which names, how often, and what stops it."""

from dataclasses import replace
from typing import Any

import pytest

from campaigns.domain.campaign import Campaign
from campaigns.domain.delivery import ConnectionLost, DirectoryMissing, HostKeyChanged
from campaigns.domain.run import RunStatus
from tests.builders import a_customer, an_exporter, some_sftp
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
    assert lines[-1].endswith("deliver: to sftp.example.com")
