import csv
import io
from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.customer import Flag
from campaigns.domain.errors import Unavailable
from campaigns.domain.exporter import Rows
from campaigns.domain.run import CAMPAIGN_INPUT, RunFileNotFound, RunRef, work_file
from campaigns.pipeline.resolve import CONTACTS_PART, DECISIONS_PART, REJECTS_PART
from tests.builders import a_customer, a_phone, an_account, an_email
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke

RESOLVE = "runs/resolve_chunk"
SHOWN = {"id": "CM-1", "name": "Spring", "externalId": "spring"}
HEADER = b"row,borrowerId,loanId,query.score\r\n"


@pytest.fixture
def ref(lender: Lender) -> RunRef:
    """A run of a company with two people, whose list is written below."""
    wiring.people().put_customers(
        [
            a_customer("1", a_phone(), an_email(), company_id=lender.id),
            a_customer("2", a_phone("+15125550124", "home"), company_id=lender.id),
            a_customer("3", an_email(), company_id=lender.id),
            a_customer("4", company_id=lender.id, flags=frozenset({Flag.DO_NOT_CONTACT})),
        ]
    )
    wiring.people().put_accounts([an_account("900001", "1", company_id=lender.id)])
    exporter = lender.exporter("person.externalId", "contact.phone", "query.score")
    campaign = lender.campaign(exporter_id=exporter.id)
    return lender.opened(campaign, exporter=exporter, campaign_facts=SHOWN).ref


def resolved(ref: RunRef, *rows: str, header: bytes = HEADER, start: int = 0, **but: Any) -> Any:
    """The answer for the rows from `start` on; what stands before belongs to another chunk."""
    lines = [f"{row}\r\n".encode() for row in rows]
    with wiring.files().write(ref, CAMPAIGN_INPUT) as file:
        file.write(header + b"".join(lines))
    begin = len(header) + sum(len(line) for line in lines[:start])
    end = len(header) + sum(len(line) for line in lines)
    chunk = {"header": len(header), "index": 0, "start": begin, "end": end, "rows": len(rows)}
    return invoke(RESOLVE, sample(RESOLVE) | ref.event | chunk | but)


def part(ref: RunRef, name: str, index: int = 0) -> list[list[str]]:
    with wiring.files().read(ref, work_file(name, index)) as file:
        return list(csv.reader(io.StringIO(file.read().decode())))


def size(ref: RunRef, name: str) -> int:
    return wiring.files().size(ref, work_file(name, 0))


def test_every_row_becomes_a_line_or_a_reason(ref: RunRef) -> None:
    answer = resolved(ref, "1,1,,0.7", "2,2,,0.8", "3,3,,", "4,4,,", "5,nobody,,")
    assert answer == {
        "ok": {
            "exported": 3,
            "sent": 0,
            "messages": 0,
            "suppressed": 1,
            "deferred": 0,
            "rejected": 1,
            "lines": 3,
            "decisions": 4,
            "without_phone": 1,
            "replaced": 0,
            "segments": [],
            "reasons": {"do_not_contact": 1, "unknown_person": 1},
            "decision_bytes": size(ref, DECISIONS_PART),
            "reject_bytes": size(ref, REJECTS_PART),
            "indexed": 5,
        }
    }
    assert part(ref, CONTACTS_PART) == [
        ["1", "+15125550123", "0.7"],
        ["2", "+15125550124", "0.8"],
        ["3", "", ""],
    ]
    assert part(ref, REJECTS_PART) == [["5", "unknown_person", "nobody", "", ""]]
    decided = [row[5] for row in part(ref, DECISIONS_PART)]
    assert decided == ["allow", "allow", "allow", "suppress"]


def test_a_chunk_takes_its_own_rows_only_and_again_gives_the_same(ref: RunRef) -> None:
    rows = ["1,1,,0.7", "2,2,,0.8"]
    first = resolved(ref, *rows, start=1, index=3)
    assert first["ok"]["exported"] == 1
    assert part(ref, CONTACTS_PART, 3) == [["2", "+15125550124", "0.8"]]
    assert resolved(ref, *rows, start=1, index=3) == first
    assert part(ref, CONTACTS_PART, 3) == [["2", "+15125550124", "0.8"]]


def test_a_loan_has_to_be_the_person_s_own(lender: Lender, ref: RunRef) -> None:
    exporter = lender.exporter("loan.number", rows=Rows.LONG)
    campaign = lender.campaign(exporter_id=exporter.id)
    ours = lender.opened(campaign, exporter=exporter, campaign_facts=SHOWN).ref
    answer = resolved(ours, "1,1,900001,", "2,2,900001,", "3,1,900002,")["ok"]
    assert answer["reasons"] == {"loan_of_another_person": 1, "unknown_loan": 1}
    assert part(ours, CONTACTS_PART) == [["L-900001"], ["L-900001"]]


def test_people_of_another_company_are_unknown(stranger: Lender, ref: RunRef) -> None:
    exporter = stranger.exporter()
    campaign = stranger.campaign(exporter_id=exporter.id)
    theirs = stranger.opened(campaign, exporter=exporter, campaign_facts=SHOWN).ref
    assert resolved(theirs, "1,1,,")["ok"]["reasons"] == {"unknown_person": 1}


def test_a_campaign_without_an_exporter_exports_nobody(lender: Lender, ref: RunRef) -> None:
    plain = lender.opened(lender.campaign()).ref
    assert resolved(plain, "1,1,,")["ok"]["reasons"] == {"no_exporter": 1}


def test_a_run_that_is_over_is_not_worked_on(lender: Lender, ref: RunRef) -> None:
    lender.ended(wiring.runs().get(ref.company_id, ref.campaign_id, ref.run_id))
    assert resolved(ref, "1,1,,") == {"ok": {"canceled": True}}
    with pytest.raises(RunFileNotFound):
        part(ref, CONTACTS_PART)


def test_a_refusal_travels_as_an_answer(lender: Lender, ref: RunRef) -> None:
    refused = invoke(RESOLVE, sample(RESOLVE))["refused"]
    assert (refused["code"], refused["held"]) == ("run_not_found", False)


def test_what_happens_to_the_exporter_meanwhile_is_for_the_next_run(
    lender: Lender, ref: RunRef
) -> None:
    exporter = wiring.campaigns().get(ref.company_id, ref.campaign_id).exporter_id or ""
    before = resolved(ref, "1,1,,"), part(ref, CONTACTS_PART)
    lender.call("borrower/delete_contact_exporter", ids={"exporterId": exporter})
    assert (resolved(ref, "1,1,,"), part(ref, CONTACTS_PART)) == before


def test_what_may_go_better_another_time_is_raised(
    ref: RunRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Busy(Unavailable):
        code = "test_busy"

    class BusyPeople:
        def customers(self, *_: Any) -> Any:
            raise Busy

    monkeypatch.setattr(wiring, "people", BusyPeople)
    with pytest.raises(Busy):
        resolved(ref, "1,1,,")
