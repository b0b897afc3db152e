import io
import zipfile

from campaigns import wiring
from campaigns.domain.evidence import zip_name
from campaigns.domain.run import RunStatus
from tests.integration.events import sample
from tests.integration.lender import Lender, invoke, shown

PACK = "runs/pack_evidence"


def test_what_keys_did_to_a_run_is_in_its_evidence(lender: Lender) -> None:
    campaign = lender.campaign()
    run = lender.opened(campaign)
    ids = {"campaignId": shown(campaign), "runId": shown(run)}
    assert lender.call("borrower/cancel_run", ids=ids, body={}).status == 200
    ended = wiring.runs().get(lender.id, campaign.id, run.id)
    assert invoke(PACK, {**ended.ref.event, "version": ended.version}) == {"packed": True}
    with (
        wiring.files().read(ended.ref, zip_name(ended)) as stream,
        zipfile.ZipFile(io.BytesIO(stream.read())) as pack,
    ):
        audit = pack.read("audit.json").decode()
        names = pack.namelist()
    assert lender.key_id in audit
    assert run.id in audit
    assert names[-2:] == ["manifest.json", "SHA256SUMS"]


def test_a_run_that_went_on_meanwhile_is_left_alone(lender: Lender) -> None:
    run = lender.step_run(lender.collection(), RunStatus.FAILED)
    event = sample(PACK) | run.ref.event
    assert invoke(PACK, event | {"version": run.version - 1}) == {"packed": False}
    assert invoke(PACK, event | {"version": run.version}) == {"packed": True}
