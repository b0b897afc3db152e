"""What template.yaml deploys, created in an AWS emulator: nothing is described a second time.

    python -m local.provision --endpoint http://127.0.0.1:4566

prints the environment that the functions need, as JSON.
"""

import argparse
import json
import os
import re
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.template import Template

STACK = "campaigns"
REGION = "us-east-1"
ACCOUNT = "000000000000"
LOCAL_PARAMETERS = {"OutboundAllow": "127.0.0.1", "AllowHttpQueries": "true"}
CREDENTIALS = {
    # The emulator checks the signature of presigned links with these, and knows no others.
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}
_TABLE_PROPERTIES = (
    "BillingMode",
    "KeySchema",
    "AttributeDefinitions",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
)


def client(service: str, endpoint: str) -> Any:
    """A client of the emulator that never looks for anybody's real credentials."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"max_attempts": 2}),
    )


class Provision:
    """Creates the template's resources, or finds those of an earlier start.

    `name` takes the place of the stack's name, so that several can share one emulator.
    """

    def __init__(
        self,
        template: Template,
        endpoint: str,
        *,
        name: str = STACK,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        self._template = template
        self._endpoint = endpoint
        self._name = name
        self._parameters = {
            **template.parameters,
            **LOCAL_PARAMETERS,
            **(parameters or {}),
        }
        self._refs: dict[str, str] = {}
        self._arns: dict[str, str] = {}
        self._streams: dict[str, str] = {}

    def environment(self) -> dict[str, str]:
        """Create everything; answer the environment of the functions."""
        for kind, make in self._makers().items():
            for logical, properties in self._template.of_type(kind).items():
                make(logical, properties)
        self._notify()
        return {
            name: str(self.resolved(value)) for name, value in self._template.environment.items()
        }

    def _makers(self) -> dict[str, Callable[[str, dict[str, Any]], None]]:
        return {
            "AWS::KMS::Key": self._key,
            "AWS::DynamoDB::Table": self._table,
            "AWS::SQS::Queue": self._queue,
            "AWS::S3::Bucket": self._bucket,
            "AWS::Events::EventBus": self._bus,
            "AWS::Events::Rule": self._rule,
            "AWS::Scheduler::ScheduleGroup": self._group,
            "AWS::IAM::Role": self._role,
            "AWS::Serverless::Function": self._function,
        }

    def resolved(self, value: Any) -> Any:
        """A value of the template with its references followed."""
        if isinstance(value, dict) and len(value) == 1:
            [(function, argument)] = value.items()
            if function == "Ref":
                return self._ref(argument)
            if function == "Fn::GetAtt":
                parts = argument if isinstance(argument, list) else argument.split(".")
                return self._attribute(*parts)
            if function == "Fn::Sub":
                return re.sub(r"\$\{([\w:.]+)\}", lambda found: self._sub(found[1]), argument)
        if isinstance(value, dict):
            return {name: self.resolved(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.resolved(one) for one in value]
        return value

    def _ref(self, name: str) -> str:
        pseudo = {
            "AWS::StackName": self._name,
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
        }
        for known in (pseudo, self._refs, self._parameters):
            if name in known:
                return known[name]
        raise KeyError(f"template.yaml refers to {name}, which the local stack does not make")

    def _sub(self, name: str) -> str:
        return self._attribute(*name.split(".")) if "." in name else self._ref(name)

    def _attribute(self, logical: str, attribute: str) -> str:
        if attribute == "Arn":
            return self._arns[logical]
        if attribute == "StreamArn":
            return self._streams[logical]
        return f"{logical}.{attribute}"

    def _key(self, logical: str, _: dict[str, Any]) -> None:
        kms = client("kms", self._endpoint)
        alias = f"alias/{self._name}-{logical}"
        try:
            found = kms.describe_key(KeyId=alias)["KeyMetadata"]
        except ClientError:
            found = kms.create_key()["KeyMetadata"]
            kms.create_alias(AliasName=alias, TargetKeyId=found["KeyId"])
        self._refs[logical], self._arns[logical] = found["KeyId"], found["Arn"]

    def _table(self, logical: str, properties: dict[str, Any]) -> None:
        name = f"{self._name}-{logical}"
        asked = {key: properties[key] for key in _TABLE_PROPERTIES if key in properties}
        dynamodb = client("dynamodb", self._endpoint)
        streams = {**properties.get("StreamSpecification", {}), "StreamEnabled": True}
        if "StreamSpecification" in properties:
            asked["StreamSpecification"] = streams
        _unless_there(lambda: dynamodb.create_table(TableName=name, **asked))
        if "StreamSpecification" in properties:
            found = dynamodb.describe_table(TableName=name)["Table"]
            if "LatestStreamArn" not in found:
                # Made by an earlier version, for which nobody listened.
                changed = dynamodb.update_table(TableName=name, StreamSpecification=streams)
                found = changed["TableDescription"]
            self._streams[logical] = found["LatestStreamArn"]
        self._refs[logical] = name
        self._arns[logical] = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"

    def _queue(self, logical: str, properties: dict[str, Any]) -> None:
        name = f"{self._name}-{logical}"
        timeout = str(properties.get("VisibilityTimeout", 30))
        sqs = client("sqs", self._endpoint)
        url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": timeout})
        self._refs[logical] = url["QueueUrl"]
        self._arns[logical] = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def _bucket(self, logical: str, _: dict[str, Any]) -> None:
        name = f"{self._name}-{logical}".lower()
        s3 = client("s3", self._endpoint)
        _unless_there(lambda: s3.create_bucket(Bucket=name))
        self._refs[logical], self._arns[logical] = name, f"arn:aws:s3:::{name}"

    def _bus(self, logical: str, _: dict[str, Any]) -> None:
        name = f"{self._name}-{logical}"
        events = client("events", self._endpoint)
        _unless_there(lambda: events.create_event_bus(Name=name))
        self._refs[logical] = name
        self._arns[logical] = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{name}"

    def _rule(self, logical: str, properties: dict[str, Any]) -> None:
        name, asked = f"{self._name}-{logical}", self.resolved(properties)
        on = {"EventBusName": asked["EventBusName"]}
        events = client("events", self._endpoint)
        events.put_rule(Name=name, EventPattern=json.dumps(asked["EventPattern"]), **on)
        targets = [{"Id": one["Id"], "Arn": one["Arn"]} for one in asked["Targets"]]
        events.put_targets(Rule=name, Targets=targets, **on)

    def _group(self, logical: str, _: dict[str, Any]) -> None:
        name = f"{self._name}-{logical}"
        scheduler = client("scheduler", self._endpoint)
        _unless_there(lambda: scheduler.create_schedule_group(Name=name))
        self._refs[logical] = name
        self._arns[logical] = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/{name}"

    def _role(self, logical: str, _: dict[str, Any]) -> None:
        self._refs[logical] = f"{self._name}-{logical}"
        self._arns[logical] = f"arn:aws:iam::{ACCOUNT}:role/{self._name}-{logical}"

    def _function(self, logical: str, properties: dict[str, Any]) -> None:
        name = self.resolved(properties["FunctionName"])
        self._refs[logical] = name
        self._arns[logical] = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"

    def _notify(self) -> None:
        """Queues that hear of new objects: set once all queues and buckets are there."""
        for logical, properties in self._template.of_type("AWS::S3::Bucket").items():
            asked = self.resolved(properties.get("NotificationConfiguration", {}))
            queues = [
                {
                    "QueueArn": one["Queue"],
                    "Events": [one["Event"]],
                    "Filter": {
                        "Key": {
                            "FilterRules": one.get("Filter", {}).get("S3Key", {}).get("Rules", [])
                        }
                    },
                }
                for one in asked.get("QueueConfigurations", [])
            ]
            if queues:
                client("s3", self._endpoint).put_bucket_notification_configuration(
                    Bucket=self._refs[logical],
                    NotificationConfiguration={"QueueConfigurations": queues},
                )


def _unless_there(make: Callable[[], object]) -> None:
    try:
        make()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in (
            "ResourceAlreadyExistsException",
            "ResourceInUseException",
            "BucketAlreadyOwnedByYou",
            "BucketAlreadyExists",
            "ConflictException",
        ):
            raise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Raw)
    parser.add_argument("--endpoint", required=True, help="URL of a running AWS emulator")
    parser.add_argument("--name", default=STACK, help="what the stack is called")
    asked = parser.parse_args()
    os.environ.update(CREDENTIALS)
    made = Provision(Template(), asked.endpoint, name=asked.name).environment()
    print(json.dumps(made, indent=2))


_Raw = argparse.RawDescriptionHelpFormatter

if __name__ == "__main__":
    main()
