"""The description of all APIs as a page to read: one file, no script, nothing fetched."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

import orjson

Json = Mapping[str, Any]

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --get: #2b7de9; --post: #2a9d57;
  --put: #b7791f; --patch: #b7791f; --delete: #d64545; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; display: flex; align-items: flex-start; }
nav { position: sticky; top: 0; width: 21rem; height: 100vh; overflow-y: auto; flex: none;
  padding: 1rem; border-right: 1px solid var(--line); font-size: .85rem; }
nav a { display: block; padding: .1rem 0; color: inherit; text-decoration: none;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
nav a:hover { text-decoration: underline; }
main { padding: 1rem 2rem 6rem; max-width: 60rem; min-width: 0; flex: 1; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 3rem; text-transform: capitalize; }
article { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; padding: 1rem; }
article > h3 { margin: 0 0 .25rem; font: 600 1rem/1.4 ui-monospace, monospace;
  overflow-wrap: anywhere; }
.method { display: inline-block; min-width: 4.2em; text-align: center; border-radius: .25rem;
  color: #fff; padding: 0 .4em; margin-right: .5em; font-size: .8em; }
.get { background: var(--get); } .post { background: var(--post); } .put { background: var(--put); }
.patch { background: var(--patch); } .delete { background: var(--delete); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .5rem 0; }
th, td { text-align: left; min-width: 5em; vertical-align: top; padding: .25rem .5rem .25rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
code, pre { font: .85rem/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .75rem; border-radius: .35rem; overflow-x: auto; }
summary { cursor: pointer; margin-top: .5rem; } .must { color: var(--delete); }
@media (max-width: 60rem) { body { display: block; } nav { position: static; width: auto;
  height: auto; max-height: 40vh; border-right: 0; border-bottom: 1px solid var(--line); } }
"""


def page(document: Json) -> str:
    """A whole HTML page."""
    info = document["info"]
    operations = list(_operations(document))
    tags = [tag["name"] for tag in document["tags"]]
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body><nav>",
            *(_menu(tag, operations) for tag in tags),
            f"</nav><main><h1>{escape(info['title'])} {escape(info['version'])}</h1>",
            f"<p>{escape(info['description'])}</p><p>The same as data: ",
            '<a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>',
            *(_chapter(tag, operations, document) for tag in tags),
            "</main></body></html>",
        )
    )


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _menu(tag: str, operations: Iterable[tuple[str, str, Json]]) -> str:
    links = (
        f'<a href="#{escape(operation["operationId"])}" title="{escape(path)}">'
        f"{_method(method)}{escape(operation['summary'])}</a>"
        for method, path, operation in operations
        if tag in operation["tags"]
    )
    return f"<p><strong>{escape(tag.capitalize())}</strong></p>{''.join(links)}"


def _chapter(tag: str, operations: Iterable[tuple[str, str, Json]], document: Json) -> str:
    articles = (
        _article(method, path, operation, document)
        for method, path, operation in operations
        if tag in operation["tags"]
    )
    return f"<h2>{escape(tag)}</h2>{''.join(articles)}"


def _article(method: str, path: str, operation: Json, document: Json) -> str:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return "".join(
        (
            f'<article id="{escape(operation["operationId"])}">',
            f"<h3>{_method(method)}{escape(path)}</h3>",
            f"<p>{escape(operation['summary'])}. {_inline(operation['description'])}</p>",
            _parameters(operation.get("parameters", [])),
            _body("Request body", body.get("schema"), document),
            *(_example(one["value"]) for one in body.get("examples", {}).values()),
            _answers(operation["responses"], document),
            "</article>",
        )
    )


def _parameters(parameters: Iterable[Json]) -> str:
    rows = (
        f"<tr><td><code>{escape(one['name'])}</code>{_must(one.get('required'))}</td>"
        f"<td>{escape(one['in'])}</td><td>{escape(kind(one['schema']))}</td>"
        f"<td>{escape(one.get('description', ''))}</td></tr>"
        for one in parameters
    )
    table = "".join(rows)
    return f"<table><tbody>{table}</tbody></table>" if table else ""


def _answers(responses: Json, document: Json) -> str:
    rows = (
        f"<tr><td>{escape(status)}</td><td>{escape(told['description'])}</td></tr>"
        for status, told in responses.items()
    )
    good = responses.get("200", {}).get("content", {}).get("application/json", {})
    return _body("Answer", good.get("schema"), document) + (
        f"<details><summary>Statuses</summary><table><tbody>{''.join(rows)}"
        "</tbody></table></details>"
    )


def _body(title: str, schema: Json | None, document: Json) -> str:
    fields = "".join(_fields(schema, document, ())) if schema else ""
    if not fields:
        return ""
    return f"<details><summary>{title}</summary><table><tbody>{fields}</tbody></table></details>"


def _fields(schema: Json, document: Json, above: tuple[str, ...]) -> Iterator[str]:
    """A row for each member, those of members below them."""
    whole = _resolved(schema, document)
    for name, one in whole.get("properties", {}).items():
        path = (*above, name)
        must = _must(name in whole.get("required", ()))
        yield (
            f"<tr><td><code>{escape('.'.join(path))}</code>{must}</td>"
            f"<td>{escape(kind(one))}</td><td>{escape(one.get('description', ''))}</td></tr>"
        )
        if len(path) < 4:
            yield from _fields(one, document, path)


def _resolved(schema: Json, document: Json) -> Json:
    """Behind references, lists and "or null"."""
    while True:
        if reference := schema.get("$ref"):
            schema = document["components"]["schemas"][reference.rpartition("/")[2]]
        elif "items" in schema:
            schema = schema["items"]
        elif options := [one for one in schema.get("anyOf", []) if one != {"type": "null"}]:
            schema = options[0]
        else:
            return schema


def kind(schema: Json) -> str:
    """What a value may be, in a few words."""
    if reference := schema.get("$ref"):
        return str(reference.rpartition(".")[2])
    if "const" in schema:
        return orjson.dumps(schema["const"]).decode()
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    for together in ("anyOf", "oneOf", "allOf"):
        if together in schema:
            return " | ".join(dict.fromkeys(kind(one) for one in schema[together]))
    if "items" in schema:
        return f"list of {kind(schema['items'])}"
    told = str(schema.get("format") or schema.get("type") or "anything")
    return f"{told}{_limits(schema)}"


def _limits(schema: Json) -> str:
    for low, high, unit in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
    ):
        if low in schema and high in schema:
            return f", {schema[low]:g} to {schema[high]:g}{unit}"
        if high in schema:
            return f", at most {schema[high]:g}{unit}"
    return ""


def _example(value: Any) -> str:
    shown = escape(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
    return f"<details><summary>Example</summary><pre>{shown}</pre></details>"


def _method(method: str) -> str:
    return f'<span class="method {method}">{method.upper()}</span>'


def _must(required: Any) -> str:
    return ' <span class="must" title="required">*</span>' if required else ""


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
