"""GET /v1/docs: the description of all APIs, the docs, as a page to read."""

from aws_lambda_powertools.event_handler import Response

from campaigns import wiring
from campaigns.edge.auth import PUBLIC
from campaigns.edge.management import endpoint
from campaigns.edge.openapi_file import document
from campaigns.edge.openapi_page import page

_NOTHING_FROM_OUTSIDE = "default-src 'none'; style-src 'unsafe-inline'"


@endpoint("GET /v1/docs", scope=PUBLIC, wiring=wiring, produces={"text/html": {"type": "string"}})
def handler() -> Response[str]:
    return Response(
        status_code=200,
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": _NOTHING_FROM_OUTSIDE},
        body=page(document()),
    )
