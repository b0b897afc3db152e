"""template.yaml, functions/, events/, tests/, README.md, the edge and Settings agree.

What is told twice is compared here, so neither can be changed without the other.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from campaigns.domain.api_key import SCOPES
from campaigns.domain.run import RunStatus
from campaigns.edge.auth import PUBLIC
from campaigns.edge.routes import ROUTES
from campaigns.settings import Settings
from local.template import ROOT, Function, Template
from tests.sam.checks import ALONE
from tests.sam.checks import ROUTED as ROUTED_CHECKS

TEMPLATE = Template()
FUNCTIONS = {function.name: function for function in TEMPLATE.functions()}
ROUTED: dict[str, tuple[str, ...]] = {
    name: tuple(f"{one.method} {one.path}" for one in TEMPLATE.routes() if one.function == name)
    for name in FUNCTIONS
}
SERVING = [function for function in FUNCTIONS.values() if ROUTED[function.name]]
KEYED = [one for one in SERVING if import_module(one.module).handler.scope is not PUBLIC]
TRIGGERED = [function for function in FUNCTIONS.values() if not ROUTED[function.name]]


def by_name(function: Function) -> str:
    return function.module.removeprefix("functions.")


def families(folder: str, pattern: str) -> set[str]:
    """`family.file` of every file of a folder of families."""
    found = (ROOT / folder).glob(f"*/{pattern}")
    return {f"{file.parent.name}.{file.stem}" for file in found if file.stem != "__init__"}


def handler_of(function: Function) -> Any:
    return import_module(function.module).handler


# ── functions ────────────────────────────────────────────────────────────────


def test_every_handler_is_deployed_and_every_deployed_handler_exists() -> None:
    assert families("functions", "*.py") == {by_name(one) for one in FUNCTIONS.values()}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=by_name)
def test_a_function_is_called_after_its_family_and_file(function: Function) -> None:
    _, family, file = function.module.split(".")
    assert function.name == "".join(word.capitalize() for word in [family, *file.split("_")])
    deployed = f"{family}-{file.replace('_', '-')}"
    assert function.function_name == {"Fn::Sub": f"${{AWS::StackName}}-{deployed}"}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=by_name)
def test_the_logs_of_a_function_do_not_stay_for_ever(function: Function) -> None:
    family = function.module.split(".")[1]
    shared = f"{family.capitalize()}Log"
    assert function.properties["LoggingConfig"] == {"LogGroup": {"Ref": shared}}
    log = TEMPLATE.of_type("AWS::Logs::LogGroup")[shared]
    assert log["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/${{AWS::StackName}}-{family}"}
    assert log["RetentionInDays"] == {"Ref": "LogDays"}


def test_a_stack_is_no_larger_than_cloudformation_takes() -> None:
    """500 resources: those written here, a role for each function, a permission for each event."""
    events = sum(len(one.properties.get("Events", {})) for one in FUNCTIONS.values())
    others = 20  # aliases, versions, the API's stage, and what else the transform adds
    assert len(TEMPLATE.resources) + len(FUNCTIONS) + events + others <= 500


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=by_name)
def test_a_function_has_its_own_test(function: Function) -> None:
    _, family, file = function.module.split(".")
    assert (ROOT / "tests/integration" / family / f"test_{file}.py").is_file()


def test_settings_are_exactly_what_the_template_sets() -> None:
    ours = {name for name in TEMPLATE.environment if not name.startswith("POWERTOOLS_")}
    assert {field.name.upper() for field in fields(Settings)} == ours


@pytest.mark.parametrize(
    ("variable", "function", "suffix"),
    [
        ("SCHEDULE_TARGET_ARN", "RunsStartScheduledRun", ""),
        ("FLIGHT_CHECK_TARGET_ARN", "RunsCheckFlight", ""),
        ("CAMPAIGN_RUN_FUNCTION", "RunsCampaignRun", ":live"),
        ("MOVE_SCHEDULES_FUNCTION", "RunsMoveSchedules", ""),
        ("PACK_EVIDENCE_FUNCTION", "RunsPackEvidence", ""),
        ("RESOLVE_CHUNK_FUNCTION", "RunsResolveChunk", ":live"),
    ],
)
def test_functions_are_told_of_one_another_by_name(
    variable: str, function: str, suffix: str
) -> None:
    told = TEMPLATE.environment[variable]["Fn::Sub"].rpartition(":function:")[2]
    assert told == FUNCTIONS[function].function_name["Fn::Sub"] + suffix
    published = FUNCTIONS[function].properties.get("AutoPublishAlias", "")
    assert f":{published}".rstrip(":") == suffix


# ── what is lost ─────────────────────────────────────────────────────────────

ALARMS = TEMPLATE.of_type("AWS::CloudWatch::Alarm").values()


def watched(metric: str, dimension: str) -> list[Any]:
    """What alarms look at: the values of a dimension, for one metric."""
    return [
        one["Value"]
        for alarm in ALARMS
        if alarm["MetricName"] == metric
        for one in alarm["Dimensions"]
        if one["Name"] == dimension
    ]


def test_every_alarm_tells_the_topic() -> None:
    topic = {"Ref": "AlarmTopicArn"}
    none = {"Ref": "AWS::NoValue"}
    assert all(
        one["AlarmActions"] == {"Fn::If": ["HasAlarmTopic", [topic], none]} for one in ALARMS
    )


def test_a_run_that_waits_for_somebody_is_alarmed() -> None:
    assert sorted(watched("RunEnded", "status")) == [RunStatus.FAILED, RunStatus.HELD]


def test_a_run_that_will_not_be_able_to_deliver_is_alarmed() -> None:
    assert watched("FlightChecked", "status") == ["failed"]


def test_what_is_invoked_asynchronously_leaves_dead_letters() -> None:
    rung = ["RunsStartScheduledRun", "RunsCheckFlight"]
    for name in rung:
        invoked = FUNCTIONS[name].properties["EventInvokeConfig"]
        assert invoked["DestinationConfig"]["OnFailure"] == {
            "Type": "SQS",
            "Destination": {"Fn::GetAtt": ["ScheduleDeadLetters", "Arn"]},
        }
    runs = FUNCTIONS["RunsCampaignRun"].properties["DeadLetterQueue"]
    assert runs == {"Type": "SQS", "TargetArn": {"Fn::GetAtt": ["RunDeadLetters", "Arn"]}}
    moves = FUNCTIONS["RunsMoveSchedules"].properties["EventInvokeConfig"]
    assert moves["DestinationConfig"]["OnFailure"] == {
        "Type": "SQS",
        "Destination": {"Fn::GetAtt": ["MoveDeadLetters", "Arn"]},
    }
    for name, event in (("RunsAnnounceEnds", "Ended"), ("RunsNoteRecalls", "Forbidden")):
        told = FUNCTIONS[name].properties["Events"][event]["Properties"]
        assert told["DestinationConfig"]["OnFailure"] == {
            "Type": "SQS",
            "Destination": {"Fn::GetAtt": ["EndDeadLetters", "Arn"]},
        }
    functions = [*rung, "RunsSweepRuns", "RunsCampaignRun", "RunsAnnounceEnds", "RunsNoteRecalls"]
    assert watched("Errors", "FunctionName") == [{"Ref": name} for name in functions]


def test_what_the_sweep_could_not_settle_is_alarmed() -> None:
    assert watched("SweepFailures", "service") == [{"Ref": "AWS::StackName"}]


def test_who_could_not_be_taken_off_a_list_is_alarmed() -> None:
    assert watched("RecallFailures", "service") == [{"Ref": "AWS::StackName"}]


def test_dead_letters_are_alarmed() -> None:
    letters = [name for name in TEMPLATE.of_type("AWS::SQS::Queue") if "DeadLetters" in name]
    seen = watched("ApproximateNumberOfMessagesVisible", "QueueName")
    assert [one["Fn::GetAtt"] for one in seen] == [[name, "QueueName"] for name in letters]


# ── routes ───────────────────────────────────────────────────────────────────


def test_the_edge_knows_every_route_and_no_other() -> None:
    assert sorted(ROUTES) == sorted(route for routes in ROUTED.values() for route in routes)


@pytest.mark.parametrize("function", SERVING, ids=by_name)
def test_an_endpoint_serves_its_routes_for_a_known_scope(function: Function) -> None:
    handler = handler_of(function)
    assert handler.routes == ROUTED[function.name]
    assert handler.scope in SCOPES | {PUBLIC}


@pytest.mark.parametrize("function", SERVING, ids=by_name)
def test_an_endpoint_is_introduced_by_its_routes(function: Function) -> None:
    methods, paths = zip(*(route.split() for route in ROUTED[function.name]), strict=True)
    introduced = " ".join((import_module(function.module).__doc__ or "").split()).partition(": ")
    told = f"{', '.join(dict.fromkeys(methods))} {' and '.join(dict.fromkeys(paths))}"
    assert introduced[0] == told
    assert introduced[2]


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_is_in_the_readme(route: str) -> None:
    assert f"`{route}`" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("function", TRIGGERED, ids=by_name)
def test_what_has_no_route_has_no_scope(function: Function) -> None:
    assert not hasattr(handler_of(function), "scope")


@pytest.mark.parametrize("function", TRIGGERED, ids=by_name)
def test_what_has_no_route_hands_on_no_text_of_what_it_did_not_foresee(
    function: Function,
) -> None:
    text = (ROOT / f"{function.module.replace('.', '/')}.py").read_text()
    assert "\n@triggered\ndef handler(" in text or "\n@durable_execution\ndef handler(" in text


# ── sample events ────────────────────────────────────────────────────────────


def event_of(function: Function) -> dict[str, Any]:
    _, family, file = function.module.split(".")
    event: dict[str, Any] = json.loads((ROOT / "events" / family / f"{file}.json").read_text())
    return event


def test_every_function_has_a_sample_event_and_no_event_is_left_over() -> None:
    assert families("events", "*.json") == families("functions", "*.py")


@pytest.mark.parametrize("function", SERVING, ids=by_name)
def test_a_sample_event_asks_for_the_function_it_is_named_after(function: Function) -> None:
    event = event_of(function)
    assert event["version"] == "2.0"
    assert event["routeKey"] in ROUTED[function.name]
    method, _, path = event["routeKey"].partition(" ")
    filled = re.sub(r"{(\w+)}", lambda name: event["pathParameters"][name[1]], path)
    http = event["requestContext"]["http"]
    assert (http["method"], http["path"], event["rawPath"]) == (method, filled, filled)
    family = function.module.split(".")[1]
    if family == "agency":
        assert event["headers"]["authorization"] == "Bearer ag_sample"
    else:
        prefix = "cc_" if family == "customers" else "sk_live_"
        assert event["headers"]["x-api-key"] == f"{prefix}sample"


def test_every_sample_event_is_sent_to_its_function_as_it_is_built() -> None:
    assert {one.module for one in (*ALONE, *ROUTED_CHECKS)} == {
        function.module for function in FUNCTIONS.values()
    }


def test_sample_events_are_about_one_company() -> None:
    text = "".join(file.read_text() for file in (ROOT / "events").rglob("*.json"))
    named = re.findall(r'\\?"companyId\\?": \\?"([^"\\]+)|/companies/([0-9a-f-]{36})', text)
    assert len({one or other for one, other in named}) == 1


# ── roles ────────────────────────────────────────────────────────────────────

TOUCHES = {
    "access": {"AccessTable"},
    "audit": {"AuditTable"},
    "new_token": set[str](),
    "campaigns": {"CampaignsTable"},
    "collections": {"CampaignsTable"},
    "agency_campaigns": {"CampaignsTable"},
    "reported_sends": {"WorkersTable"},
    "enrollments": {"EnrollmentsTable"},
    "enrollment_ends": set[str](),
    "contact_ledger": {"ContactsTable"},
    "timeline": {"ContactsTable"},
    "recalls": {"ContactsTable"},
    "people_changes": set[str](),
    "pause": set[str](),
    "exporters": {"WorkersTable"},
    "senders": {"WorkersTable"},
    "templates": {"WorkersTable"},
    "groups": {"WorkersTable"},
    "renderer": set[str](),
    "runs": {"CampaignsTable"},
    "people": {"PeopleTable"},
    "imports": {"PeopleTable"},
    "plans": {"PlansTable"},
    "financing_clients": {"AccessTable"},
    "files": {"FilesBucket"},
    "uploads": {"FilesBucket"},
    "secrets": {"SecretsKey"},
    "events": {"EventBus"},
    "webhooks": {"WebhooksTable"},
    "webhook_deliveries": {"WebhooksTable"},
    "webhook_queue": {"WebhookQueue"},
    "webhook_receivers": set[str](),
    "messages": {"MessagesTable"},
    "notices": {"MessagesTable"},
    "outbox": {"MessagesTable"},
    "pace": {"MessagesTable"},
    "message_queue": {"MessageQueue"},
    "message_channel": {"MessagesTable", "ses", "sms-voice", "social-messaging"},
    "rates": set[str](),
    "schedules": {"ScheduleGroup", "ScheduleRole"},
    "scheduled_campaigns": {"CampaignsTable"},
    "schedule_mover": {"-runs-move-schedules"},
    "evidence_packer": {"-runs-pack-evidence"},
    "engine": {"-runs-campaign-run:live"},
    "executions": {"-runs-campaign-run:live", "-runs-campaign-run:*"},
    "steps": {"-runs-resolve-chunk:live"},
    "queries": set[str](),
    "queries_within": set[str](),
    "scratch": set[str](),
    "time_budget": set[str](),
    "hosts": set[str](),
    "open_channel": set[str](),
    "check_private_key": set[str](),
    "allow_http": set[str](),
    "now": set[str](),
    "new_id": set[str](),
}
"""What each factory of wiring leads to."""

PASSES_NO_ROLE = {"BorrowerDeleteCampaign"}
"""Only takes schedules away, and needs no role for that."""


def statements(function: Function) -> Iterator[dict[str, Any]]:
    for policy in function.properties.get("Policies", []):
        yield from policy["Statement"]


def resource_of(statement: dict[str, Any]) -> str:
    [(how, what)] = statement["Resource"].items()
    if how == "Fn::GetAtt":
        return str(what[0])
    if found := re.search(r"function:\${AWS::StackName}(.+)", what):
        return found[1]
    if found := re.search(r"}:(ses|sms-voice|social-messaging):", what):
        return found[1]
    [inner] = set(re.findall(r"\${(\w+)(?:\.\w+)?}", what))
    return str(inner)


def actions_of(statement: dict[str, Any]) -> list[str]:
    named = statement["Action"]
    return [named] if isinstance(named, str) else named


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=by_name)
def test_a_role_touches_exactly_what_its_handler_names(function: Function) -> None:
    source = Path(ROOT, *function.module.split(".")).with_suffix(".py").read_text()
    named = set(re.findall(r"wiring\.(\w+)", source))
    needed = set[str]().union(*(TOUCHES[name] for name in named))
    if function in KEYED:
        needed |= {*TOUCHES["access"], "RequestsTable"}
    if function.module.startswith("functions.agency."):
        # Its requests may have to be signed.
        needed |= TOUCHES["secrets"]
    if function.name in PASSES_NO_ROLE:
        needed -= {"ScheduleRole"}
    touched = {resource_of(one) for one in statements(function)}
    # Stores add to the audit trail of their own accord; there is a test of its own for that.
    assert touched - {"AuditTable"} == needed - {"AuditTable"}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=by_name)
def test_a_role_names_each_action_and_each_resource(function: Function) -> None:
    for statement in statements(function):
        assert statement["Effect"] == "Allow"
        assert not any("*" in action for action in actions_of(statement))
        assert statement["Resource"] != "*"


@pytest.mark.parametrize("function", KEYED, ids=by_name)
def test_an_endpoint_counts_requests_and_keeps_the_answers_of_a_post(function: Function) -> None:
    posts = any(route.startswith("POST ") for route in ROUTED[function.name])
    kept = {f"dynamodb:{verb}Item" for verb in ("Get", "Put", "Update", "Delete")}
    [granted] = [
        actions_of(one) for one in statements(function) if resource_of(one) == "RequestsTable"
    ]
    remembered = posts and handler_of(function).remembered
    assert set(granted) == (kept if remembered else {"dynamodb:UpdateItem"})


AUDITED = {
    "AccessTable",
    "CampaignsTable",
    "EnrollmentsTable",
    "PeopleTable",
    "PlansTable",
    "WorkersTable",
    "WebhooksTable",
}


@pytest.mark.parametrize("function", KEYED, ids=by_name)
def test_whoever_writes_for_a_key_can_tell_of_it_and_not_change_what_was_told(
    function: Function,
) -> None:
    granted = [
        (resource_of(one), action) for one in statements(function) for action in actions_of(one)
    ]
    changes = {"dynamodb:PutItem", "dynamodb:DeleteItem"}
    writes = any(table in AUDITED and action in changes for table, action in granted)
    told = {action for table, action in granted if table == "AuditTable"} - {"dynamodb:Query"}
    assert told == ({"dynamodb:PutItem"} if writes else set())


OF_SERVERS = {"StringLike": {"kms:EncryptionContext:field": "sftpSettings.*"}}
OF_QUERIES = {"StringEquals": {"kms:EncryptionContext:field": "redashApiKey"}}
OF_WEBHOOKS = {"StringEquals": {"kms:EncryptionContext:field": "webhook.secret"}}
OF_AGENCIES = {"StringEquals": {"kms:EncryptionContext:field": "agencySigningSecret"}}


def test_only_a_run_can_open_every_secret_and_few_others_those_of_one_kind() -> None:
    openers = {
        function.name: dict(one["Condition"])
        for function in FUNCTIONS.values()
        for one in statements(function)
        if "kms:Decrypt" in actions_of(one)
    }
    for condition in openers.values():
        assert condition.pop("Null") == {"kms:EncryptionContext:company": "false"}
    assert openers == {
        "RunsCampaignRun": {},
        "RunsCheckFlight": OF_SERVERS,
        "RunsTellRecalls": OF_SERVERS,
        "BorrowerProbeSftp": OF_SERVERS,
        "BorrowerPreviewCampaign": OF_QUERIES,
        "ManagementSendWebhooks": OF_WEBHOOKS,
        **{name: OF_AGENCIES for name in FUNCTIONS if name.startswith("Agency")},
    }


def test_a_preview_can_write_nothing_but_that_it_was_asked_for() -> None:
    preview = FUNCTIONS["BorrowerPreviewCampaign"]
    allowed = {
        action
        for one in statements(preview)
        for action in actions_of(one)
        if resource_of(one) != "RequestsTable"
    }
    reads = {f"dynamodb:{verb}" for verb in ("GetItem", "BatchGetItem", "Query")}
    assert allowed == {*reads, "kms:Decrypt"}


# ── what is stored ───────────────────────────────────────────────────────────


def test_nothing_stored_is_lost_with_the_stack() -> None:
    kept = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key"}
    for name, resource in TEMPLATE.resources.items():
        if resource["Type"] in kept:
            # A first deployment that fails leaves nothing in the way of the next.
            assert resource["DeletionPolicy"] == "RetainExceptOnCreate", name
            assert resource["UpdateReplacePolicy"] == "Retain", name


@pytest.mark.parametrize("name", TEMPLATE.of_type("AWS::DynamoDB::Table"))
def test_a_table_is_guarded(name: str) -> None:
    table = TEMPLATE.of_type("AWS::DynamoDB::Table")[name]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": ["DataKey", "Arn"]}
    assert table["DeletionProtectionEnabled"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]


def test_the_bucket_is_private_and_encrypted() -> None:
    [bucket] = TEMPLATE.of_type("AWS::S3::Bucket").values()
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    policy = TEMPLATE.of_type("AWS::SQS::QueuePolicy")["ImportQueuePolicy"]
    [notices] = policy["PolicyDocument"]["Statement"]
    named = notices["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::Sub"]
    assert named.endswith(f":::{bucket['BucketName']['Fn::Sub']}")
