"""Importing a file of people: good rows are kept, bad ones are told, again changes nothing."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from campaigns.adapters.memory import MemoryImportStore, MemoryPeople, MemoryUploads
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.customer import Customer, Flag
from campaigns.domain.imports import (
    ImportCounts,
    ImportFormat,
    ImportJob,
    ImportKind,
    ImportMode,
    ImportNotFound,
    ImportStatus,
    UploadNotFound,
    parse_upload_key,
)
from campaigns.domain.people_rows import account_id, customer_id
from campaigns.usecases import import_file
from campaigns.usecases.create_import import create_import, find_import
from campaigns.usecases.import_people import import_people
from campaigns.usecases.upsert_person import upsert_customer
from tests.builders import COMPANY, NOON, OTHER_COMPANY, a_phone, an_id, an_import

CSV, NDJSON = ImportFormat.CSV, ImportFormat.NDJSON


class Desk:
    def __init__(self) -> None:
        self.imports = MemoryImportStore()
        self.uploads = MemoryUploads()
        self.people: MemoryPeople = MemoryPeople()

    def take(self, content: str | bytes, **job: Any) -> ImportJob:
        """A new import of this content, carried out."""
        opened = self.imports.add(an_import(**job))
        data = content.encode() if isinstance(content, str) else content
        self.uploads.kept[opened.upload_key] = data
        return self.run(opened)

    def run(self, job: ImportJob) -> ImportJob:
        return import_people(
            self.imports.get(COMPANY, job.id),
            imports=self.imports,
            uploads=self.uploads,
            people=self.people,
            now=lambda: NOON,
        )

    def told(self, job: ImportJob) -> list[list[str]]:
        """The result file without its header."""
        text = self.uploads.kept[job.errors_key].decode()
        header, *rows = csv.reader(io.StringIO(text, newline=""))
        assert header == ["row", "field", "message"]
        return rows

    def customer(self, external_id: str) -> Any:
        id = customer_id(COMPANY, external_id)
        return self.people.customers(COMPANY, [id]).get(id)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def lines(*rows: str) -> str:
    return "".join(f"{row}\r\n" for row in rows)


def ndjson(rows: Iterable[Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


TWO = lines("externalId,firstName,phoneMobile", "1,Ada,512-555-0101", "2,Zoë,512-555-0102")


def test_a_file_that_is_too_large_is_refused_before_a_row_is_taken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_file, "LARGEST_FILE", len(TWO.encode()) - 1)
    job = desk.take(TWO)
    assert (job.status, job.counts) == (ImportStatus.FAILED, ImportCounts())
    assert job.error_message == (
        f"the file has {len(TWO.encode())} bytes, and at most {len(TWO.encode()) - 1} are taken;"
        " send it in parts"
    )
    assert desk.customer("1") is None


@pytest.mark.parametrize("form", [CSV, NDJSON])
def test_a_line_without_an_end_is_not_held_to_find_it(desk: Desk, form: ImportFormat) -> None:
    first = "externalId\n" if form is CSV else '{"externalId": "1"}\n'
    job = desk.take(first + "x," * 60_000, format=form)
    assert (job.status, job.error_message) == (
        ImportStatus.FAILED,
        "line 2 is longer than 100000 characters",
    )


def test_every_row_of_a_csv_file_is_kept(desk: Desk) -> None:
    job = desk.take(TWO)
    assert job.status is ImportStatus.COMPLETED
    assert job.counts == ImportCounts(rows=2, created=2)
    assert desk.told(job) == []
    assert desk.customer("2").first_name == "Zoë"
    assert desk.customer("1").contacts == (a_phone("+15125550101"),)


def test_every_line_of_an_ndjson_file_is_kept(desk: Desk) -> None:
    rows = [{"externalId": 1, "firstName": "Ada"}, {"externalId": "2", "firstName": "Zoë"}]
    job = desk.take("\n" + ndjson(rows) + "  \n", format=NDJSON)
    assert job.counts == ImportCounts(rows=2, created=2)
    assert desk.customer("2").first_name == "Zoë"


@pytest.mark.parametrize("mode", ImportMode)
def test_the_same_file_again_changes_nothing(desk: Desk, mode: ImportMode) -> None:
    desk.take(TWO, mode=mode)
    again = desk.take(TWO, mode=mode)
    assert again.counts == ImportCounts(rows=2, unchanged=2)


def test_a_job_that_has_ended_is_left_alone(desk: Desk) -> None:
    job = desk.take(TWO)
    desk.uploads.kept[job.upload_key] = b"nonsense"
    assert desk.run(job) == job


def test_merging_changes_only_the_columns_of_the_file(desk: Desk) -> None:
    desk.take(TWO)
    job = desk.take(lines("externalId,lastName,cease", "1,Osei,true"), mode=ImportMode.MERGE)
    assert job.counts == ImportCounts(rows=1, updated=1)
    kept = desk.customer("1")
    assert (kept.first_name, kept.last_name, kept.flags) == ("Ada", "Osei", {Flag.CEASE})
    assert kept.contacts == (a_phone("+15125550101"),)


def test_replacing_writes_the_whole_record(desk: Desk) -> None:
    desk.take(TWO)
    desk.take(lines("externalId,lastName", "1,Osei"), mode=ImportMode.REPLACE)
    kept = desk.customer("1")
    assert (kept.first_name, kept.last_name, kept.contacts) == ("", "Osei", ())
    assert desk.customer("2").first_name == "Zoë"


def test_an_id_that_stands_twice_in_a_file_is_one_person_with_the_last_word(desk: Desk) -> None:
    job = desk.take(lines("externalId,firstName,city", "1,Ada,Austin", "2,Bo,", "1,Ada B.,"))
    assert job.counts == ImportCounts(rows=3, created=2, updated=1)
    assert (desk.customer("1").first_name, desk.customer("1").city) == ("Ada B.", "")


def test_a_file_of_many_batches_is_taken_whole(desk: Desk) -> None:
    rows = [f"{number % 1100},{number}" for number in range(1203)]
    job = desk.take(lines("externalId,firstName", *rows))
    assert job.counts == ImportCounts(rows=1203, created=1100, updated=103)
    assert desk.customer("102").first_name == "1202"
    assert desk.customer("103").first_name == "103"


def test_a_byte_order_mark_is_no_part_of_the_first_column(desk: Desk) -> None:
    assert desk.take(b"\xef\xbb\xbf" + TWO.encode()).counts.created == 2
    rows = b"\xef\xbb\xbf" + ndjson([{"externalId": "3"}]).encode()
    assert desk.take(rows, format=NDJSON).counts.created == 1


@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(desk: Desk, eol: str) -> None:
    assert desk.take(TWO.replace("\r\n", eol)).counts.created == 2


def test_cells_may_hold_quotes_commas_and_line_ends(desk: Desk) -> None:
    desk.take(lines("externalId,street", '1,"12 ""Elm"" St,\r\nAustin"'))
    assert desk.customer("1").street == '12 "Elm" St,\r\nAustin'


# Records that others change meanwhile


class Meddled(MemoryPeople):
    """Before each of the first writes of ours, somebody else flags the same people."""

    def __init__(self, *, times: int) -> None:
        super().__init__()
        self._times = times

    def put_customers(self, customers: Sequence[Customer]) -> frozenset[str]:
        if self._times:
            self._times -= 1
            for one in customers:
                kept = self.customers(COMPANY, [one.id]).get(one.id)
                base = kept or Customer(
                    id=one.id, company_id=one.company_id, external_id=one.external_id
                )
                flags = base.flags ^ {Flag.DISPUTE} | {Flag.DO_NOT_CONTACT}
                super().put_customers([replace(base, flags=flags)])
        return super().put_customers(customers)


@pytest.mark.parametrize("mode", ImportMode)
def test_a_flag_set_while_a_file_is_taken_stays(desk: Desk, mode: ImportMode) -> None:
    desk.people = Meddled(times=2)
    job = desk.take(TWO, mode=mode)
    assert job.counts == ImportCounts(rows=2, updated=2)
    kept = desk.customer("1")
    assert (kept.first_name, kept.flags) == ("Ada", {Flag.DO_NOT_CONTACT})


def test_rows_of_a_record_that_never_rests_are_refused_and_can_be_sent_again(desk: Desk) -> None:
    desk.people = Meddled(times=10)
    job = desk.take(TWO)
    assert job.counts == ImportCounts(rows=2, rejected=2)
    assert [row[0] for row in desk.told(job)] == ["1", "2"]
    assert "import this row again" in desk.told(job)[0][2]
    assert desk.take(TWO).counts == ImportCounts(rows=2, updated=2)


def test_a_put_that_meets_another_is_applied_to_what_is_there_now() -> None:
    people = Meddled(times=2)
    made = upsert_customer(COMPANY, "1", {"firstName": "Ada"}, people=people, now=lambda: NOON)
    assert (made.first_name, made.flags) == ("Ada", frozenset({Flag.DO_NOT_CONTACT}))


def test_a_put_that_never_gets_through_says_so() -> None:
    with pytest.raises(ChangedMeanwhile):
        upsert_customer(
            COMPANY, "1", {"firstName": "Ada"}, people=Meddled(times=10), now=lambda: NOON
        )


# Rows that are refused


def test_refused_rows_are_told_with_number_and_field_and_the_others_are_kept(desk: Desk) -> None:
    job = desk.take(
        lines(
            "externalId,firstName,timeZone,cease",
            "1,Ada,America/Chicago,no",
            ",Nobody,,",
            "3,Bo,Texas,",
            "",
            "4,Cy",
            "5,Di,,perhaps",
            "6,Eve,,",
        )
    )
    assert job.status is ImportStatus.COMPLETED
    assert job.counts == ImportCounts(rows=6, created=2, rejected=4)
    told = desk.told(job)
    assert [row[:2] for row in told] == [
        ["2", "externalId"],
        ["3", "timeZone"],
        ["4", ""],
        ["5", "cease"],
    ]
    assert "has 2 columns, the header has 4" in told[2][2]


def test_lines_that_are_no_json_object_of_known_fields_are_refused(desk: Desk) -> None:
    content = ndjson([{"externalId": "1"}, ["2"], {"externalId": "3", "ssn": "x", "a": 1}])
    job = desk.take(content + "{broken\n", format=NDJSON)
    assert job.counts == ImportCounts(rows=4, created=1, rejected=3)
    messages = [row[2] for row in desk.told(job)]
    assert messages[:2] == ["is not a JSON object", "has unknown fields: a, ssn"]
    assert messages[2].startswith("is not JSON")


def test_a_refused_repeat_leaves_the_row_before_it(desk: Desk) -> None:
    job = desk.take(lines("externalId,firstName,cease", "1,Ada,no", "1,Bo,perhaps"))
    assert job.counts == ImportCounts(rows=2, created=1, rejected=1)
    assert desk.customer("1").first_name == "Ada"


# Files that are refused


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        (lines("externalId,ssn,shoe", "1,2,3"), "ssn, shoe"),
        (lines("firstName", "Ada"), "externalId is missing"),
        (lines("externalId,firstName,firstName", "1,a,b"), "twice"),
        (b"externalId,firstName\r\n1,Zo\xeb\r\n", "not UTF-8"),
        (TWO.encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_fails_the_import_and_says_why(
    desk: Desk, content: str | bytes, words: str
) -> None:
    job = desk.take(content)
    assert job.status is ImportStatus.FAILED
    assert words in (job.error_message or "")
    assert job.counts == ImportCounts()
    assert desk.customer("1") is None
    assert job.errors_key not in desk.uploads.kept


def test_a_file_that_breaks_off_late_keeps_and_counts_what_came_before(desk: Desk) -> None:
    rows = "".join(f"{number},Ada\r\n" for number in range(3000)).encode()
    job = desk.take(b"externalId,firstName\r\n" + rows + b"x,\xff\r\n")
    assert job.status is ImportStatus.FAILED
    assert job.counts.rows == job.counts.created > 0
    assert desk.customer("0").first_name == "Ada"


def test_an_endless_line_is_not_read_to_its_end(desk: Desk) -> None:
    job = desk.take('{"externalId": "' + "x" * 200_000, format=NDJSON)
    assert job.status is ImportStatus.FAILED
    assert "line 1 is longer" in (job.error_message or "")


# Accounts


def test_accounts_find_their_customers_by_external_id(desk: Desk) -> None:
    job = desk.take(
        lines("externalId,customerExternalId,amountPastDue", "900001,1,412.50", "900002,,1"),
        kind=ImportKind.ACCOUNTS,
    )
    assert job.counts == ImportCounts(rows=2, created=1, rejected=1)
    assert desk.told(job) == [["2", "customerExternalId", "is required"]]
    id = account_id(COMPANY, "900001")
    [kept] = desk.people.accounts(COMPANY, [id]).values()
    assert kept.customer_id == customer_id(COMPANY, "1")


# Jobs


def test_a_job_waits_for_its_file(desk: Desk) -> None:
    job = desk.imports.add(an_import())
    with pytest.raises(UploadNotFound):
        desk.run(job)
    desk.uploads.kept[job.upload_key] = TWO.encode()
    assert desk.run(job).counts.created == 2


def test_an_interrupted_import_is_taken_up_again(desk: Desk) -> None:
    job = desk.imports.add(an_import())
    desk.uploads.kept[job.upload_key] = TWO.encode()
    desk.imports.move(replace(job, status=ImportStatus.RUNNING))
    assert desk.run(job).status is ImportStatus.COMPLETED


def test_an_unknown_job_is_not_found(desk: Desk) -> None:
    with pytest.raises(ImportNotFound):
        desk.run(an_import())


def test_an_import_is_opened_with_a_link_for_its_file(desk: Desk) -> None:
    job, link = create_import(
        COMPANY,
        ImportKind.ACCOUNTS,
        NDJSON,
        ImportMode.REPLACE,
        imports=desk.imports,
        uploads=desk.uploads,
        new_id=an_id,
        now=lambda: NOON,
    )
    assert job.upload_key in link
    assert parse_upload_key(job.upload_key) == (COMPANY, job.id)
    found, result = find_import(COMPANY, job.id, imports=desk.imports, uploads=desk.uploads)
    assert (found, result) == (job, None)


def test_the_result_is_linked_once_it_is_there(desk: Desk) -> None:
    job = desk.take(TWO)
    found, result = find_import(COMPANY, job.id.upper(), imports=desk.imports, uploads=desk.uploads)
    assert found == job
    assert result is not None
    assert job.errors_key in result


@pytest.mark.parametrize("text", ["", "7", "not-a-uuid"])
def test_what_is_no_id_names_no_import(desk: Desk, text: str) -> None:
    with pytest.raises(ImportNotFound):
        find_import(COMPANY, text, imports=desk.imports, uploads=desk.uploads)
    job = desk.take(TWO)
    with pytest.raises(ImportNotFound):
        find_import(OTHER_COMPANY, job.id, imports=desk.imports, uploads=desk.uploads)


@pytest.mark.parametrize(
    "key", ["imports/a/b", "elsewhere/a/b.csv", "imports/b.csv", "a/b/c/d.csv"]
)
def test_an_object_that_is_no_upload_names_no_import(key: str) -> None:
    with pytest.raises(ImportNotFound):
        parse_upload_key(key)
