"""Tokens for clients of the financing API: the client credentials grant of OAuth 2, RFC 6749.

The client says who it is by HTTP Basic or in the form, section 2.3.1; errors are those of section
5.2, for whatever is wrong below /connect.
"""

from base64 import b64decode
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import parse_qsl, unquote_plus

from aws_lambda_powertools.event_handler import Depends, Response
from aws_lambda_powertools.event_handler.request import Request
from pydantic import BaseModel

from campaigns.domain.financing_client import SCOPE, TOKEN_LIFE, BadClientCredentials
from campaigns.edge.api import Api, text_of
from campaigns.edge.problem import Problem, Refused

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 100
_ERRORS = {
    HTTPStatus.INTERNAL_SERVER_ERROR: "server_error",
    HTTPStatus.SERVICE_UNAVAILABLE: "temporarily_unavailable",
}
_OWN = {"invalid_client", "unsupported_grant_type"}


def spell(problem: Problem, _: str) -> dict[str, Any]:
    error = problem.code if problem.code in _OWN else _ERRORS.get(problem.status, "invalid_request")
    return {"error": error, "error_description": problem.message}


ERROR = {
    "type": "object",
    "required": ["error", "error_description"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}

api = Api(
    "connect",
    spell,
    ERROR,
    statuses={BadClientCredentials: HTTPStatus.UNAUTHORIZED},
    challenge='Basic realm="connect", charset="UTF-8"',
)
endpoint = api.endpoint


@dataclass(frozen=True, slots=True)
class Credentials:
    client_id: str
    secret: str


def _credentials(request: Request) -> Credentials:
    """Of a whole and sound token request. Refuses any other."""
    event = request.resolved_event
    kind = event.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("", _FORM):
        raise _refused(f"Send the request as {_FORM}.")
    form = _form(text_of(event.raw_event))
    grant = form.get("grant_type")
    if grant is None:
        raise _refused("grant_type is missing.")
    if grant != "client_credentials":
        raise _refused("The only grant_type is client_credentials.", "unsupported_grant_type")
    if header := event.headers.get("authorization", ""):
        if "client_secret" in form:
            raise _refused("Send the secret either in the Authorization header or in the form.")
        return _basic(header)
    if "client_id" not in form or "client_secret" not in form:
        raise BadClientCredentials
    return Credentials(form["client_id"], form["client_secret"])


Asking = Annotated[Credentials, Depends(_credentials)]
"""Annotate a handler's parameter with it to be given who asks for a token."""


def _form(text: str) -> dict[str, str]:
    """A field without a value counts as left out; one that is given twice is refused."""
    try:
        pairs = parse_qsl(text, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise _refused("The form cannot be read.") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise _refused("A parameter is given more than once.")
    return form


def _basic(header: str) -> Credentials:
    scheme, _, encoded = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise BadClientCredentials
        client_id, _, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
        return Credentials(
            unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
        )
    except ValueError:
        raise BadClientCredentials from None


def _refused(message: str, code: str = "invalid_request") -> Refused:
    return Refused(Problem(HTTPStatus.BAD_REQUEST, code, message))


FORM = {
    _FORM: {
        "type": "object",
        "required": ["grant_type"],
        "properties": {
            "grant_type": {"type": "string", "const": "client_credentials"},
            "client_id": {"type": "string", "format": "uuid"},
            "client_secret": {"type": "string"},
        },
    }
}
"""The JSON schema of a token request, for the description of all APIs."""


class TokenOut(BaseModel):
    """Section 5.1; a scope that was asked for is answered by the one there is, section 3.3."""

    access_token: str
    token_type: str = "Bearer"
    expires_in: int = int(TOKEN_LIFE.total_seconds())
    scope: str = SCOPE


def issued(token: str) -> Response[TokenOut]:
    return Response(
        status_code=200,
        content_type="application/json",
        body=TokenOut(access_token=token),
        headers={"Cache-Control": "no-store", "Pragma": "no-cache"},
    )
