"""A small part of Jinja: variables, the filters `amount` and `date`, and if with else.

What may stand in a template is a list of what is allowed, read off its syntax tree before
anything is compiled: no attributes, no subscripts, no calls, no loops, no arithmetic. So a
template sees its variables and nothing else, and what it makes is no longer than its source and
its values together. The sandbox is a second wall behind that one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from campaigns.adapters.rendering import locales
from campaigns.adapters.rendering.html_places import MARKS, check_places, mark
from campaigns.domain.rendering import Inspection
from campaigns.domain.template import (
    MissingVariable,
    RenderingFailed,
    SyntaxRefused,
    UndeclaredVariable,
)
from campaigns.domain.variables import Amount, Types, Value, VariableType

if TYPE_CHECKING:
    from jinja2 import Environment, Template, nodes

LONGEST_SOURCE = 100_000
MOST_NODES = 2_000
DEEPEST = 10
LONGEST_TEXT = 500_000

_ORDERED = frozenset({"lt", "lteq", "gt", "gteq"})
_EQUAL = frozenset({"eq", "ne"})


class JinjaRenderer:
    def inspect(self, source: str, types: Types, *, html: bool, field: str) -> Inspection:
        if len(source) > LONGEST_SOURCE:
            raise SyntaxRefused(f"is longer than {LONGEST_SOURCE} characters", field=field)
        if any((one < " " and one not in "\n\r\t") or one in MARKS for one in source):
            raise SyntaxRefused("has a character that no text has", field=field)
        reading = _Reading(types, field)
        reading.template(_parsed(source, field))
        if html:
            reading.check_html()
        return Inspection(frozenset(reading.used), frozenset(reading.certain))

    def render(self, source: str, values: Mapping[str, Value], *, html: bool, locale: str) -> str:
        template = _compiled(source, html, locale)
        from jinja2 import UndefinedError

        for name in _used(source):
            if name not in values or values[name] == "":
                raise MissingVariable(name)
        try:
            text = template.render(values)
        except UndefinedError as undefined:
            raise RenderingFailed(str(undefined)) from None
        except Exception:
            # Whatever it is, what it says may show a value.
            raise RenderingFailed("the template cannot be filled in with these values") from None
        if len(text) > LONGEST_TEXT:
            raise RenderingFailed(f"it becomes longer than {LONGEST_TEXT} characters")
        return text


@dataclass
class _Reading:
    """What is found on the way through a template's tree."""

    types: Types
    where: str
    used: set[str] = field(default_factory=set)
    certain: set[str] = field(default_factory=set)
    """Shown whatever the row says."""
    pieces: list[str] = field(default_factory=list)
    """The text, with a mark for each variable that is shown."""
    shown: list[tuple[str, int]] = field(default_factory=list)
    """Of each mark, its variable and line."""
    seen: int = 0

    def template(self, tree: "nodes.Template") -> None:
        for node in tree.body:
            self._statement(node, 0)

    def _statement(self, node: "nodes.Node", depth: int) -> None:
        from jinja2 import nodes

        self._count(node, depth)
        if isinstance(node, nodes.Output):
            for one in node.nodes:
                self._shown(one, depth)
        elif isinstance(node, nodes.If):
            self._test(node.test, depth + 1)
            for inner in (*node.body, *node.elif_, *node.else_):
                self._statement(inner, depth + 1)
        else:
            raise self._refused(node)

    def _shown(self, node: "nodes.Node", depth: int) -> None:
        from jinja2 import nodes

        self._count(node, depth)
        if isinstance(node, nodes.TemplateData):
            self.pieces.append(node.data)
        elif isinstance(node, nodes.Const):
            if not isinstance(node.value, str):
                raise SyntaxRefused(
                    "only a text or a variable is shown", field=self.where, line=node.lineno
                )
            self.pieces.append(node.value)
        elif isinstance(node, nodes.Name):
            self._show(node, depth)
        elif isinstance(node, nodes.Filter):
            self._filter(node, depth)
        else:
            raise self._refused(node)

    def _show(self, node: "nodes.Name", depth: int) -> None:
        self._name(node)
        if depth == 0:
            self.certain.add(node.name)
        self.pieces.append(mark(len(self.shown)))
        self.shown.append((node.name, node.lineno))

    def _filter(self, node: "nodes.Filter", depth: int) -> None:
        from jinja2 import nodes

        wanted = {"amount": VariableType.MONEY, "date": VariableType.DATE}.get(node.name)
        if wanted is None:
            message = f"there is no filter {node.name}; there are amount and date"
            raise SyntaxRefused(message, field=self.where, line=node.lineno)
        if not isinstance(node.node, nodes.Name):
            message = f"{node.name} is for a variable only"
            raise SyntaxRefused(message, field=self.where, line=node.lineno)
        self._show(node.node, depth)
        if self.types[node.node.name] is not wanted:
            message = f"{node.name} is for variables of the type {wanted}"
            raise SyntaxRefused(message, field=self.where, line=node.lineno)
        given = [one.value if isinstance(one, nodes.Const) else None for one in node.args]
        styles = locales.STYLES if node.name == "date" else ()
        odd = node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None
        if odd or len(given) > bool(styles) or any(one not in styles for one in given):
            message = f"{node.name} takes {'one of ' + ', '.join(styles) if styles else 'nothing'}"
            raise SyntaxRefused(message, field=self.where, line=node.lineno)

    def _test(self, node: "nodes.Node", depth: int) -> None:
        from jinja2 import nodes

        self._count(node, depth)
        if isinstance(node, nodes.And | nodes.Or):
            self._test(node.left, depth + 1)
            self._test(node.right, depth + 1)
        elif isinstance(node, nodes.Not):
            self._test(node.node, depth + 1)
        elif isinstance(node, nodes.Compare):
            self._compared(node)
        else:
            raise SyntaxRefused(
                "a condition compares a variable with a text or a whole number, since one without"
                " a value holds the row anyway",
                field=self.where,
                line=node.lineno,
            )

    def _compared(self, node: "nodes.Compare") -> None:
        """A number with a number, in any way; a text with a text, for being the same."""
        from jinja2 import nodes

        [other, *more] = node.ops
        if isinstance(node.expr, nodes.Name) and isinstance(other.expr, nodes.Const) and not more:
            self._name(node.expr)
            type, value = self.types[node.expr.name], other.expr.value
            whole = isinstance(value, int) and not isinstance(value, bool)
            if type.is_number and whole and other.op in _ORDERED | _EQUAL:
                return
            if type.is_text and isinstance(value, str) and other.op in _EQUAL:
                return
        message = (
            "a condition compares a variable that is a number with a whole number, or one that is"
            " a text with a text for being == or !="
        )
        raise SyntaxRefused(message, field=self.where, line=node.lineno)

    def _name(self, node: "nodes.Name") -> None:
        if node.name not in self.types:
            raise UndeclaredVariable(node.name, field=self.where, line=node.lineno)
        self.used.add(node.name)

    def _count(self, node: "nodes.Node", depth: int) -> None:
        self.seen += 1
        if self.seen > MOST_NODES:
            raise SyntaxRefused("has too many parts", field=self.where, line=node.lineno)
        if depth > DEEPEST:
            raise SyntaxRefused("is nested too deeply", field=self.where, line=node.lineno)

    def _refused(self, node: "nodes.Node") -> SyntaxRefused:
        what = type(node).__name__.lower()
        return SyntaxRefused(
            f"{what} is not taken; a template has variables, the filters amount and date, and if"
            " with else",
            field=self.where,
            line=node.lineno,
        )

    def check_html(self) -> None:
        def refuse(why: str, place: int | None) -> None:
            if place is None:
                raise SyntaxRefused(why, field=self.where)
            name, line = self.shown[place]
            raise SyntaxRefused(f"{name}: {why}", field=self.where, line=line)

        links = [self.types[name] is VariableType.LINK for name, _ in self.shown]
        check_places("".join(self.pieces), links, refuse)


