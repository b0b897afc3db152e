"""The sample events of events/, the same files `sam local invoke -e` takes, and variations."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from local.template import ROOT

Event = dict[str, Any]
AS_IN_THE_SAMPLE: Final = object()


def sample(function: str) -> Event:
    """`function` is family and file, like `borrower/start_run`."""
    event: Event = json.loads((ROOT / "events" / f"{function}.json").read_text())
    return event


def sample_body(function: str) -> Any:
    return json.loads(sample(function)["body"])


def request(
    function: str,
    ids: Mapping[str, str],
    *,
    method: str | None = None,
    body: Any = AS_IN_THE_SAMPLE,
    text: str | None = None,
    encoded: str | None = None,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, str | None] | None = None,
) -> Event:
    """The sample with other path parameters, and whatever else is given.

    `text` is a body as it is, `encoded` one in base 64; a header that is None is left out.
    """
    event = sample(function)
    context = event["requestContext"]
    if "pathParameters" in event:
        event["pathParameters"] |= {k: v for k, v in ids.items() if k in event["pathParameters"]}
        template = event["routeKey"].partition(" ")[2]
        path = re.sub(r"{(\w+)}", lambda name: event["pathParameters"][name[1]], template)
        event["rawPath"] = context["http"]["path"] = path
    if method is not None:
        route = event["routeKey"].partition(" ")[2]
        event["routeKey"] = context["routeKey"] = f"{method} {route}"
        context["http"]["method"] = method
    if query is not None:
        event["queryStringParameters"] = {name: str(value) for name, value in query.items()}
        event["rawQueryString"] = urlencode(event["queryStringParameters"])
    for name, value in (headers or {}).items():
        event["headers"].pop(name, None)
        if value is not None:
            event["headers"][name] = value
    if body is not AS_IN_THE_SAMPLE:
        text = json.dumps(body)
    if text is not None:
        event["body"] = text
    if encoded is not None:
        event |= {"body": encoded, "isBase64Encoded": True}
    return event
