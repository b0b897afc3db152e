"""Templates; what a version says is an item of its own, so that a list reads none of it."""

from typing import TYPE_CHECKING, Any

from campaigns.adapters.dynamodb import keys
from campaigns.adapters.dynamodb.audit import Trail
from campaigns.adapters.dynamodb.codec import Codec
from campaigns.adapters.dynamodb.collection import DynamoCollection
from campaigns.domain.template import Template, TemplateNotFound, TemplateVersion, VersionNotFound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoTemplateStore(DynamoCollection[Template]):
    def __init__(self, client: "DynamoDBClient", table: str, *, trail: Trail | None = None) -> None:
        super().__init__(
            client, table, kind="TEMPLATE", of=Template, missing=TemplateNotFound, trail=trail
        )
        self._versions = Codec(TemplateVersion)

    def introduce(self, template: Template, first: TemplateVersion) -> Template:
        return self._added(template, [self._version(template, first)])

    def revise(self, template: Template, newest: TemplateVersion) -> Template:
        return self._moved(template, [self._version(template, newest)])

    def said(self, template: Template, number: int) -> TemplateVersion:
        item = self._item(keys.template_version(template.company_id, template.id, number))
        if item is None:
            raise VersionNotFound(number)
        return self._versions.decode(item)

    def _version(self, template: Template, version: TemplateVersion) -> dict[str, Any]:
        """No version is ever written over."""
        return {
            "Put": {
                "TableName": self._table,
                "Item": {
                    **keys.template_version(template.company_id, template.id, version.number),
                    **self._versions.encode(version),
                },
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
