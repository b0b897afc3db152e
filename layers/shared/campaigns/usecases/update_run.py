from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from campaigns.domain.campaign import Campaign, ChangedMeanwhile
from campaigns.domain.errors import DomainError, Invalid
from campaigns.domain.public_id import CAMPAIGN, FILE, read
from campaigns.domain.run import Run, RunFile, RunFileNotFound
from campaigns.domain.run_report import (
    LARGEST_UPLOADS,
    Brought,
    NothingUploaded,
    RunReport,
    UnknownUpload,
    UploadTooLarge,
    arriving,
    name_of_upload,
)
from campaigns.ports import Clock, Events, RunEngine, RunFiles, RunStore
from campaigns.usecases.clear_up import clear_up
from campaigns.usecases.conclude_run import conclude_run
from campaigns.usecases.find_by_any_id import EXTERNAL

_TRIES = 20
_PIECE = 1024 * 1024


class CampaignDiffers(Invalid):
    code = "campaign_differs"

    def __init__(self, text: str) -> None:
        super().__init__(f"the run is not one of campaign {text}", field="borrowerCampaignId")


class FileNotAvailable(Invalid):
    code = "file_not_available"

    def __init__(self, name: str) -> None:
        super().__init__(f"the run has no file {name}", field="availableFiles")


def update_run(
    campaign: Campaign,
    run: Run,
    report: RunReport,
    *,
    runs: RunStore,
    files: RunFiles,
    events: Events,
    engine: RunEngine,
    now: Clock,
) -> Run:
    """Take the files that were brought, then move the run, in one write; again is fine.

    Raises CampaignDiffers, UnknownUpload, NothingUploaded, UploadTooLarge, FileNotAvailable,
    RunMoved, RunIsOver, RunOfTheService, ChangedMeanwhile.
    """
    _check_campaign(campaign, report.campaign)
    change = _Change(report, _named(run, report.files), files)
    for _ in range(_TRIES):
        try:
            to_be = change.of(run, now)
        except DomainError:
            change.keep(run, runs)
            raise
        if to_be == run:
            return run
        try:
            moved = runs.move(to_be)
        except ChangedMeanwhile:
            run = runs.get(run.company_id, run.campaign_id, run.id)
            continue
        files.remove(run.ref, [arriving(name) for name in change.taken])
        if moved.stands_still and moved.status is not run.status:
            concluded = conclude_run(moved, runs=runs, files=files, events=events)
            clear_up(concluded, engine=engine)
            return concluded
        return moved
    raise ChangedMeanwhile(f"run {run.id}")


def _check_campaign(campaign: Campaign, text: str | None) -> None:
    if text is None or read(CAMPAIGN, text) == campaign.id:
        return
    if campaign.external_id is None or text != EXTERNAL + campaign.external_id:
        raise CampaignDiffers(text)


def _named(run: Run, brought: Sequence[Brought]) -> dict[str, Brought]:
    """By the name of the file. Raises UnknownUpload."""
    named: dict[str, Brought] = {}
    for one in brought:
        id = read(FILE, one.id)
        name = None if id is None else name_of_upload(run.id, id)
        if name is None or name != (one.only or name):
            raise UnknownUpload(one.id, field=one.field)
        named[name] = one
    return named


@dataclass(slots=True)
class _Change:
    """What a report makes of a run, which may have to be found out again for a newer one."""

    report: RunReport
    named: Mapping[str, Brought]
    files: RunFiles
    taken: dict[str, RunFile] = field(default_factory=dict)

    def of(self, run: Run, now: Clock) -> Run:
        """Nothing is copied before everything was checked."""
        at = now()
        status = self.report.status or run.status
        run.reported(status, at=at)
        fresh = self._fresh(run)
        for name in self.report.available:
            if name not in {*run.available_files, *fresh, *self.taken}:
                raise FileNotAvailable(name)
        for name in fresh:
            self.taken[name] = self._take(run, name)
        for file in self.taken.values():
            told = f"run: {file.name} was brought, {file.bytes} bytes, SHA-256 {file.sha256}"
            run = run.holding(file).noted(told, at=at)
        return run.reported(status, at=at)

    def keep(self, run: Run, runs: RunStore) -> None:
        """What was copied before the run was ended by somebody else is there, so it is told."""
        if self.taken:
            with suppress(ChangedMeanwhile):
                runs.move(run.holding(*self.taken.values()))

    def _fresh(self, run: Run) -> list[str]:
        """The files to be taken. One that the run has, and that did not come again, stays."""
        held = {file.name for file in run.files}
        fresh: list[str] = []
        left = LARGEST_UPLOADS
        for name, one in self.named.items():
            if name in self.taken or (run.is_over and name in held):
                continue
            run.check_takes_files()
            try:
                left -= self.files.size(run.ref, arriving(name))
            except RunFileNotFound:
                if name in held:
                    continue
                raise NothingUploaded(one.id, field=one.field) from None
            if left < 0:
                raise UploadTooLarge(field=one.field)
            fresh.append(name)
        return fresh

    def _take(self, run: Run, name: str) -> RunFile:
        try:
            arrived = self.files.read(run.ref, arriving(name))
        except RunFileNotFound:
            # Another request with the same report has taken it since we looked.
            raise ChangedMeanwhile(f"run {run.id}") from None
        with arrived, self.files.write(run.ref, name) as file:
            while piece := arrived.read(_PIECE):
                file.write(piece)
        return replace(file.facts, brought=True)
