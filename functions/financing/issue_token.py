"""POST /connect/token: a token for a client of the financing API, good for an hour."""

from aws_lambda_powertools.event_handler import Response

from campaigns import wiring
from campaigns.edge.auth import PUBLIC
from campaigns.edge.connect import FORM, Asking, TokenOut, endpoint, issued
from campaigns.usecases.issue_token import issue_token


@endpoint("POST /connect/token", scope=PUBLIC, wiring=wiring, consumes=FORM)
def handler(asking: Asking) -> Response[TokenOut]:
    token = issue_token(
        asking.client_id,
        asking.secret,
        access=wiring.access(),
        clients=wiring.financing_clients(),
        new_id=wiring.new_id,
        new_token=wiring.new_token,
        now=wiring.now,
    )
    return issued(token)
