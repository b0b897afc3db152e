"""What a contact file can hold, and what makes it invalid.

A file that the receiver would refuse as a whole is refused when its exporter is written, and
again before a run makes it. A row that does not fit is rejected by itself.
"""

from collections.abc import Iterable, Sequence

from campaigns.domain.errors import Invalid
from campaigns.domain.exporter import Encoding, Exporter, FileFormat, Quote
from campaigns.domain.facts import is_phone
from campaigns.domain.presets import limits_of

TOO_LONG = "value_too_long"
UNWRITABLE = "unwritable_value"
REPLACED = "letters_replaced"
"""Not a reject: the row was exported, with letters in place of those its encoding lacks."""


class FileRefused(Invalid):
    code = "file_refused"


class CellRefused(Exception):
    """`column` is the place of the column whose cell does not fit, and `why` what is wrong."""

    def __init__(self, reason: str, column: int, why: str) -> None:
        super().__init__(why)
        self.reason = reason
        self.column = column
        self.why = why


def check_file(exporter: Exporter) -> None:
    """Raises FileRefused, naming the setting and the column."""
    form, limits = exporter.format, limits_of(exporter)
    if not _fits(form.delimiter, form.encoding):
        raise FileRefused(f"cannot be written in {form.encoding}", field="format.delimiter")
    _check_text("nullText", form.null_text, "format.nullText", form)
    most, asked = limits.rows, form.max_rows_per_file
    if most is not None and (asked is None or asked > most):
        raise FileRefused(
            f"{exporter.preset} takes at most {most} rows a file",
            field="format.maxRowsPerFile",
        )
    if limits.columns is not None and len(exporter.columns) > limits.columns:
        raise FileRefused(
            f"{exporter.preset} takes at most {limits.columns} columns, not"
            f" {len(exporter.columns)}: column {exporter.columns[limits.columns].output_name!r}"
            " is one too many",
            field="columnSettings",
        )
    _check_phones(exporter)
    _check_columns(exporter)


def _check_phones(exporter: Exporter) -> None:
    allowed = limits_of(exporter).phones
    if allowed is None:
        return
    least, most = allowed
    phones = [one.output_name for one in exporter.columns if one.field and is_phone(one.field)]
    if len(phones) < least:
        raise FileRefused(
            f"{exporter.preset} needs at least {least} column with a phone", field="columnSettings"
        )
    if len(phones) > most:
        raise FileRefused(
            f"{exporter.preset} takes at most {most} columns with a phone, not {len(phones)}:"
            f" column {phones[most]!r} is one too many",
            field="columnSettings",
        )


def _check_columns(exporter: Exporter) -> None:
    form, limits = exporter.format, limits_of(exporter)
    seen: set[str] = set()
    for place, column in enumerate(exporter.columns):
        name, at = column.output_name, f"columnSettings.{place}"
        if form.header:
            _check_text(f"the name of column {name!r}", name, f"{at}.outputName", form)
            wrong = (
                "is blank"
                if not name.strip()
                else "comes twice"
                if name in seen
                else f"is longer than {limits.header} characters, which {exporter.preset} does not"
                " take"
                if limits.header is not None and len(name) > limits.header
                else None
            )
            if wrong:
                raise FileRefused(f"the name of column {name!r} {wrong}", field=f"{at}.outputName")
            seen.add(name)
        if column.const is not None:
            _check_text(f"the constant of column {name!r}", column.const, f"{at}.const", form)
            if limits.value is not None and len(column.const) > limits.value:
                raise FileRefused(
                    f"the constant of column {name!r} is longer than {limits.value} characters",
                    field=f"{at}.const",
                )


def _check_text(what: str, text: str, field: str, form: FileFormat) -> None:
    if not _fits(text, form.encoding):
        raise FileRefused(f"{what} cannot be written in {form.encoding}", field=field)
    if form.quote is Quote.NONE and _breaks_the_line(text, form.delimiter):
        raise FileRefused(
            f"{what} holds a delimiter or a line end, which cannot be written without quotes",
            field=field,
        )


class Cells:
    """Makes the cells of a line fit the file. Where every cell fits, nothing is looked at."""

    def __init__(self, exporter: Exporter) -> None:
        form = exporter.format
        self._delimiter = form.delimiter if form.quote is Quote.NONE else None
        self._encoding = None if form.encoding.writes_everything else form.encoding
        self._longest = limits_of(exporter).value
        self.takes_everything = (
            self._delimiter is None and self._encoding is None and self._longest is None
        )

    def fitted(self, cells: Sequence[str]) -> tuple[Sequence[str], list[int]]:
        """The cells as they are written, and the columns that lost letters. Raises CellRefused."""
        lost: list[int] = []
        if self._encoding is not None and not "".join(cells).isascii():
            cells, lost = self._replaced(cells, self._encoding)
        if self._longest is not None:
            for place, cell in enumerate(cells):
                if len(cell) > self._longest:
                    raise CellRefused(
                        TOO_LONG, place, f"{len(cell)} characters, at most {self._longest}"
                    )
        if self._delimiter is not None:
            self._check_without_quotes(cells, self._delimiter)
        return cells, lost

    def _replaced(self, cells: Iterable[str], encoding: Encoding) -> tuple[list[str], list[int]]:
        made: list[str] = []
        lost: list[int] = []
        for place, cell in enumerate(cells):
            if _fits(cell, encoding):
                made.append(cell)
            else:
                made.append(_spelled_in(cell, encoding))
                lost.append(place)
        return made, lost

    def _check_without_quotes(self, cells: Sequence[str], delimiter: str) -> None:
        for place, cell in enumerate(cells):
            if _breaks_the_line(cell, delimiter):
                raise CellRefused(UNWRITABLE, place, "a delimiter or a line end, without quotes")
        if len(cells) == 1 and not cells[0]:
            raise CellRefused(UNWRITABLE, 0, "an empty line")


def _breaks_the_line(text: str, delimiter: str) -> bool:
    return delimiter in text or "\n" in text or "\r" in text


def _fits(text: str, encoding: Encoding) -> bool:
    if encoding.writes_everything or text.isascii():
        return True
    try:
        text.encode(encoding.codec)
    except UnicodeEncodeError:
        return False
    return True


def _spelled_in(text: str, encoding: Encoding) -> str:
    """With the nearest Latin letters in place of those that the encoding lacks."""
    from anyascii import anyascii

    if encoding is Encoding.ASCII:
        return anyascii(text)
    return "".join(one if _fits(one, encoding) else anyascii(one) for one in text)
