"""What each function has to answer to its sample event, in the order in which they are sent."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from campaigns.domain import public_id
from campaigns.domain.identity import of_scheduled_run
from campaigns.domain.run import RunStatus
from tests.sam.world import World

Invoke = Callable[[str, Any], Any]
"""A function's module and an event; what the function answers."""


@dataclass(frozen=True, slots=True)
class Check:
    module: str
    holds: Callable[[Any, World], bool]
    then: Callable[[World], None] = lambda _: None
    """What has to change before the next event makes sense."""


def of(file: str, status: int, /, **expected: Any) -> Check:
    """An HTTP answer: its status, and members of its body by `__`-separated path."""

    def holds(answer: Any, _: World) -> bool:
        body = json.loads(answer.get("body") or "{}")
        return bool(answer["statusCode"] == status) and all(
            _at(body, path.split("__")) == value for path, value in expected.items()
        )

    return Check(f"functions.{file}", holds)


def _at(body: Any, path: list[str]) -> Any:
    for step in path:
        body = body[int(step)] if step.isdigit() else body.get(step)
    return body


def _resolved(answer: Any, _: World) -> bool:
    told = answer["ok"]
    return (told["exported"], told["rejected"], told["reasons"]) == (1, 1, {"unknown_person": 1})


def _rang(answer: Any, world: World) -> bool:
    run_id = of_scheduled_run(world.ref.campaign_id, "2026-03-02")
    return answer == {"runId": run_id} and _began(world, run_id)


def _began(world: World, run_id: str) -> bool:
    payload = {**world.ref.event, "runId": run_id}
    return world.started[-1] == (world.environment["CAMPAIGN_RUN_FUNCTION"], payload, run_id)


def _requested(answer: Any, world: World) -> bool:
    run = json.loads(answer["body"])
    is_pending = answer["statusCode"] == 200 and run["status"] == "pending"
    return is_pending and _began(world, public_id.read(public_id.RUN, run["id"]) or "")


def _redirected(answer: Any, world: World) -> bool:
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    return answer["statusCode"] == 302 and f"{world.ref.run_id}/log.txt?" in headers["location"]


def _is_a_page(answer: Any, _: World) -> bool:
    return answer["statusCode"] == 200 and bool(answer["body"].startswith("<!doctype html>"))


def _drawn(answer: Any, _: World) -> bool:
    return bool(answer["statusCode"] == 200) and str(answer["body"]).startswith("<svg ")


def _offered(answer: Any, _: World) -> bool:
    offers = {one["campaignId"]: one["totalCost"] for one in json.loads(answer["body"])}
    return offers == {1: 60939.31, 7: 60538.31}


def _linked(answer: Any, _: World) -> bool:
    return answer["statusCode"] == 200 and "/log.txt?" in json.loads(answer["body"])["url"]


def _completed(_: Any, world: World) -> bool:
    """A run tells by its record what became of it; the answer of an execution is the engine's."""
    run = world.run()
    told = (run.status, run.counts.exported, run.counts.rejected, len(run.files))
    return told == (RunStatus.COMPLETED, 1, 1, 9)


def _end(run_id: Callable[[World], str]) -> Callable[[World], None]:
    return lambda world: world.end_run(run_id(world))


RESOLVE = Check("functions.runs.resolve_chunk", _resolved)
RUN = Check("functions.runs.campaign_run", _completed)
RING = Check(
    "functions.runs.start_scheduled_run",
    _rang,
    _end(lambda world: of_scheduled_run(world.ref.campaign_id, "2026-03-02")),
)
CHECK = Check("functions.runs.check_flight", lambda answer, _: answer == {"checked": False})
READ = of("borrower.get_campaign", 200, data__name="Sample")
UNKNOWN = of("management.not_found", 404, status=404)
IMPORT = Check("functions.management.import_uploaded_file", lambda answer, _: answer is None)
MOVE = Check("functions.runs.move_schedules", lambda answer, _: answer == {"moved": True})
PACK = Check("functions.runs.pack_evidence", lambda answer, _: answer == {"packed": True})
SWEEP = Check("functions.runs.sweep_runs", lambda answer, _: answer == {})
ENDS = Check("functions.runs.announce_ends", lambda answer, _: answer == {"told": 1})
NOTE = Check("functions.runs.note_recalls", lambda answer, _: answer == {"noted": 1})
RECALL = Check("functions.runs.tell_recalls", lambda answer, _: answer == {})
ADDRESS = Check(
    "functions.management.address_events", lambda answer, _: answer == {"batchItemFailures": []}
)
SEND = Check(
    "functions.management.send_webhooks", lambda answer, _: answer == {"batchItemFailures": []}
)
DISPATCH = Check(
    "functions.runs.send_messages", lambda answer, _: answer == {"batchItemFailures": []}
)
TELL = Check(
    "functions.runs.take_message_events", lambda answer, _: answer == {"batchItemFailures": []}
)
ALONE = (
    *(RESOLVE, RUN, RING, CHECK, READ, UNKNOWN, IMPORT, MOVE, PACK, SWEEP, ENDS, ADDRESS, SEND),
    *(DISPATCH, TELL, NOTE, RECALL),
)
"""Those that are invoked, since no route or not only a route leads to them."""

