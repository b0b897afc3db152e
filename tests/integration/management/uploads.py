"""Files handed in by a link, and the notice that the service gets of them."""

import json
from typing import Any
from urllib.parse import quote_plus, urlsplit
from urllib.request import Request, urlopen

from tests.integration.events import sample
from tests.integration.lender import Lender, invoke

IMPORT = "management/import_uploaded_file"


def uploaded(job: Any, data: bytes) -> int:
    """PUT to the job's link, as a client would."""
    with urlopen(Request(job["uploadUrl"], data=data, method="PUT")) as response:
        return int(response.status)


def notice(*keys: str) -> Any:
    """The sample event, about these objects; a key comes encoded as S3 does it."""
    event = sample(IMPORT)
    [message] = event["Records"]
    [record] = json.loads(message["body"])["Records"]

    def about(key: str) -> Any:
        return {**record, "s3": {**record["s3"], "object": {"key": quote_plus(key, safe="/")}}}

    message["body"] = json.dumps({"Records": [about(key) for key in keys]})
    return event


def key_of(job: Any) -> str:
    path: str = urlsplit(job["uploadUrl"]).path
    return "imports/" + path.rpartition("/imports/")[2]


def taken(lender: Lender, data: bytes, **fields: Any) -> Any:
    """Ask for an import, upload, let it be taken; how it stands then."""
    body = {"kind": "customers", **fields}
    job = lender.call("management/create_import", body=body).body
    uploaded(job, data)
    invoke(IMPORT, notice(key_of(job)))
    return lender.call("management/get_import", ids={"importId": job["id"]}).body
