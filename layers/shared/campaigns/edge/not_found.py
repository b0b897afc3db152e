"""What is answered where there is no route, in the shape of the API that was meant."""

import re
from http import HTTPStatus
from typing import Any

from campaigns.domain.requests import Answer
from campaigns.edge.agency import api as agency
from campaigns.edge.api import Api
from campaigns.edge.borrower import api as borrower
from campaigns.edge.collections import api as collections
from campaigns.edge.connect import api as connect
from campaigns.edge.customers import api as customers
from campaigns.edge.financing import api as financing
from campaigns.edge.management import api as management
from campaigns.edge.problem import NO_ROUTE, Problem
from campaigns.edge.routes import UUID, methods_at

_BASES: tuple[tuple[re.Pattern[str], Api], ...] = (
    (re.compile(r"/companies(/.*)?", re.DOTALL), borrower),
    (re.compile(r"/v3(/.*)?", re.DOTALL), financing),
    (re.compile(r"/connect(/.*)?", re.DOTALL), connect),
    (re.compile(r"/api/v1/external(/.*)?", re.DOTALL), collections),
    (re.compile(r"/v2(/.*)?", re.DOTALL), customers),
    (re.compile(rf"(/{UUID})?/agency(/.*)?", re.DOTALL), agency),
    (re.compile(r".*", re.DOTALL), management),
)


def refuse_unknown_route(event: dict[str, Any]) -> Answer:
    """404, or 405 with `Allow` where the path exists and the method does not."""
    path = event.get("rawPath", "/")
    api = next(api for pattern, api in _BASES if pattern.fullmatch(path))
    allowed = methods_at(path)
    if not allowed:
        return api.refuse(NO_ROUTE, event)
    names = ", ".join(allowed)
    wrong = Problem(
        HTTPStatus.METHOD_NOT_ALLOWED, "wrong_method", f"This address answers to {names}."
    )
    answer = api.refuse(wrong, event)
    answer["headers"]["allow"] = names
    return answer
