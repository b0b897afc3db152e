"""The description of all APIs as one OpenAPI 3.1 document, made of the endpoints themselves.

Powertools describes what each endpoint takes and gives when all goes well. What can go wrong
is the same for every endpoint of an API, so it is added here, with what the decorator does for
all of them: keys, scopes, limits, repeats.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import orjson

from campaigns.domain.requests import LONGEST_KEY
from campaigns.edge.api import LARGEST_BODY, Api
from campaigns.edge.auth import PUBLIC
from campaigns.edge.problem import of_validation

Json = dict[str, Any]

TITLE = "Campaign service"
VERSION = "0.1.0"
_OWN = {"HTTPValidationError", "ValidationError", "ResponseValidationError"}
_REFERENCE = "#/components/schemas/"
_TOLD = {
    HTTPStatus.BAD_REQUEST: "The request breaks a rule; `errors` names the fields.",
    HTTPStatus.UNAUTHORIZED: "The key is missing, unknown, revoked or expired.",
    HTTPStatus.FORBIDDEN: "The key lacks the scope.",
    HTTPStatus.NOT_FOUND: "It does not exist, or belongs to another company.",
    HTTPStatus.CONFLICT: "The present state does not allow it.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"The body is larger than {LARGEST_BODY} bytes.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not said to be JSON.",
    HTTPStatus.UNPROCESSABLE_ENTITY: (
        "The Idempotency-Key was sent with another body before, or in the customers API, the"
        " request does not fit its schema."
    ),
    HTTPStatus.TOO_MANY_REQUESTS: "The key has used up its requests.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Something outside did not answer; trying again may help.",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`name` is family and file; `about` what it does; `sample` a request that it takes."""

    name: str
    about: str
    handler: Any
    sample: Mapping[str, Any]


def describe(endpoints: Iterable[Endpoint]) -> Json:
    """One document over all endpoints, in the order given."""
    paths: Json = {}
    schemas: Json = {}
    for endpoint in endpoints:
        api: Api = endpoint.handler.api
        told = orjson.loads(
            endpoint.handler.resolver.get_openapi_json_schema(title=TITLE, version=VERSION)
        )
        found = _of_api(told, api.name)
        schemas[_error_name(api)] = dict(api.error_shape)
        for route in endpoint.handler.routes:
            method, _, path = route.partition(" ")
            operation = found["paths"][_snake_path(path)][method.lower()]
            known = found["components"]["schemas"]
            paths.setdefault(path, {})[method.lower()] = _operation(
                endpoint, route, operation, known
            )
        schemas |= found["components"]["schemas"]
    used = set(_reached(paths, schemas))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": VERSION,
            "description": "Contact campaigns: who, when, may we, what, where to, what happened.",
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}, {"bearer": []}],
        "tags": [{"name": name} for name in dict.fromkeys(_tags(paths))],
        "paths": paths,
        "components": {
            "schemas": {name: schemas[name] for name in sorted(used)},
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-KEY"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _of_api(told: Json, api: str) -> Json:
    """With the schemas called after their API, since two may have one of the same name."""
    text = orjson.dumps(told).decode()
    text = re.sub(rf'"{_REFERENCE}([^"]+)"', rf'"{_REFERENCE}{api}.\1"', text)
    renamed: Json = orjson.loads(text)
    schemas = renamed.get("components", {}).get("schemas", {})
    renamed["components"] = {
        "schemas": {
            f"{api}.{name}": _untitled(schema)
            for name, schema in schemas.items()
            if name not in _OWN
        }
    }
    return renamed


def _operation(endpoint: Endpoint, route: str, told: Json, schemas: Json) -> Json:
    method, _, path = route.partition(" ")
    handler = endpoint.handler
    public = handler.scope is PUBLIC
    body = told.get("requestBody")
    made: Json = {
        "operationId": _operation_id(endpoint.name, route, handler.routes),
        "tags": [handler.api.name],
        "summary": endpoint.about,
        "description": "Needs no key." if public else f"Needs the scope `{handler.scope}`.",
        "parameters": [
            *_path_parameters(path, endpoint.sample),
            *_query_parameters(told.get("parameters", []), schemas),
        ],
    }
    if public:
        made["security"] = []
    elif method == "POST" and handler.remembered:
        made["parameters"].append(_IDEMPOTENCY_KEY)
    if handler.consumes is not None:
        content = {kind: {"schema": schema} for kind, schema in handler.consumes.items()}
        body = {"required": True, "content": content}
    if body:
        made["requestBody"] = _untitled(body)
        if text := endpoint.sample.get("body"):
            [(kind, content)] = made["requestBody"]["content"].items()
            value = orjson.loads(text) if kind == "application/json" else dict(parse_qsl(text))
            content["examples"] = {"sample": {"value": value}}
    made["responses"] = {
        **_good(handler.status, told["responses"], handler.produces),
        **{
            str(int(status)): _bad(status, handler.api)
            for status in {
                _misfit(handler.api): None,
                **dict.fromkeys(
                    _refusals(
                        method,
                        path,
                        has_body=bool(body),
                        public=public,
                        challenges=handler.api.challenge is not None,
                        remembered=handler.remembered,
                    )
                ),
            }
        },
    }
    return made


def _operation_id(name: str, route: str, routes: tuple[str, ...]) -> str:
    """Told apart by their methods where they have several, else by their places."""
    if len(routes) == 1:
        return name
    method = route.partition(" ")[0]
    if sum(one.startswith(f"{method} ") for one in routes) == 1:
        return f"{name}_{method.lower()}"
    return f"{name}_{routes.index(route) + 1}"


_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body get the first answer again, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
}


