"""Where variables stand in a piece of HTML, and whether they may.

Escaping makes a value harmless in text and in a quoted attribute. It does not in a script, in a
style, in the name of a tag or an attribute, or as an address: `javascript:` needs no escaping.
"""

import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser

_OPEN, _CLOSE = "\ue000", "\ue001"
MARKS = frozenset(_OPEN + _CLOSE)
"""A source that has these itself is refused before."""
_MARK = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_QUOTED = re.compile(r"=\s*(?:\"[^\"]*\"|'[^']*')")
_FORBIDDEN = frozenset({"script", "iframe", "object", "embed", "form", "base", "svg", "math"})
_ADDRESSES = frozenset({"href", "src", "action", "formaction", "background", "poster", "cite"})
_NAMES_A_TAG = re.compile(rf"<[^<>\s]*{_OPEN}([0-9]+)")
_SCHEMES = ("https://", "mailto:", "tel:", "sms:", "cid:", "#")

Refuse = Callable[[str, int | None], None]
"""Of what is wrong, and which variable it is about, by its place; None: about none."""


def mark(place: int) -> str:
    """Stands for the variable of that place."""
    return f"{_OPEN}{place}{_CLOSE}"


def check_places(html: str, links: Sequence[bool], refuse: Refuse) -> None:
    """`html` has marks for variables; `links` tells of each whether it is an https link."""
    if html.rfind("<") > html.rfind(">"):
        refuse("it ends within a tag; a < in the text is written &lt;", None)
    if (named := _NAMES_A_TAG.search(html)) is not None:
        refuse("cannot name a tag", int(named[1]))
    reader = _Reader(links, refuse)
    reader.feed(html)
    reader.close()


class _Reader(HTMLParser):
    def __init__(self, links: Sequence[bool], refuse: Refuse) -> None:
        super().__init__()
        self._links = links
        self._refuse = refuse
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        if tag in _FORBIDDEN:
            self._refuse(f"<{tag}> is not taken", None)
        written = self.get_starttag_text() or ""
        bare = self._first(_QUOTED.sub("", written))
        if bare is not None:
            self._refuse("stands in a tag without quotes", bare)
        for name, value in attrs:
            self._check(name.lower(), value or "", tag)

    def _check(self, name: str, value: str, tag: str) -> None:
        if name.startswith("on"):
            self._refuse(f"the attribute {name} is not taken", None)
        within = self._first(value)
        if within is not None and (name in ("style", "srcset", "srcdoc") or tag == "meta"):
            self._refuse(f"cannot stand in {name}", within)
        if name not in _ADDRESSES:
            return
        plain = value.strip().lower()
        leading = _MARK.match(plain)
        if leading is not None:
            if not self._links[int(leading[1])]:
                self._refuse(
                    f"an address in {name} begins with it, so its type has to be link",
                    int(leading[1]),
                )
        elif not plain.startswith(_SCHEMES):
            self._refuse(f"the address in {name} has to begin with https:, mailto: or tel:", within)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._first(data) is not None and {"style", "script"} & set(self._open):
            self._refuse("cannot stand in a style", self._first(data))

    def handle_comment(self, data: str) -> None:
        if self._first(data) is not None:
            self._refuse("cannot stand in a comment", self._first(data))

    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)

    def unknown_decl(self, data: str) -> None:
        self.handle_comment(data)

    def handle_pi(self, data: str) -> None:
        self.handle_comment(data)

    @staticmethod
    def _first(text: str) -> int | None:
        found = _MARK.search(text)
        return int(found[1]) if found else None