COLLECTIONS = (
    of("collections.list_campaigns", 200, meta__total=1, data__0__name="Early stage"),
    of("collections.get_campaign", 200, data__total_accounts=0),
    of("collections.assign_account", 200, data__status="SUCCESS"),
    of(
        "collections.assign_accounts_in_bulk",
        200,
        data__skipped_enrollments=1,
        data__failed_enrollments=1,
    ),
    of("customers.list_campaigns", 200, itemsTotal=1),
    of("customers.get_campaign", 200, campaign__customerStats__total=1),
    of("customers.list_customers", 200, itemsTotal=1, items__0__externalId="100001"),
    of("customers.get_customer", 200, customer__campaigns__0__status="pending"),
    of("customers.update_campaign_status", 200, previousStatus="pending"),
    of("management.create_campaign", 200, status="DRAFT", maxCalls=5),
    of("management.list_campaigns", 200, nextToken=None, items__0__status="DRAFT"),
    of("management.get_campaign", 200, name="Early stage", status="ACTIVE"),
    of("management.update_campaign", 200, maxCalls=3),
    of("management.list_campaign_runs", 200, items__0__status="failed"),
    of("management.get_campaign_run", 200, errorMessage="sample"),
    Check("functions.management.download_campaign_run_files", _linked),
    of("management.list_runs", 200, nextToken=None, items__0__status="failed"),
    of("management.list_run_decisions", 200, status="failed", items=[]),
    of("management.get_run_evidence", 200, state="ready"),
    of("management.release_campaign_run", 409, status=409),
    of("management.retry_campaign_run", 200, status="pending"),
    of("management.cancel_campaign_run", 200, status="canceled"),
    of("management.move_campaign", 200, status="PAUSED"),
    of("management.settle_account", 200, status="SETTLED"),
    of("management.report_results", 200, created=1, rejected=1, rows__1__error__field="customerId"),
    of("management.create_results_file", 200, status="awaitingUpload"),
    of("management.get_results_file", 200, status="awaitingUpload"),
    of("management.opt_out_customer", 200, optedOut=True, scope="channel"),
    of("management.update_customer", 200, flags__0="dispute"),
    of("management.list_timeline", 200, items__0__kind="flag", nextToken=None),
)
"""What is asked of the sample collection campaign, its one step, and its run that failed."""

MESSAGES = (
    of("borrower.create_bulk_sender", 200, data__interactionSubject="paymentDueDateReminder"),
    of("borrower.list_bulk_senders", 200, total=2),
    of("borrower.get_bulk_sender", 200, data__name="Due reminders"),
    of("borrower.update_bulk_sender", 200, data__interactionChannel="text"),
    of("borrower.delete_bulk_sender", 200, data__name="Due reminders by text"),
    of("management.list_outbox", 200, nextToken=None),
    of("management.retry_message", 404, status=404),
    of("management.create_template", 200, channel="email", versions__0__inForce=True),
    of("management.list_templates", 200, nextToken=None),
    of("management.get_template", 200, version=1, channel="text"),
    of("management.update_template", 200, version=2),
    of(
        "management.preview_template",
        200,
        content__text="Ada, $412.50 is due on 3/5/26.",
        segments__segments=1,
    ),
    of("management.send_test", 400, errors__0__field="to"),
    of("management.delete_template", 200, name="Payment due"),
    of("management.create_group", 200, name="Spring offer", members=0),
    of("management.list_groups", 200, nextToken=None),
    of("management.change_members", 200, added=1, members=1, unknown=[]),
    of("management.list_members", 200, items__0__externalId="100001"),
    of("management.get_group", 200, members=1),
    of("management.delete_group", 200, members=1),
)
"""What is asked of the sample bulk sender, template and group."""

AGENCY = (
    of("agency.create_campaign", 201, success=True),
    of("agency.list_campaigns", 200, pagination__total=2, data__1__name="Sample"),
    of("agency.report_send", 200, message="Template data processed successfully"),
    of("agency.get_campaign", 200, data__0__template_sends__sent=1),
    of("agency.list_customers", 200, data__1__name="Ada Osei", paging__after=None),
)
"""What is asked of the sample agency: it has a campaign, a template and a group."""