def _path_parameters(path: str, sample: Mapping[str, Any]) -> Iterator[Json]:
    for name in re.findall(r"{(\w+)}", path):
        made = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        if name in sample.get("pathParameters", {}):
            made["example"] = sample["pathParameters"][name]
        yield made


def _query_parameters(told: Iterable[Json], schemas: Json) -> Iterator[Json]:
    """Those that stand together in a model have lost their limits on the way; it knows them."""
    for one in told:
        if one["in"] != "query":
            continue
        whole = next(
            (
                schema["properties"][one["name"]]
                for schema in schemas.values()
                if one["name"] in schema.get("properties", {}) and _is_query(schema, told)
            ),
            one["schema"],
        )
        yield {**one, "schema": _untitled(_not_null(whole))}


def _is_query(schema: Json, told: Iterable[Json]) -> bool:
    return set(schema["properties"]) <= {one["name"] for one in told}


def _not_null(schema: Json) -> Json:
    """A parameter that may be left out is never sent as null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return {**rest, **kinds[0]}


def _good(status: HTTPStatus, all_told: Json, produces: Mapping[str, Any] | None) -> Json:
    told = all_told[str(int(status))]
    if produces is not None:
        content = {kind: {"schema": schema} for kind, schema in produces.items()}
        return {"200": {"description": "Done.", "content": content}}
    content = told.get("content", {}).get("application/json", {})
    if content.get("schema", {}).get("type") == "null":
        location = {"schema": {"type": "string", "format": "uri"}}
        return {"302": {"description": "Found.", "headers": {"Location": location}}}
    done = {"description": "Done.", "content": {"application/json": _untitled(content)}}
    return {str(int(status)): done}


def _refusals(
    method: str, path: str, *, has_body: bool, public: bool, challenges: bool, remembered: bool
) -> Iterator[HTTPStatus]:
    writes = method != "GET"
    yield HTTPStatus.BAD_REQUEST
    if not public or challenges:
        yield HTTPStatus.UNAUTHORIZED
    if not public:
        yield HTTPStatus.FORBIDDEN
    if "{" in path or has_body:
        yield HTTPStatus.NOT_FOUND
    if writes:
        yield HTTPStatus.CONFLICT
    if has_body:
        yield HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        yield HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    if method == "POST" and not public and remembered:
        yield HTTPStatus.UNPROCESSABLE_ENTITY
    if not public:
        yield HTTPStatus.TOO_MANY_REQUESTS
    yield HTTPStatus.INTERNAL_SERVER_ERROR
    yield HTTPStatus.SERVICE_UNAVAILABLE


def _misfit(api: Api) -> HTTPStatus:
    """What this API answers when a request does not fit its schema."""
    return api.restate(of_validation([{"type": "missing", "loc": ("body",), "msg": ""}])).status


def _bad(status: HTTPStatus, api: Api) -> Json:
    schema = {"$ref": f"{_REFERENCE}{_error_name(api)}"}
    made: Json = {"description": _TOLD[status], "content": {api.error_type: {"schema": schema}}}
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        wait = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        made["headers"] = {"Retry-After": wait}
    return made


def _error_name(api: Api) -> str:
    return f"{api.name}.Error"


def _snake_path(path: str) -> str:
    return re.sub(
        r"{(\w+)}",
        lambda name: "{" + re.sub(r"(?<!^)([A-Z])", r"_\1", name[1]).lower() + "}",
        path,
    )


def _untitled(schema: Any) -> Any:
    """Without the titles that only repeat a name."""
    if isinstance(schema, dict):
        return {
            name: _untitled(value)
            for name, value in schema.items()
            if not (name == "title" and isinstance(value, str))
        }
    return [_untitled(one) for one in schema] if isinstance(schema, list) else schema


def _tags(paths: Json) -> Iterator[str]:
    for operations in paths.values():
        for operation in operations.values():
            yield from operation["tags"]


def _reached(start: Any, schemas: Json) -> Iterator[str]:
    """The schemas that are referred to, directly or by one another."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        text = orjson.dumps(ahead.pop()).decode()
        for name in set(re.findall(rf'"{_REFERENCE}([^"]+)"', text)) - seen:
            seen.add(name)
            yield name
            ahead.append(schemas[name])
