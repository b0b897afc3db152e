"""GET /v1/campaigns/{campaignId}/runs/{runId}/evidence."""

import urllib.request
from pathlib import Path
from typing import Any

import pytest

from campaigns.domain.run import Run, RunStatus
from local import verify
from tests.integration.conftest import Invocations
from tests.integration.lender import Answer, Lender, invoke, new_id
from tests.integration.rehearsal import rehearsed

pytestmark = pytest.mark.usefixtures("by_day")
EVIDENCE = "management/get_run_evidence"
PACK = "runs/pack_evidence"


def asked(lender: Lender, run: Run) -> Answer:
    return lender.call(EVIDENCE, ids={"campaignId": run.campaign_id, "runId": run.id})


def begun(invocations: Invocations) -> list[dict[str, Any]]:
    return [event for name, event, _ in invocations.taken if name.endswith("-pack-evidence")]


def test_it_is_made_when_it_is_asked_for_and_can_be_checked(
    lender: Lender, invocations: Invocations, tmp_path: Path
) -> None:
    lender.customer()
    run = rehearsed(lender, "100001", "nobody")
    invocations.taken.clear()
    for _ in range(2):
        answer = asked(lender, run).body
        assert (answer["state"], answer["url"]) == ("building", None)
    [event] = begun(invocations)
    assert invoke(PACK, event) == {"packed": True}
    ready = asked(lender, run).body
    assert ready["state"] == "ready"
    path = tmp_path / "evidence.zip"
    with urllib.request.urlopen(ready["url"]) as stream:
        path.write_bytes(stream.read())
    assert path.stat().st_size == ready["bytes"]
    assert verify.verify(path, expected=ready["sha256"], show=lambda _: None) == []


def test_a_packer_that_is_away_is_503_and_can_be_asked_again(
    lender: Lender, invocations: Invocations
) -> None:
    run = lender.step_run(lender.collection(), RunStatus.FAILED)
    invocations.missing = True
    assert asked(lender, run).status == 503
    told = asked(lender, run)
    assert (told.status, told.body["state"]) == (200, "failed")


def test_a_run_at_work_has_none_yet(lender: Lender, invocations: Invocations) -> None:
    run = lender.step_run(lender.collection(), RunStatus.RUNNING)
    assert asked(lender, run).status == 409


def test_it_takes_the_right_to_read_runs(lender: Lender, stranger: Lender) -> None:
    run = lender.step_run(lender.collection(), RunStatus.FAILED)
    assert asked(lender.allowed("manage:campaigns"), run).status == 403
    assert asked(stranger, run).status == 404


def test_a_run_that_is_not_there_is_404(lender: Lender) -> None:
    ids = {"campaignId": new_id(), "runId": new_id()}
    assert lender.call(EVIDENCE, ids=ids).status == 404