ROUTED = (
    of("borrower.create_campaign", 200, data__sftpSettings__password="********0001"),
    of("borrower.update_campaign", 200, data__name="Overdue 1-60 days"),
    of("borrower.list_campaigns", 200, status=0, total=2, count=2),
    of("borrower.preview_campaign", 200, data__complete=True, data__counts__exported=1),
    Check(
        "functions.borrower.start_run",
        _requested,
        _end(lambda world: world.started[-1][2] or ""),
    ),
    of("borrower.list_runs", 200, total=3),
    of("borrower.get_run", 200, status="completed", counts__exported=1),
    of("borrower.update_run", 200, status="completed", worker="service"),
    of("borrower.create_run_file", 409, status=409),
    of("borrower.cancel_run", 409, status=409),
    of("borrower.release_run", 409, status=409),
    of("borrower.retry_run", 409, status=409),
    Check("functions.borrower.download_run_files", _redirected),
    of("borrower.probe_sftp", 400, errors__0__field="sftpSettings"),
    *COLLECTIONS,
    *AGENCY,
    *MESSAGES,
    of("borrower.create_contact_exporter", 200, data__externalId="dialer-list"),
    of("borrower.list_contact_exporters", 200, total=2),
    of("borrower.list_exporter_fields", 200, status=0, data__0__path="person.id"),
    of("borrower.get_contact_exporter", 200, data__name="Dialer list"),
    of("borrower.update_contact_exporter", 200, data__format__delimiter="|"),
    of("borrower.delete_contact_exporter", 200, data__name="Dialer list, pipes"),
    of("borrower.delete_campaign", 200, data__name="Overdue 1-60 days"),
    of("management.put_customer", 200, externalId="100001", firstName="Ada"),
    of("management.get_customer", 200, state="NY"),
    of("management.put_account", 200, amountPastDue="125.50"),
    of("management.get_account", 200, number="A-0001"),
    of("management.probe_destination", 200, ok=False, steps__0__step="resolve"),
    of("management.create_import", 200, status="awaitingUpload", kind="customers"),
    of("management.get_import", 200, status="completed", counts__created=1),
    of("management.list_audit_entries", 200, items__0__action="POST /v1/imports"),
    of("management.get_openapi", 200, openapi="3.1.0"),
    Check("functions.management.read_docs", _is_a_page),
    of("management.create_key", 200, name="reporting", rateLimit__requests=60),
    of("management.list_keys", 200, nextToken=None),
    of("management.get_key", 200, name="sample"),
    of("management.rotate_key", 200, name="sample", replacedBy=None),
    of("management.revoke_key", 200, name="sample"),
    of("management.create_plan", 200, campaignId=1, nominalInterest="8.9"),
    of("management.list_plans", 200, items__1__campaignId=7, nextToken=None),
    of("management.get_plan", 200, campaignName="Sample", version=0),
    of("management.update_plan", 200, setupFee="295", version=1),
    of("management.get_amortisation", 200, totalCost="11248.33", months__23__balance="0.00"),
    Check("functions.management.draw_plan", _drawn),
    of("management.create_financing_client", 200, name="Web shop", revokedAt=None),
    of("management.list_financing_clients", 200, items__1__name="Web shop"),
    of("financing.issue_token", 200, token_type="Bearer", expires_in=3600),
    Check("functions.financing.list_campaigns", _offered),
    of("management.end_plan", 200, campaignId=7, version=2),
    of("management.rotate_financing_secret", 200, name="Web shop"),
    of("management.revoke_financing_client", 200, name="Web shop"),
    of("management.explain_schedule", 200, items__0__at="2026-03-02T11:00:00.000Z"),
    of("management.get_company", 200, timezone="America/New_York", schedules="moved"),
    of("management.update_company", 200, timezone="America/Chicago", schedules="moving"),
    of("management.create_webhook", 200, types__0="RunEnded", status="active"),
    of("management.list_webhooks", 200, nextToken=None),
    of("management.get_webhook", 200, url="https://hooks.example.com/sample"),
    of("management.update_webhook", 200, types=None, failures=0),
    of("management.list_webhook_deliveries", 200, items__0__error="it answered 500"),
    of("management.replay_webhook_delivery", 200, status="pending", replays=1),
    of("management.delete_webhook", 200, url="https://hooks.example.com/sample"),
)

CONTAINED = frozenset(
    f"functions.{name}"
    for name in (
        "borrower.create_campaign",
        "borrower.get_campaign",
        "borrower.start_run",
        "borrower.download_run_files",
        "collections.list_campaigns",
        "collections.assign_account",
        "customers.get_customer",
        "customers.update_campaign_status",
        "management.create_import",
        "management.draw_plan",
        "management.get_openapi",
        "management.probe_destination",
        "financing.issue_token",
        "financing.list_campaigns",
        "agency.create_campaign",
        "agency.list_campaigns",
    )
)
"""Those that are asked through `sam local start-api` where there are containers: of each API one
that reads and one that writes, and those that answer something other than a little JSON."""
