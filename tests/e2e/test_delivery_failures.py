"""What can go wrong at the dialer's server, and that no half file ever has a final name there."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from local.api_client import Refused
from local.redash_server import RedashServer
from local.stack import QUERY_KEY, Stack
from tests.e2e.dialer import Dialer
from tests.e2e.lending import Lending

COLUMNS = {"person.externalId": "id", "contact.phone": "phone", "query.words": "words"}
ATTEMPTS = 5
QUERY = {"redashApiKey": QUERY_KEY}


@pytest.fixture(scope="module")
def company(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Lending:
    """Its people are imported once; every test has a campaign and a server of its own."""
    assert stack.endpoint is not None
    lending = Lending.new(stack.url, stack.endpoint, stack.name)
    lending.load_people(stack.lender_database, tmp_path_factory.mktemp("people"))
    return lending


@dataclass
class Delivering:
    """A campaign whose contact file has about a megabyte, on its way to a dialer."""

    lending: Lending
    dialer: Dialer
    campaign: str

    def change(self, **sftp: Any) -> None:
        path = f"{self.lending.base}/campaigns/{self.campaign}"
        self.lending.api.take("PATCH", path, {"sftpSettings": sftp})

    def run(self) -> Any:
        return self.lending.run(self.campaign)

    def tried(self, run: Any) -> int:
        log = self.lending.log(run)
        return sum("_contacts.csv (attempt " in line for line in log)


@pytest.fixture
def delivering(company: Lending, stack: Stack, dialer: Dialer) -> Iterator[Delivering]:
    assert stack.queries is not None
    campaign = company.campaign(
        redashQueryUrl=stack.queries.query_url("wordy"),
        redashApiKey=QUERY_KEY,
        contactExporterId=company.exporter(COLUMNS),
        sftpSettings=dialer.settings,
    )
    yield Delivering(company, dialer, campaign)
    whole = {
        f"inbox/{one['file']}": company.file(run, "contacts_output.csv")
        for run in company.runs(campaign)
        for one in run["deliveries"]
        if one["kind"] == "contacts"
    }
    for name, data in dialer.files().items():
        if not name.startswith("inbox/2025/") and name.endswith("_contacts.csv"):
            assert data == whole.get(name), "a half file has a final name"


def remains(dialer: Dialer) -> list[str]:
    """Files under another than a final name."""
    return [name for name in dialer.files() if name.rpartition("/")[2].startswith(".")]


def failed(run: Any) -> str:
    assert (run["status"], run["stage"]) == ("failed", "deliver")
    assert "contacts_output.csv" in run["availableFiles"]
    assert "local-only" not in str(run)
    return str(run["errorMessage"])


def test_a_first_delivery_learns_the_host_key_and_pins_it(delivering: Delivering) -> None:
    delivering.dialer.start()
    assert delivering.lending.seen(delivering.campaign)["sftpSettings"]["hostKey"] is None
    run = delivering.run()
    assert run["status"] == "completed"
    server = delivering.dialer.server
    shown = delivering.lending.seen(delivering.campaign)["sftpSettings"]
    assert shown["hostKey"] == server.host_key
    log = delivering.lending.log(run)
    assert f"deliver: host key {server.fingerprint} seen first and kept" in log


def test_a_changed_host_key_holds_the_run_and_nothing_is_sent(delivering: Delivering) -> None:
    delivering.dialer.start()
    delivering.run()
    before, was = delivering.dialer.files(), delivering.dialer.server.fingerprint
    now = delivering.dialer.start(key="another-key").fingerprint
    held = delivering.run()
    assert (held["status"], held["finishedAt"]) == ("held", None)
    assert was in held["errorMessage"]
    assert now in held["errorMessage"]
    assert delivering.tried(held) == 1
    assert delivering.dialer.files() == before
    assert held["availableFiles"][-1] == "log.txt"
    shown = delivering.lending.seen(delivering.campaign)["sftpSettings"]
    assert shown["hostKey"] != delivering.dialer.server.host_key
    with pytest.raises(Refused) as second:
        delivering.lending.start(delivering.campaign)
    assert second.value.status == 409


def test_a_held_run_goes_on_when_the_new_host_key_was_set(delivering: Delivering) -> None:
    dialer, lending = delivering.dialer, delivering.lending
    dialer.start()
    delivering.run()
    now = dialer.start(key="another-key")
    held = delivering.run()
    path = f"{lending.base}/campaigns/{delivering.campaign}/runs/{held['id']}"
    # Released without a word about the key, it is held again: nobody learns a changed one.
    lending.api.take("POST", f"{path}/release")
    assert lending.follow(delivering.campaign, held["id"])["status"] == "held"
    delivering.change(hostKey=now.host_key)
    lending.api.take("POST", f"{path}/release")
    run = lending.follow(delivering.campaign, held["id"])
    assert (run["status"], run["errorMessage"]) == ("completed", None)
    assert {one["fingerprint"] for one in run["deliveries"]} == {now.fingerprint}
    assert run["deliveries"][0]["file"] in {Path(name).name for name in dialer.files()}


def test_a_host_key_that_was_forgotten_is_learned_anew(delivering: Delivering) -> None:
    delivering.dialer.start()
    delivering.run()
    now = delivering.dialer.start(key="another-key")
    delivering.change(hostKey=None)
    assert delivering.lending.seen(delivering.campaign)["sftpSettings"]["hostKey"] is None
    assert delivering.run()["status"] == "completed"
    shown = delivering.lending.seen(delivering.campaign)["sftpSettings"]["hostKey"]
    assert shown == now.host_key


def test_a_delivery_that_is_tried_again_asks_no_query_and_sends_nothing_twice(
    delivering: Delivering, redash: RedashServer
) -> None:
    lending, dialer = delivering.lending, delivering.dialer
    path = f"{lending.base}/campaigns/{delivering.campaign}"
    lending.api.take("PATCH", path, {"redashQueryUrl": redash.query_url("wordy")} | QUERY)
    dialer.start()
    size = next(one["bytes"] for one in delivering.run()["deliveries"] if one["kind"] == "contacts")
    dialer.empty()
    dialer.start("--disk", str(size + 10))
    failed_run = delivering.run()
    assert failed_run["status"] == "failed"
    [contacts] = failed_run["deliveries"]
    assert redash.seen() != []
    dialer.empty()  # The dialer has taken the list in.
    dialer.start()
    lending.api.take("POST", f"{path}/runs/{failed_run['id']}/retry")
    run = lending.follow(delivering.campaign, failed_run["id"])
    assert (run["status"], run["triggeredBy"]) == ("completed", "retry")
    assert redash.seen() == []
    assert run["deliveries"][0] == contacts
    assert dialer.contacts() == []
    assert {name.rpartition("_")[2] for name in dialer.files()} == {"log.txt", "receipt.json"}


def test_a_manifest_comes_last_and_is_right(delivering: Delivering) -> None:
    delivering.dialer.start()
    delivering.change(trigger="manifest")
    run = delivering.run()
    files = {Path(name).name: data for name, data in delivering.dialer.files().items()}
    last = run["deliveries"][-1]
    assert last["kind"] == "trigger"
    assert last["file"] == run["deliveries"][0]["file"].replace("_contacts.csv", "_contacts.json")
    manifest = json.loads(files.pop(last["file"]))
    assert {one["name"]: (one["bytes"], one["sha256"]) for one in manifest["files"]} == {
        name: (len(data), sha256(data).hexdigest()) for name, data in files.items()
    }
    assert manifest["files"][0]["rows"] == run["counts"]["lines"]
    came = [event["path"] for event in delivering.dialer.events("open to write")]
    assert "_contacts.json" in came[-1]


def test_an_empty_trigger_arrives_empty(delivering: Delivering) -> None:
    delivering.dialer.start()
    delivering.change(trigger="done")
    assert delivering.run()["status"] == "completed"
    files = delivering.dialer.files()
    assert [data for name, data in files.items() if name.endswith("_contacts.done")] == [b""]


def test_a_connection_test_over_http_tells_every_step(delivering: Delivering) -> None:
    delivering.dialer.start()
    path = f"{delivering.lending.base}/campaigns/{delivering.campaign}/sftp/test"
    told = delivering.lending.api.take("POST", path)["data"]
    assert (told["ok"], len(told["steps"]), told["hostKeyLearned"]) == (True, 9, True)
    assert delivering.dialer.files() == {}


def test_the_end_of_a_run_is_heard_on_the_bus(delivering: Delivering, stack: Stack) -> None:
    delivering.dialer.start()
    run = delivering.run()
    assert stack.events is not None
    heard = stack.events.wait_for(lambda event: event["detail"].get("runId") == run["id"])
    assert (heard["detail-type"], heard["detail"]["status"]) == ("RunEnded", "completed")
    assert heard["detail"]["filesDelivered"] == 3


def test_a_pinned_host_key_is_held_to_from_the_first_delivery_on(delivering: Delivering) -> None:
    delivering.dialer.start()
    delivering.change(hostKey=delivering.dialer.server.host_key)
    delivering.dialer.start(key="another-key")
    assert delivering.run()["status"] == "held"
    assert delivering.dialer.files() == {}


def test_a_wrong_password_is_said_so_and_not_tried_twice(delivering: Delivering) -> None:
    delivering.dialer.start()
    delivering.change(password="mistyped")
    run = delivering.run()
    message = failed(run)
    assert "refused 'campaigns'" in message
    assert "mistyped" not in message
    assert delivering.tried(run) == 1
    assert len(delivering.dialer.events("auth")) <= 2, "a locked account helps nobody"
    delivering.change(password="local-only")
    assert delivering.run()["status"] == "completed"


def test_a_missing_directory_is_named_and_not_made(delivering: Delivering) -> None:
    delivering.dialer.start()
    delivering.change(cdDir="inbox/2025")
    run = delivering.run()
    assert "has no directory 'inbox/2025'" in failed(run)
    assert delivering.tried(run) == 1
    assert delivering.dialer.files() == {}
    delivering.change(createDirs=True)
    assert delivering.run()["status"] == "completed"
    assert {Path(name).parent.name for name in delivering.dialer.files()} == {"2025"}


def test_a_directory_without_the_right_to_write_is_named(delivering: Delivering) -> None:
    delivering.dialer.start("--read-only")
    run = delivering.run()
    assert "does not permit this user to write to /inbox" in failed(run)
    assert delivering.tried(run) == 1


def test_a_connection_cut_half_way_is_resumed(delivering: Delivering) -> None:
    delivering.dialer.start("--cut-after", "700000")
    run = delivering.run()
    assert run["status"] == "completed"
    [contacts] = (one for one in run["deliveries"] if one["kind"] == "contacts")
    assert contacts["attempts"] == delivering.tried(run) == 2
    assert 0 < contacts["resumedFrom"] <= 700_000 < contacts["bytes"]
    whole = delivering.lending.file(run, "contacts_output.csv")
    assert delivering.dialer.contacts() == [whole]
    assert remains(delivering.dialer) == []


def test_a_full_disk_ends_the_run_and_leaves_no_half_file(delivering: Delivering) -> None:
    delivering.dialer.start("--disk", "600000")
    run = delivering.run()
    message = failed(run)
    assert "No space left on device" in message
    assert "make room" in message
    assert delivering.tried(run) == ATTEMPTS
    assert delivering.dialer.files() == {}
    delivering.dialer.start()
    assert delivering.run()["status"] == "completed"


def test_a_server_that_refuses_renames_is_told_apart_and_left_clean(
    delivering: Delivering,
) -> None:
    delivering.dialer.start("--no-rename", "--no-posix-rename")
    run = delivering.run()
    assert 'set publish to "direct"' in failed(run)
    assert delivering.tried(run) == 1
    assert delivering.dialer.files() == {}
    delivering.change(publish="direct")
    again = delivering.run()
    assert again["status"] == "completed"
    assert {one["published"] for one in again["deliveries"]} == {"direct"}


def test_a_server_without_the_better_rename_gets_the_plain_one(delivering: Delivering) -> None:
    delivering.dialer.start("--no-posix-rename")
    run = delivering.run()
    assert {one["published"] for one in run["deliveries"]} == {"rename"}


def test_a_server_that_is_down_is_tried_again_and_then_named(delivering: Delivering) -> None:
    address = delivering.dialer.settings["host"]
    run = delivering.run()
    message = failed(run)
    assert f"no connection to {address}" in message
    assert "check host, port, firewall" in message
    assert delivering.tried(run) == ATTEMPTS


def test_a_full_disk_half_way_through_the_files_keeps_those_that_arrived(
    delivering: Delivering,
) -> None:
    delivering.dialer.start()
    probe = delivering.run()
    size = next(one["bytes"] for one in probe["deliveries"] if one["kind"] == "contacts")
    delivering.dialer.empty()
    delivering.dialer.start("--disk", str(size + 10))
    run = delivering.run()
    assert "_log.txt" in failed(run)
    assert [one["kind"] for one in run["deliveries"]] == ["contacts"]
    assert len(delivering.dialer.files()) == 1
