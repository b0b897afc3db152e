"""Somebody opts out while a dialer calls from the list, on the whole stack."""

from datetime import timedelta
from pathlib import Path

from campaigns.domain.public_id import RUN, read
from local.api_client import last
from local.stack import QUERY_KEY, Stack
from tests.e2e.lending import Lending, to_sftp


def test_whoever_opts_out_after_the_export_is_in_a_suppression_file_on_the_dialer(
    stack: Stack, lending: Lending, tmp_path: Path
) -> None:
    assert stack.queries is not None
    assert stack.sftp is not None
    assert stack.scheduler is not None
    lending.load_people(stack.lender_database, tmp_path)
    campaign = lending.campaign(
        externalId="recalled",
        redashQueryUrl=stack.queries.query_url("overdue"),
        redashApiKey=QUERY_KEY,
        contactExporterId=lending.exporter(),
        **to_sftp(stack.sftp),
    )
    run = lending.run(campaign)
    header, first, second, *_ = lending.file(run, "contacts_output.csv").decode().split("\r\n")
    assert header == "id,phone"
    (person, phone), (other, _) = first.split(","), second.split(",")
    lending.api.take("POST", f"/v1/customers/{person}/opt-outs", {"text": "stop calling me"})
    lending.api.take("PATCH", f"/v1/customers/{other}", {"marketingOptOut": True})
    path = f"{lending.base}/campaigns/{campaign}/runs/{run['id']}"
    scheduler, clock = stack.scheduler, stack.clock

    def is_told(seen: dict[str, list[str]]) -> bool:
        # The changes of people take a moment to be told of, and are then gathered.
        clock.advance_to(clock.now() + timedelta(minutes=2))
        scheduler.tick()
        return "recall_01.csv" in seen["availableFiles"]

    told = last(lending.api.until(path, is_told, seconds=20, every=0.2))
    [name] = [one["file"] for one in told["deliveries"] if one["kind"] == "recall"]
    assert name == run["deliveries"][0]["file"].replace("_contacts.csv", "_recall_01.csv")
    arrived = (stack.data / "sftp" / "inbox" / name).read_text().splitlines()
    assert arrived[0] == "phone,reason,effective_at,source_run"
    assert [line.split(",")[:2] for line in arrived[1:]] == [[phone, "opted_out"]]
    assert lending.file(told, "recall_01.csv").decode().splitlines() == arrived
    [entry, *_] = lending.api.take("GET", f"/v1/customers/{person}/timeline")["items"]
    assert (entry["kind"], entry["runId"]) == ("recalled", read(RUN, run["id"]))
