"""From a template and a bulk sender to the outbox, over HTTP."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from local.stack import Stack
from tests.e2e.lending import Lending, adds_up

TEMPLATE = {
    "name": "Payment due",
    "channel": "email",
    "language": "en",
    "subject": "paymentDueDateReminder",
    "content": {
        "subject": "Due {{ paymentDueDate }}",
        "text": "Dear {{ firstName }}, {{ paymentAmount }} is due.",
    },
}


def test_a_run_sends_every_row_a_message_that_the_outbox_shows(
    stack: Stack, lending: Lending, tmp_path: Path
) -> None:
    lending.load_people(stack.lender_database, tmp_path)
    lending.api.take("POST", "/v1/templates", TEMPLATE)
    sender = lending.api.take(
        "POST",
        f"{lending.base}/campaign-workers/bulk-senders",
        {"name": "Due", "interactionSubject": "paymentDueDateReminder"},
    )["data"]["id"]
    campaign = lending.campaign(bulkSenderId=sender)
    due = (stack.clock.now().date() + timedelta(days=3)).isoformat()
    rows: list[dict[str, Any]] = [
        {"borrowerId": str(number), "paymentDueDate": due, "paymentAmount": "412.50"}
        for number in range(100000, 100050)
    ]
    run = lending.run(campaign, [*rows, {**rows[0], "borrowerId": "nobody"}])
    assert run["status"] == "completed", run
    assert adds_up(run)
    sent = run["counts"]["sent"]
    assert sent > 0
    shown: list[Any] = []
    token = ""
    while True:
        page = lending.api.take("GET", f"/v1/outbox?limit=40{token}")
        shown += page["items"]
        if page["nextToken"] is None:
            break
        token = f"&nextToken={page['nextToken']}"
    assert len(shown) == len({one["id"] for one in shown}) == sent
    assert all("$412.50 is due." in one["content"]["text"] for one in shown)
    table = lending.file(run, "messages.csv").decode().splitlines()
    assert sum(",sent," in line for line in table) == sent
    assert f"{sent} sent" in " ".join(lending.log(run))
