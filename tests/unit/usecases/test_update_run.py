"""A worker outside reports: its files are taken whole, its moves have to make sense."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from campaigns.adapters.memory import MemoryEvents, MemoryRunFiles, MemoryRunStore
from campaigns.domain import run_report
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.errors import DomainError
from campaigns.domain.public_id import CAMPAIGN, FILE, RUN, show
from campaigns.domain.run import (
    CONTACTS_OUTPUT,
    LOG,
    Run,
    RunIsOver,
    RunMoved,
    RunOfTheService,
    RunRef,
    RunStatus,
    contacts_part,
)
from campaigns.domain.run_report import (
    Brought,
    NoSuchRunFile,
    NothingUploaded,
    RunReport,
    UnknownUpload,
    UploadTooLarge,
    arriving,
    upload_id,
)
from campaigns.usecases.cancel_run import cancel_run
from campaigns.usecases.create_run_file import create_run_file
from campaigns.usecases.update_run import CampaignDiffers, FileNotAvailable, update_run
from tests.builders import NOON, a_campaign, a_run, an_id
from tests.fakes import SometimesEngine

CONTACTS = b"id,phone\r\n1,+15125550123\r\n"


class RivalledRunStore(MemoryRunStore):
    """Lets somebody else be faster, once."""

    def __init__(self) -> None:
        super().__init__()
        self.rival: Callable[[], object] = lambda: None

    def move(self, run: Run) -> Run:
        rival, self.rival = self.rival, lambda: None
        rival()
        return super().move(run)


class Desk:
    def __init__(self, **run: object) -> None:
        self.runs = RivalledRunStore()
        self.files = MemoryRunFiles()
        self.events = MemoryEvents()
        self.engine = SometimesEngine()
        self.campaign = a_campaign(external_id="spring")
        whole = {"campaign_id": self.campaign.id, "outside": True, **run}
        self.opened = self.runs.open(a_run(**whole))

    @property
    def run(self) -> Run:
        return self.runs.get(self.opened.company_id, self.campaign.id, self.opened.id)

    def upload(self, name: str, data: bytes) -> str:
        made = create_run_file(self.run, name, files=self.files, now=lambda: NOON)
        self.files.kept[self.run.ref, arriving(name)] = data
        return show(FILE, made.id)

    def report(self, status: str | None = None, *ids: str, **more: object) -> Run:
        report = RunReport(
            status=None if status is None else RunStatus(status),
            files=[Brought(field="fileIds", id=id) for id in ids],
            **more,  # type: ignore[arg-type]
        )
        return update_run(
            self.campaign,
            self.run,
            report,
            runs=self.runs,
            files=self.files,
            events=self.events,
            engine=self.engine,
            now=lambda: NOON,
        )

    def kept(self, name: str) -> bytes:
        return self.files.kept[self.run.ref, name]


def test_a_worker_begins_brings_and_completes() -> None:
    desk = Desk()
    assert desk.report("running").started_at == NOON
    id = desk.upload(CONTACTS_OUTPUT, CONTACTS)
    assert desk.run.available_files == ()
    ended = desk.report("completed", id, available=[CONTACTS_OUTPUT])
    assert (ended.status, ended.finished_at) == (RunStatus.COMPLETED, NOON)
    file = ended.file(CONTACTS_OUTPUT)
    assert (file.bytes, file.sha256) == (len(CONTACTS), sha256(CONTACTS).hexdigest())
    assert desk.kept(CONTACTS_OUTPUT) == CONTACTS
    assert ended.available_files == (CONTACTS_OUTPUT, LOG)
    assert desk.kept(LOG).decode() == ended.log_text()
    assert file.sha256 in ended.log_text()
    assert [name for _, name in desk.files.kept if name.startswith("work/")] == []
    [told] = desk.events.published
    assert (told.type, told.detail["status"]) == ("RunEnded", "completed")
    # The campaign is free for the next run.
    desk.runs.open(a_run(campaign_id=desk.campaign.id))


def test_the_same_report_again_changes_nothing() -> None:
    desk = Desk()
    for status in ("running", "completed"):
        ids = [desk.upload(CONTACTS_OUTPUT, CONTACTS)] if status == "running" else []
        first = desk.report(status, *ids)
        assert desk.report(status, *ids) == desk.run
        assert desk.run.version == max(first.version, desk.run.version)
    id = show(FILE, upload_id(desk.run.id, CONTACTS_OUTPUT))
    ended = desk.run
    assert desk.report("completed", id) == ended
    assert desk.report() == ended


def test_a_file_that_comes_again_takes_the_place_of_the_first() -> None:
    desk = Desk()
    desk.report("running", desk.upload(LOG, b"half"))
    run = desk.report(None, desk.upload(LOG, b"the whole log"))
    assert desk.kept(LOG) == b"the whole log"
    assert run.file(LOG).bytes == 13
    assert run.available_files == (LOG,)


@pytest.mark.parametrize("end", ["failed", "completed", "canceled"])
def test_a_worker_s_own_log_stays(end: str) -> None:
    desk = Desk()
    desk.report("running", desk.upload(LOG, b"as the worker tells it"))
    if end == "canceled":
        known: dict[str, Any] = {"files": desk.files, "events": desk.events, "engine": desk.engine}
        cancel_run(desk.run, runs=desk.runs, **known, now=lambda: NOON)
    else:
        desk.report(end)
    assert desk.kept(LOG) == b"as the worker tells it"


def test_a_failure_and_a_wait_have_their_reason() -> None:
    desk = Desk()
    desk.report("running")
    held = desk.report("held")
    assert (held.error_code, held.is_over) == ("held_outside", False)
    assert [one.detail["holdReasons"] for one in desk.events.published] == [["held_outside"]]
    with pytest.raises(RunMoved):
        desk.report("running")
    failed = desk.report("failed")
    assert failed.error_code == "failed_outside"
    assert "a worker outside reported a failure" in desk.kept(LOG).decode()


@pytest.mark.parametrize(
    ("before", "status"),
    [
        ([], "completed"),
        ([], "held"),
        (["running"], "pending"),
        (["running", "completed"], "running"),
        (["running", "completed"], "failed"),
        (["running", "failed"], "completed"),
        (["canceled"], "running"),
    ],
)
def test_a_move_that_makes_no_sense_takes_no_file_either(before: list[str], status: str) -> None:
    desk = Desk()
    id = desk.upload(CONTACTS_OUTPUT, CONTACTS)
    for one in before:
        desk.report(one)
    was = desk.run
    with pytest.raises(RunMoved):
        desk.report(status, id)
    assert desk.run == was
    assert (desk.run.ref, CONTACTS_OUTPUT) not in desk.files.kept


def test_ids_that_are_not_of_this_run_are_refused() -> None:
    desk, other = Desk(), Desk()
    mine = desk.upload(CONTACTS_OUTPUT, CONTACTS)
    theirs = other.upload(CONTACTS_OUTPUT, CONTACTS)
    assert mine != theirs
    for id in (theirs, "", "FI-", show(RUN, desk.run.id), show(FILE, an_id()), "\ud800", "x" * 99):
        with pytest.raises(UnknownUpload) as refused:
            desk.report(None, id)
        assert refused.value.field == "fileIds"


def test_a_file_of_another_kind_is_refused() -> None:
    desk = Desk()
    id = desk.upload(CONTACTS_OUTPUT, CONTACTS)
    log = RunReport(files=[Brought(field="logFileId", id=id, only=LOG)])
    known: dict[str, Any] = {"runs": desk.runs, "files": desk.files, "events": desk.events}
    with pytest.raises(UnknownUpload) as refused:
        update_run(desk.campaign, desk.run, log, **known, engine=desk.engine, now=lambda: NOON)
    assert refused.value.field == "logFileId"


def test_what_was_not_uploaded_cannot_be_named() -> None:
    desk = Desk()
    made = create_run_file(desk.run, CONTACTS_OUTPUT, files=desk.files, now=lambda: NOON)
    with pytest.raises(NothingUploaded):
        desk.report("running", show(FILE, made.id))
    assert desk.run == desk.opened


@pytest.mark.parametrize("name", [contacts_part(1), contacts_part(2), contacts_part(999)])
def test_parts_of_a_contact_file_can_be_brought(name: str) -> None:
    desk = Desk()
    assert desk.report(None, desk.upload(name, CONTACTS)).available_files == (name,)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "other.csv",
        "../log.txt",
        "work/x",
        "LOG.TXT",
        "contacts_output_part1.csv",
        "contacts_output_part001.csv",
        "contacts_output_part00.csv",
        "contacts_output_part1000.csv",
    ],
)
def test_a_file_of_a_run_has_one_of_the_names_that_runs_have(name: str) -> None:
    with pytest.raises(NoSuchRunFile):
        Desk().upload(name, b"")


def test_only_as_much_is_taken_as_can_be_hashed_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.usecases.update_run.LARGEST_UPLOADS", 10)
    assert run_report.LARGEST_UPLOADS == 256 * 1024 * 1024
    desk = Desk()
    ids = [desk.upload(LOG, b"123456"), desk.upload(CONTACTS_OUTPUT, b"12345")]
    with pytest.raises(UploadTooLarge):
        desk.report(None, *ids)
    assert not desk.run.available_files
    for id in ids:
        desk.report(None, id)
    assert desk.run.available_files == (CONTACTS_OUTPUT, LOG)


@pytest.mark.parametrize(
    ("names", "missing"),
    [([], None), ([LOG], None), ([LOG, "rejects.csv"], "rejects.csv"), (["work/x"], "work/x")],
)
def test_files_that_are_listed_have_to_be_there(names: list[str], missing: str | None) -> None:
    desk = Desk()
    id = desk.upload(LOG, b"log")
    if missing is None:
        assert desk.report(None, id, available=names).available_files == (LOG,)
    else:
        with pytest.raises(FileNotAvailable, match=missing):
            desk.report(None, id, available=names)
        assert desk.run == desk.opened


def test_a_report_names_its_own_campaign() -> None:
    desk = Desk()
    for text in (show(CAMPAIGN, desk.campaign.id), desk.campaign.id, "ext-spring"):
        desk.report(None, campaign=text)
    for text in (show(CAMPAIGN, an_id()), "ext-autumn", "", "spring"):
        with pytest.raises(CampaignDiffers):
            desk.report("running", campaign=text)
    assert desk.run == desk.opened


def test_a_run_of_the_service_takes_neither_files_nor_moves_on() -> None:
    desk = Desk(outside=False)
    with pytest.raises(RunOfTheService):
        desk.upload(LOG, b"log")
    desk.files.kept[desk.run.ref, arriving(LOG)] = b"log"
    id = show(FILE, upload_id(desk.run.id, LOG))
    for status, ids in (("running", []), ("failed", [id])):
        with pytest.raises(RunOfTheService):
            desk.report(status, *ids)
    assert desk.run == desk.opened
    ended = desk.report("canceled")
    assert list(ended.available_files) == [LOG]
    assert "run: canceled, as reported from outside" in desk.kept(LOG).decode()


def test_a_run_that_is_over_takes_no_more_files() -> None:
    desk = Desk()
    desk.report("canceled")
    with pytest.raises(RunIsOver):
        desk.upload(CONTACTS_OUTPUT, CONTACTS)
    desk.files.kept[desk.run.ref, arriving(CONTACTS_OUTPUT)] = CONTACTS
    with pytest.raises(RunIsOver):
        desk.report(None, show(FILE, upload_id(desk.run.id, CONTACTS_OUTPUT)))


def test_a_report_at_the_same_moment_as_another_change_is_not_lost() -> None:
    desk = Desk()
    id = desk.upload(LOG, b"log")
    desk.runs.rival = lambda: desk.runs.move(desk.run.noted("meanwhile", at=NOON))
    run = desk.report("running", id)
    assert (run.status, run.available_files) == (RunStatus.RUNNING, (LOG,))
    assert run.log[0].text == "meanwhile"


def test_a_file_that_was_taken_while_somebody_canceled_is_told_as_it_lies_there() -> None:
    desk = Desk()
    desk.report("running", desk.upload(CONTACTS_OUTPUT, b"first"))
    id = desk.upload(CONTACTS_OUTPUT, CONTACTS)

    def cancel() -> None:
        desk.runs.move(desk.run.moved(RunStatus.CANCELED, at=NOON))

    desk.runs.rival = cancel
    with pytest.raises(RunMoved):
        desk.report("completed", id)
    assert desk.run.status is RunStatus.CANCELED
    facts = desk.run.file(CONTACTS_OUTPUT)
    assert facts.sha256 == sha256(desk.kept(CONTACTS_OUTPUT)).hexdigest()


class VanishingFiles(MemoryRunFiles):
    """What is looked at is taken by somebody else before it can be read."""

    def size(self, ref: RunRef, name: str) -> int:
        size = super().size(ref, name)
        del self.kept[ref, name]
        return size


def test_an_upload_that_another_request_took_meanwhile_is_a_conflict() -> None:
    desk = Desk()
    desk.files = VanishingFiles()
    with pytest.raises(ChangedMeanwhile):
        desk.report(None, desk.upload(LOG, b"log"))


def test_a_run_that_is_changed_all_the_time_is_a_conflict() -> None:
    desk = Desk()

    class Busy(MemoryRunStore):
        def get(self, *_: str) -> Run:
            return desk.opened

        def move(self, run: Run) -> Run:
            raise ChangedMeanwhile(run.id)

    report = RunReport(status=RunStatus.RUNNING)
    known: dict[str, Any] = {"runs": Busy(), "files": desk.files, "events": desk.events}
    with pytest.raises(DomainError):
        update_run(
            desk.campaign, desk.opened, report, **known, engine=desk.engine, now=lambda: NOON
        )
