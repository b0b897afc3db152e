from typing import Any
from uuid import uuid4

import pytest

from tests.integration.lender import Answer, Lender

GET = "management/get_template"


def get(lender: Lender, id: str, **query: Any) -> Answer:
    return lender.call(GET, ids={"templateId": id}, query=query)


def test_older_versions_stay_readable(lender: Lender) -> None:
    template = lender.template()
    ids = {"templateId": template.id}
    lender.call("management/update_template", ids=ids, body={"content": {"text": "new"}})
    newest = get(lender, template.id).body
    assert (newest["version"], newest["content"]["text"]) == (2, "new")
    first = get(lender, template.id, version=1).body
    assert first["version"] == 1
    assert first["content"]["text"].startswith("{{ firstName }}")
    assert get(lender, template.id, version=3).status == 404


def test_what_a_deleted_template_said_can_be_read_again(lender: Lender) -> None:
    template = lender.template()
    lender.call("management/delete_template", ids={"templateId": template.id})
    found = get(lender, template.id, version=1)
    assert found.status == 200
    assert found.body["deletedAt"] is not None


@pytest.mark.parametrize("version", ["0", "-1", "x", "10000"])
def test_a_version_that_cannot_be_is_400(version: str, lender: Lender) -> None:
    assert get(lender, lender.template().id, version=version).fields == ["version"]


def test_what_is_not_there_or_not_ours_is_404(lender: Lender, stranger: Lender) -> None:
    for id in (str(uuid4()), "x", stranger.template().id):
        answer = get(lender, id)
        assert (answer.status, answer.body["detail"]) == (404, f"template {id} does not exist")