def _parsed(source: str, field: str) -> "nodes.Template":
    from jinja2 import TemplateSyntaxError

    try:
        return _environment(False, "en").parse(source)
    except TemplateSyntaxError as wrong:
        message = wrong.message or "it cannot be read"
        raise SyntaxRefused(message, field=field, line=wrong.lineno) from None
    except (RecursionError, ValueError, OverflowError):
        raise SyntaxRefused("it cannot be read", field=field) from None


@lru_cache(maxsize=32)
def _environment(html: bool, locale: str) -> "Environment":
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    made = ImmutableSandboxedEnvironment(
        autoescape=html,
        undefined=StrictUndefined,
        finalize=lambda value: _spelled(value, locale),
        cache_size=0,
    )
    made.globals.clear()
    made.tests.clear()
    made.filters.clear()
    made.filters["amount"] = lambda value: locales.amount(value, locale)
    made.filters["date"] = lambda value, style=locales.DEFAULT_STYLE: locales.day(
        value, locale, style
    )
    return made


def _spelled(value: Any, locale: str) -> Any:
    known = isinstance(value, Amount | date | int)
    return locales.spelled(value, locale) if known else value


@lru_cache(maxsize=64)
def _compiled(source: str, html: bool, locale: str) -> "Template":
    return _environment(html, locale).from_string(source)


@lru_cache(maxsize=256)
def _used(source: str) -> tuple[str, ...]:
    from jinja2 import nodes

    def names(tree: "nodes.Template") -> Iterator[str]:
        yield from (node.name for node in tree.find_all(nodes.Name))

    return tuple(sorted(set(names(_parsed(source, "template")))))
