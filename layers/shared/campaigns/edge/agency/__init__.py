"""The agency API: its endpoint, its errors, and who is let in.

The agency is named in the path or, in the older form, by a parameter of the query. Its requests
are signed if it has a secret to sign them with.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, Protocol

from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns.domain.company import Company, CompanyNotFound, live_space_of
from campaigns.domain.requests import Answer
from campaigns.domain.secret import Sealed
from campaigns.domain.signature import is_signed
from campaigns.edge.api import Api, Handler
from campaigns.edge.auth import Identity, KeyRules
from campaigns.edge.event import Event, body_of, headers_of
from campaigns.edge.problem import NOT_TEXT, Fault, Problem, Refused, bad_request
from campaigns.edge.routes import UUID

NO_COMPANY = Problem(
    HTTPStatus.NOT_FOUND, "company_not_found", "No company found with the provided uuid"
)
_NOT_SIGNED = Problem(HTTPStatus.FORBIDDEN, "not_signed", "Forbidden: Invalid HMAC signature")
_TWO_UUIDS = bad_request(Fault("uuid", "is another one in the path than in the query"))
_NOT_SAVED = "An unexpected error occurred while saving the campaign. Please try again later."
_NOT_DONE = "An unexpected error occurred. Please try again later."
_PAGES = "Invalid pagination parameters."
_CREATES = re.compile(r".*/agency/createCampaign")
_UUID = re.compile(UUID)


class Companies(Protocol):
    def company(self, company_id: str) -> Company: ...


class Secrets(Protocol):
    """As in ports.py."""

    def open(self, sealed: Sealed, context: Mapping[str, str]) -> str: ...


class Wiring(Protocol):
    """What the module `wiring` offers for telling whose agency is asked for, and by whom."""

    def access(self) -> Companies: ...

    def secrets(self) -> Secrets: ...

    def now(self) -> datetime: ...


def admit(event: Event, caller: Identity, wiring: Wiring) -> None:
    """First whether the agency is the caller's own, then whether the request is signed."""
    named = _named(event)
    if named is None or named.lower() != live_space_of(caller.company_id):
        raise Refused(NO_COMPANY)
    try:
        company = wiring.access().company(caller.company_id)
    except CompanyNotFound:
        raise Refused(NO_COMPANY) from None
    if company.agency_secret is None:
        return
    try:
        body = body_of(event)
    except ValueError:
        raise Refused(NOT_TEXT) from None
    secret = wiring.secrets().open(company.agency_secret, company.agency_secret_context)
    header = headers_of(event).get("x-signature", "")
    if not is_signed(secret, header, body, wiring.now().timestamp()):
        raise Refused(_NOT_SIGNED)


def _named(event: Event) -> str | None:
    """Whom the request names; in both places the same, if in both."""
    in_path: str | None = (event.get("pathParameters") or {}).get("uuid")
    in_query: str | None = (event.get("queryStringParameters") or {}).get("uuid")
    if in_path is not None and in_query is not None and in_path.lower() != in_query.lower():
        raise Refused(_TWO_UUIDS)
    return in_query if in_path is None else in_path


def restate(problem: Problem) -> Problem:
    """Whatever did not answer, the clients of this API know one error for it."""
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return replace(problem, status=HTTPStatus.INTERNAL_SERVER_ERROR)
    return problem


def spell(problem: Problem, path: str) -> dict[str, Any]:
    message = problem.message
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        message = _NOT_SAVED if _CREATES.fullmatch(path) else _NOT_DONE
    elif problem.faults and problem.code == "bad_request":
        fault = problem.faults[0]
        message = _PAGES if fault.field in ("page", "limit") else f"{fault.field} {fault.message}"
    return {"success": False, "message": message}


api = Api(
    "agency",
    spell,
    {
        "type": "object",
        "required": ["success", "message"],
        "properties": {"success": {"const": False}, "message": {"type": "string"}},
    },
    keys=KeyRules(prefixes=("ag_",), bearer_only=True),
    restate=restate,
    challenge="Bearer",
    admit=admit,
)


def endpoint(*routes: str, **told: Any) -> Callable[[Callable[..., Any]], Handler]:
    """`Api.endpoint`, for paths whose first segment is a UUID.

    To a gateway it may be anything; one that is none belongs to another API, or to none at all.
    """

    def decorate(function: Callable[..., Any]) -> Handler:
        handler = api.endpoint(*routes, **told)(function)

        @wraps(handler)
        def guarded(event: Event, context: LambdaContext) -> Answer:
            uuid = (event.get("pathParameters") or {}).get("uuid")
            if uuid is None or _UUID.fullmatch(uuid):
                return handler(event, context)
            # It knows the APIs, this one among them.
            from campaigns.edge.not_found import refuse_unknown_route

            return refuse_unknown_route(event)

        return guarded

    return decorate
