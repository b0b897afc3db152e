"""GET /v1/openapi.json: all APIs as one OpenAPI 3.1 document."""

from aws_lambda_powertools.event_handler import Response

from campaigns import wiring
from campaigns.edge.auth import PUBLIC
from campaigns.edge.management import endpoint
from campaigns.edge.openapi_file import text


@endpoint(
    "GET /v1/openapi.json",
    scope=PUBLIC,
    wiring=wiring,
    produces={"application/json": {"type": "object"}},
)
def handler() -> Response[str]:
    return Response(status_code=200, content_type="application/json", body=text())
