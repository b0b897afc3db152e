"""The one decorator that makes a Lambda handler of a function from schemas to a schema.

Around the route itself, which the Powertools resolver validates, it authenticates, checks the
scope, turns every error into its API's own shape, logs one line and counts the answer.
"""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from math import isfinite
from typing import Any

import orjson
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns.domain.audit import ACTOR, Actor
from campaigns.domain.company import live_space_of
from campaigns.domain.errors import DomainError
from campaigns.domain.identity import as_uuid
from campaigns.domain.requests import Answer
from campaigns.edge import problem
from campaigns.edge.auth import ANY_KEY, CURRENT, PUBLIC, Authenticator, Identity, KeyRules, Wiring
from campaigns.edge.event import Event, body_of, headers_of
from campaigns.edge.problem import SPECIAL_STATUS_OF, Problem, Refused, Statuses
from campaigns.edge.repeats import Repeats
from campaigns.observability import count, logger

Handler = Callable[[Event, LambdaContext], Answer]

LARGEST_BODY = 1_000_000
_MOST_DIGITS = 309
"""Of a whole number, as of any other."""
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Api:
    """An API: its name in logs and metrics, how it spells an error, and in what type."""

    name: str
    spell: Callable[[Problem, str], Mapping[str, Any]]
    """Of a problem, and the path that was asked for."""
    error_shape: Mapping[str, Any]
    """The JSON schema of an error, for the API's description."""
    restate: Callable[[Problem], Problem] = lambda problem: problem
    """Where this API names another status than the others do."""
    error_type: str = _JSON
    keys: KeyRules = ANY_KEY
    statuses: Statuses = field(default_factory=dict)
    """Of single errors, where this API's contract has another status than the others."""
    challenge: str | None = None
    """What a 401 says in WWW-Authenticate."""
    admit: Callable[[Event, Identity, Any], None] = lambda event, caller, _: check_company(
        event, caller.company_id
    )
    """Refuses what the caller may not ask for, whatever the endpoint; it is given the wiring."""

    def endpoint(
        self,
        *routes: str,
        scope: str,
        wiring: Wiring,
        shown_once: tuple[str, ...] = (),
        produces: Mapping[str, Any] | None = None,
        consumes: Mapping[str, Any] | None = None,
        remembered: bool = True,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Callable[[Callable[..., Any]], Handler]:
        """`routes` are `METHOD /path/{parameter}`, the parameters in camelCase.

        An endpoint without a scope does not exist: PUBLIC has to be said. `shown_once` names
        the secrets among the fields of its answer: an answer that is repeated masks them.
        `produces` is the JSON schema of a good answer by media type, where its annotation does
        not tell; `consumes` that of a body which is not JSON and which the endpoint reads itself.
        The answer to a POST that has no effect is not `remembered`: a repeat may as well be worked
        on afresh, and no personal data is kept. `status` is that of a good answer.
        """

        def decorate(function: Callable[..., Any]) -> Handler:
            resolver = _resolver(routes, function, status)
            authenticator = Authenticator(wiring, self.keys)
            repeats = Repeats(wiring, shown_once)

            def take(event: Event, context: LambdaContext) -> Answer:
                if scope is not PUBLIC:
                    caller = authenticator.identify(headers_of(event), scope)
                    logger.append_keys(company_id=caller.company_id, key_id=caller.key_id)
                    self.admit(event, caller, wiring)
                    CURRENT.set(caller)
                    ACTOR.set(_actor(caller, event))
                if consumes is None:
                    _check_type(event)
                    _check_body(event)

                def work() -> Answer:
                    return resolver.resolve(event, context)

                if scope is PUBLIC or not remembered:
                    return work()
                return repeats.answer(event, context, caller.company_id, work)

            @logger.inject_lambda_context(clear_state=True)
            def handler(event: Event, context: LambdaContext) -> Answer:
                try:
                    answer = self._answered(lambda: take(event, context), event)
                except Exception:
                    logger.exception("failed")
                    answer = self.refuse(problem.OURS, event)
                finally:
                    ACTOR.set(None)
                self._account(event, answer)
                return answer

            handler.scope = scope  # type: ignore[attr-defined]
            handler.remembered = remembered  # type: ignore[attr-defined]
            handler.routes = routes  # type: ignore[attr-defined]
            handler.api = self  # type: ignore[attr-defined]
            handler.produces = produces  # type: ignore[attr-defined]
            handler.consumes = consumes  # type: ignore[attr-defined]
            handler.resolver = resolver  # type: ignore[attr-defined]
            handler.status = status  # type: ignore[attr-defined]
            return handler

        return decorate

    def _answered(self, take: Callable[[], Answer], event: Event) -> Answer:
        """What the endpoint answers, or the refusal that it raised."""
        try:
            return take()
        except Refused as refusal:
            return self.refuse(refusal.problem, event)
        except DomainError as refusal:
            statuses = {**SPECIAL_STATUS_OF, **self.statuses}
            return self.refuse(problem.of_domain(refusal, statuses), event)
        except RecursionError:
            return self.refuse(problem.TOO_DEEP, event)

    def refuse(self, refusal: Problem, event: Event) -> Answer:
        refusal = self.restate(refusal)
        body = self.spell(refusal, event.get("rawPath", ""))
        headers = {"content-type": self.error_type}
        if refusal.status == HTTPStatus.UNAUTHORIZED and self.challenge is not None:
            headers["www-authenticate"] = self.challenge
        if refusal.retry_after is not None:
            headers["retry-after"] = str(refusal.retry_after)
        logger.append_keys(refusal=refusal.code)
        return {
            "statusCode": int(refusal.status),
            "headers": headers,
            "body": orjson.dumps(body).decode(),
            "isBase64Encoded": False,
        }

    def _account(self, event: Event, answer: Answer) -> None:
        status = answer["statusCode"]
        logger.info("answered", route=event.get("routeKey"), status=status)
        count(f"{status // 100}xx", api=self.name)


def _actor(caller: Identity, event: Event) -> Actor:
    context = event["requestContext"]
    return Actor(caller.company_id, caller.key_id, context["requestId"], event["routeKey"])


def _resolver(
    routes: tuple[str, ...], function: Callable[..., Any], status: HTTPStatus
) -> APIGatewayHttpResolver:
    resolver = APIGatewayHttpResolver(
        enable_validation=True, serializer=lambda body: orjson.dumps(body).decode()
    )
    for route in routes:
        method, _, path = route.partition(" ")
        rule = re.sub(r"{(\w+)}", lambda name: f"<{_snake(name[1])}>", path)
        resolver.route(rule, method=[method], status_code=int(status))(function)

    def refuse_request(error: RequestValidationError) -> Response[str]:
        if error.body is not None and not isinstance(error.body, str):
            # The answer did not fit its own schema: ours to mend, not the caller's.
            raise RuntimeError("the answer breaks its schema") from error
        raise Refused(problem.of_validation(list(error.errors())))

    def refuse_type(_: RequestUnsupportedContentType) -> Response[str]:
        raise Refused(problem.NOT_JSON_TYPE)

    def refuse_route(_: Exception) -> Response[str]:
        raise Refused(problem.NO_ROUTE)

    def pass_on(error: Exception) -> Response[str]:
        # Else the resolver logs it with its traceback, however ordinary a refusal it is.
        raise error

    resolver.exception_handler(Exception)(pass_on)
    resolver.exception_handler(RequestValidationError)(refuse_request)
    resolver.exception_handler(RequestUnsupportedContentType)(refuse_type)
    resolver.not_found(refuse_route)
    return resolver


def _snake(camel: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", camel).lower()


def check_company(event: Event, company_id: str) -> None:
    """A company in the path must be the caller's own; another's is as good as none."""
    named = (event.get("pathParameters") or {}).get("companyId")
    if named is None:
        return
    try:
        same = as_uuid(named) == live_space_of(company_id)
    except DomainError:
        same = False
    if not same:
        message = f"company {named} does not exist"
        raise Refused(Problem(HTTPStatus.NOT_FOUND, "company_not_found", message))


def _check_type(event: Event) -> None:
    """The resolver would read JSON that is sent as a form, as curl does, as an empty form."""
    kind = headers_of(event).get("content-type", "").partition(";")[0].strip().lower()
    if event.get("body") and kind not in ("", _JSON) and not kind.endswith("+json"):
        raise Refused(problem.NOT_JSON_TYPE)


def text_of(event: Event) -> str:
    """The body, without what surrounds it. Refuses what is too large or no text."""
    try:
        raw = body_of(event)
        if len(raw) > LARGEST_BODY:
            raise Refused(problem.TOO_LARGE)
        return raw.decode().strip()
    except ValueError:
        raise Refused(problem.NOT_TEXT) from None


def _check_body(event: Event) -> None:
    """Say no to what the resolver would take for something else, or choke on."""
    text = text_of(event)
    if text and text != "null" and not text.startswith("{"):
        with suppress(orjson.JSONDecodeError):
            raise Refused(problem.not_an_object(orjson.loads(text)))
    if _SUSPICIOUS.search(text):
        _check_numbers(text)


_SUSPICIOUS = re.compile(r"NaN|Infinity|[0-9][eE]\+?[0-9]{3}|[0-9]{309}")
"""What may be a number that is none, or is beyond every float."""


def _check_numbers(text: str) -> None:
    """The resolver reads more than JSON has, and takes what is too large for infinity."""

    def refuse(number: str) -> Any:
        raise Refused(problem.no_number(number))

    def finite(number: str) -> float:
        found = float(number)
        return found if isfinite(found) else refuse(number)

    def whole(number: str) -> int:
        return int(number) if len(number) < _MOST_DIGITS else refuse(number)

    # What is no JSON at all is for the resolver to tell.
    with suppress(json.JSONDecodeError):
        json.loads(text, parse_constant=refuse, parse_float=finite, parse_int=whole)
