"""GET /v1/campaigns/{campaignId}/runs/{runId}/files."""

import io
import urllib.request
import zipfile

from campaigns.domain.run import RunStatus
from tests.integration.lender import Lender

DOWNLOAD = "management/download_campaign_run_files"


def test_a_link_leads_to_a_file_or_to_all_of_them(lender: Lender) -> None:
    campaign = lender.collection()
    run = lender.step_run(campaign, RunStatus.COMPLETED, "contacts_output.csv", "log.txt")
    ids = {"campaignId": campaign.id, "runId": run.id}
    one = lender.call(DOWNLOAD, ids=ids, query={"fileName": "log.txt"}).body["url"]
    with urllib.request.urlopen(one) as answer:
        assert answer.read() == b"log.txt\n"
    every = lender.call(DOWNLOAD, ids=ids, query={}).body["url"]
    with urllib.request.urlopen(every) as answer:
        names = zipfile.ZipFile(io.BytesIO(answer.read())).namelist()
    assert names == ["contacts_output.csv", "log.txt"]


def test_a_file_that_is_not_there_is_404(lender: Lender) -> None:
    campaign = lender.collection()
    run = lender.step_run(campaign, RunStatus.COMPLETED)
    ids = {"campaignId": campaign.id, "runId": run.id}
    assert lender.call(DOWNLOAD, ids=ids, query={"fileName": "log.txt"}).status == 404
