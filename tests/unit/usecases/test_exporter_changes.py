"""What a preset fills, what stays chosen, and what makes a file invalid."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.channel import Channel
from campaigns.domain.customer import ContactType
from campaigns.domain.exporter import (
    Column,
    Compliance,
    Criteria,
    Direction,
    Encoding,
    Exporter,
    FileFormat,
    Lists,
    PhoneFormat,
    Quote,
    Rows,
    SortKey,
    UnknownField,
)
from campaigns.domain.file_limits import CellRefused, Cells, FileRefused, check_file
from campaigns.domain.phones import UnknownCountry
from campaigns.domain.presets import PRESETS, SETTINGS, settings_of
from campaigns.usecases.campaign_changes import FieldRefused
from campaigns.usecases.exporter_changes import changed
from tests.builders import COMPANY, NOON, a_phone, an_email, an_id, columns

GENESYS, FIVE9, VICIDIAL = "genesys-wide-v1", "five9-list-v1", "vicidial-standard-v1"
BLANK = Exporter(id=an_id(), company_id=COMPANY, name="", created_at=NOON, updated_at=NOON)
ONE_COLUMN = columns("person.id")


def made(**changes: Any) -> Exporter:
    """`format__x` is the setting x of the file's format."""
    return changed(BLANK, dotted(changes), is_new=True)


def dotted(changes: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("__", "."): value for name, value in changes.items()}


def patched(exporter: Exporter, **changes: Any) -> Exporter:
    return changed(exporter, dotted(changes))


# Presets, as the receivers document them

HEADERS = {
    GENESYS: "contact_id,account_number,loan_id,first_name,last_name,phone_mobile,phone_home,"
    "phone_work,email,zip,state,time_zone,callable_from_utc,callable_until_utc,days_past_due,"
    "amount_past_due,next_due_date,language,attempts_left_7d,campaign,run_id,expires_at",
    FIVE9: "number1,number2,number3,first_name,last_name,company,street,city,state,zip,email,"
    "account_number,amount_due,days_past_due,time_to_call,priority",
    VICIDIAL: "vendor_lead_code,source_id,list_id,phone_code,phone_number,title,first_name,"
    "middle_initial,last_name,address1,address2,address3,city,state,province,postal_code,"
    "country_code,gender,date_of_birth,alt_phone,email,security_phrase,comments",
    "suppression-v1": "phone,reason,effective_at,source_run",
    "cisco-uccx-v1": "Account Number,First Name,Last Name,Phone1,Phone2,Phone3,Dial Time",
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_the_columns_that_its_receiver_asks_for(name: str) -> None:
    exporter = made(preset=name)
    assert ",".join(one.output_name for one in exporter.columns) == HEADERS[name]
    assert exporter.preset == name
    assert exporter.chosen == frozenset()


@pytest.mark.parametrize(
    ("name", "form", "rows", "phones"),
    [
        (GENESYS, {"max_rows_per_file": 1_000_000}, Rows.WIDE, PhoneFormat.E164),
        (FIVE9, {"quote": Quote.ALL}, Rows.WIDE, PhoneFormat.NATIONAL10),
        (
            VICIDIAL,
            {
                "delimiter": "|",
                "quote": Quote.NONE,
                "header": False,
                "eol": "\n",
                "encoding": Encoding.ASCII,
            },
            Rows.LONG,
            PhoneFormat.DIGITS,
        ),
        ("suppression-v1", {}, Rows.LONG, PhoneFormat.E164),
        ("cisco-uccx-v1", {}, Rows.WIDE, PhoneFormat.NATIONAL10),
    ],
)
def test_a_preset_fixes_the_form(
    name: str, form: dict[str, Any], rows: Rows, phones: PhoneFormat
) -> None:
    exporter = made(preset=name)
    assert exporter.format == FileFormat(**form)
    assert (exporter.rows, exporter.phone_format) == (rows, phones)
    assert exporter.contact_types == {ContactType.PHONE}


def test_a_preset_sets_only_what_there_is_to_set() -> None:
    for preset in PRESETS.values():
        assert preset.settings.keys() <= SETTINGS


# What is chosen stays


def test_what_is_sent_overrides_the_preset() -> None:
    exporter = made(preset=VICIDIAL, format__header=True, rows=Rows.BEST)
    assert (exporter.format.header, exporter.rows) == (True, Rows.BEST)
    assert exporter.format.delimiter == "|"
    assert exporter.chosen == {"format.header", "rows"}


def test_what_was_chosen_stays_when_the_preset_changes_and_the_rest_follows() -> None:
    exporter = made(preset=FIVE9, format__delimiter=";", max_phones=2)
    other = patched(exporter, preset=VICIDIAL)
    assert (other.format.delimiter, other.max_phones) == (";", 2)
    assert (other.format.quote, other.rows, other.format.header) == (Quote.NONE, Rows.LONG, False)
    assert ",".join(one.output_name for one in other.columns) == HEADERS[VICIDIAL]
    assert patched(other, preset=FIVE9) == exporter


def test_a_choice_that_agrees_with_the_preset_is_a_choice_when_it_is_made_with_it() -> None:
    exporter = made(preset=FIVE9, format__header=True)
    assert patched(exporter, preset=VICIDIAL).format.header is True


def test_to_send_back_what_is_shown_is_no_choice() -> None:
    exporter = made(preset=FIVE9, format__delimiter=";")
    echoed = changed(exporter, {**settings_of(exporter), "preset": FIVE9})
    assert echoed == exporter


def test_what_is_sent_together_with_another_preset_overrides_it() -> None:
    exporter = made(preset=FIVE9)
    assert patched(exporter, preset=VICIDIAL, rows=Rows.WIDE).rows is Rows.WIDE
    assert patched(exporter, preset=VICIDIAL).rows is Rows.LONG


def test_null_gives_a_setting_back_to_the_preset() -> None:
    exporter = made(preset=VICIDIAL, format__header=True, columns=ONE_COLUMN)
    given_back = patched(exporter, format__header=None, columns=None)
    assert given_back == made(preset=VICIDIAL)


def test_without_its_preset_an_exporter_keeps_what_was_chosen_and_nothing_else() -> None:
    exporter = made(preset=VICIDIAL, columns=ONE_COLUMN, format__delimiter=";")
    plain = patched(exporter, preset=None)
    assert plain.format == FileFormat(delimiter=";")
    assert (plain.columns, plain.rows, plain.preset) == (ONE_COLUMN, Rows.BEST, None)
    with pytest.raises(FieldRefused) as refused:
        patched(made(preset=VICIDIAL), preset=None)
    assert refused.value.field == "columnSettings"


def test_a_preset_for_an_exporter_that_has_none_keeps_what_it_has() -> None:
    exporter = made(columns=ONE_COLUMN, format__null_text="-")
    filled = patched(exporter, preset=FIVE9)
    assert filled.columns == ONE_COLUMN
    assert filled.format == FileFormat(quote=Quote.ALL, null_text="-")
    # Also when nobody noted that it was chosen.
    kept = replace(exporter, chosen=frozenset())
    assert patched(kept, preset=FIVE9).columns == ONE_COLUMN


def test_a_change_of_something_else_changes_nothing_else() -> None:
    exporter = made(preset=GENESYS, format__delimiter=";")
    assert patched(exporter, name="Other") == replace(exporter, name="Other")


def test_criteria_that_name_no_type_keep_to_the_phones_of_a_dialer() -> None:
    exporter = made(preset=FIVE9, criteria=Criteria(label=frozenset({"mobile"})))
    assert exporter.criteria == Criteria(
        label=frozenset({"mobile"}), contact_type=frozenset({"phone"})
    )
    mail = Criteria(contact_type=frozenset({"email"}))
    assert made(preset=FIVE9, criteria=mail).criteria == mail


CHOICES: dict[str, st.SearchStrategy[Any]] = {
    "format.delimiter": st.sampled_from([",", "|", ";", "\t", None]),
    "format.header": st.sampled_from([True, False, None]),
    "format.eol": st.sampled_from(["\n", "\r\n", None]),
    "rows": st.sampled_from([*Rows, None]),
    "max_phones": st.sampled_from([1, 3, 10, None]),
    "phone_format": st.sampled_from([*PhoneFormat, None]),
}
CHANGE = st.tuples(st.sampled_from([*PRESETS, None]), st.fixed_dictionaries({}, optional=CHOICES))


@given(st.lists(CHANGE, min_size=1, max_size=6))
def test_what_is_in_effect_is_the_choice_else_the_preset_else_the_default(
    changes: list[tuple[str | None, dict[str, Any]]],
) -> None:
    exporter = made(columns=columns("contact.phone"))
    for preset, settings in changes:
        exporter = changed(exporter, {**settings, "preset": preset})
    known = PRESETS.get(exporter.preset or "")
    told = settings_of(BLANK) | (dict(known.settings) if known else {})
    for name, value in settings_of(exporter).items():
        if name not in exporter.chosen and name != "criteria":
            assert value == told[name]
    last = changes[-1][1]
    for name, value in last.items():
        if value is not None:
            assert settings_of(exporter)[name] == value


# What is refused


def refused_field(kind: type[Exception] = FileRefused, **changes: Any) -> str | None:
    with pytest.raises(kind) as refused:
        made(**{"columns": ONE_COLUMN, **changes})
    return getattr(refused.value, "field", None)


def named(count: int, path: str = "run.id") -> tuple[Column, ...]:
    return tuple(Column(output_name=f"c{n}", field=path) for n in range(count))


PHONE = Column(output_name="phone", field="contact.phone")


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ((PHONE, *named(50)), "columnSettings", "'c49' is one too many"),
        (named(3), "columnSettings", "at least 1 column with a phone"),
        (named(11, "contact.phone1"), "columnSettings", "'c10' is one too many"),
        ((PHONE, replace(PHONE, output_name="x" * 129)), "columnSettings.1.outputName", "128"),
        ((PHONE, PHONE), "columnSettings.1.outputName", "'phone' comes twice"),
        ((PHONE, replace(PHONE, output_name=" ")), "columnSettings.1.outputName", "is blank"),
        ((PHONE, Column(output_name="c", const="x" * 513)), "columnSettings.1.const", "'c'"),
    ],
    ids=str,
)
def test_what_the_receiver_would_refuse_is_refused_naming_the_column(
    given: tuple[Column, ...], field: str, says: str
) -> None:
    with pytest.raises(FileRefused, match=says) as refused:
        made(preset=GENESYS, columns=given)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("name", "says"), [("phone", "'phone' comes twice"), ("", "'' is blank"), (" ", "' ' is blank")]
)
@pytest.mark.parametrize("preset", [None, *PRESETS])
def test_a_header_that_names_no_column_or_two_is_refused(
    preset: str | None, name: str, says: str
) -> None:
    both = (PHONE, Column(output_name=name, field="run.id"))
    with pytest.raises(FileRefused, match=says) as refused:
        made(preset=preset, columns=both, format__header=True)
    assert refused.value.field == "columnSettings.1.outputName"
    assert made(preset=preset, columns=both, format__header=False).columns == both


def test_just_within_the_limits_is_fine() -> None:
    most = (
        *named(10, "contact.phone1"),
        Column(output_name="x" * 128, const="x" * 512),
        *(Column(output_name=f"n{n}", field="run.id") for n in range(39)),
    )
    assert len(made(preset=GENESYS, columns=most).columns) == 50
    assert made(preset=GENESYS, format__max_rows_per_file=5).format.max_rows_per_file == 5


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"preset": GENESYS, "columns": None, "format__max_rows_per_file": 1_000_001}, "R"),
        ({"format__encoding": Encoding.ASCII, "format__delimiter": "§"}, "format.delimiter"),
        ({"format__encoding": Encoding.ASCII, "format__null_text": "–"}, "format.nullText"),  # noqa: RUF001
        ({"format__quote": Quote.NONE, "format__null_text": "a,b"}, "format.nullText"),
        (
            {"format__quote": Quote.NONE, "columns": (Column(output_name="a,b", field="run.id"),)},
            "columnSettings.0.outputName",
        ),
        (
            {"format__quote": Quote.NONE, "columns": (Column(output_name="a", const="\n"),)},
            "columnSettings.0.const",
        ),
        (
            {
                "format__encoding": Encoding.LATIN_1,
                "columns": (Column(output_name="漢", field="run.id"),),
            },
            "columnSettings.0.outputName",
        ),
    ],
)
def test_what_the_file_cannot_hold_is_refused(changes: dict[str, Any], field: str) -> None:
    assert refused_field(**changes) == ("format.maxRowsPerFile" if field == "R" else field)


def test_a_name_that_is_not_written_needs_not_be_writable() -> None:
    column = Column(output_name="a,b", field="run.id")
    made(columns=(column,), format__quote=Quote.NONE, format__header=False)


def test_a_preset_a_country_and_a_key_have_to_exist() -> None:
    assert refused_field(FieldRefused, preset="genesys-wide-v9") == "format.preset"
    assert refused_field(UnknownCountry, phone_country="XX") == "phone.defaultCountry"
    order = (SortKey(by="run.id"), SortKey(by="person.shoe", direction=Direction.DESCENDING))
    assert refused_field(UnknownField, order=order) == "order.1.by"


def test_a_contact_that_the_channel_cannot_use_is_refused() -> None:
    by_mail = Compliance(channel=Channel.EMAIL, subject="freeForm")
    assert refused_field(FieldRefused, preset=FIVE9, compliance=by_mail) == (
        "checkCompliance.channel"
    )


def test_an_exporter_that_was_kept_under_other_rules_is_checked_again() -> None:
    kept = replace(made(preset=GENESYS), columns=(PHONE, PHONE))
    with pytest.raises(FileRefused):
        check_file(kept)


# The channel


@pytest.mark.parametrize(
    ("channel", "type"),
    [
        (Channel.CALL, ContactType.PHONE),
        (Channel.TEXT, ContactType.PHONE),
        (Channel.VOICE, ContactType.PHONE),
        (Channel.EMAIL, ContactType.EMAIL),
        (Channel.MAIL, ContactType.ADDRESS),
    ],
)
def test_a_channel_reaches_one_type_of_contact(channel: Channel, type: ContactType) -> None:
    exporter = made(columns=ONE_COLUMN, compliance=Compliance(channel=channel, subject="x"))
    assert exporter.contact_types == {type}
    contacts = (a_phone(), an_email())
    assert {one.type for one in exporter.reachable(contacts)} == {type} - {ContactType.ADDRESS}


def test_a_list_of_those_who_must_not_be_called_has_the_opted_out_but_nothing_invalid() -> None:
    exporter = made(preset="suppression-v1")
    assert exporter.lists is Lists.SUPPRESSED
    out, bad = a_phone(status="optedOut"), a_phone("555-CALL", status="invalid")
    assert exporter.reachable((out, bad, a_phone(), an_email())) == (out, a_phone())


# Cells

TEXT = st.text(st.characters(codec="utf-8"))
LACKING = [Encoding.ASCII, Encoding.LATIN_1, Encoding.WINDOWS_1252]


@given(st.lists(TEXT, min_size=1, max_size=4), st.sampled_from(LACKING))
def test_a_cell_loses_no_letter_that_its_encoding_has(cells: list[str], encoding: Encoding) -> None:
    fitted, lost = Cells(made(columns=ONE_COLUMN, format__encoding=encoding)).fitted(cells)
    for place, (was, now) in enumerate(zip(cells, fitted, strict=True)):
        now.encode(encoding.codec)
        assert (place in lost) == (was != now)


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        (Encoding.ASCII, "Muller - EUR 5 :grinning:"),
        (Encoding.LATIN_1, "Müller - EUR 5 :grinning:"),
        (Encoding.WINDOWS_1252, "Müller – € 5 :grinning:"),  # noqa: RUF001
        (Encoding.UTF_8, "Müller – € 5 😀"),  # noqa: RUF001
    ],
)
def test_letters_that_an_encoding_lacks_are_spelled(encoding: Encoding, written: str) -> None:
    cells = Cells(made(columns=ONE_COLUMN, format__encoding=encoding))
    assert cells.fitted(["Müller – € 5 😀"])[0] == [written]  # noqa: RUF001


def test_a_value_that_is_too_long_names_its_column() -> None:
    cells = Cells(made(preset=GENESYS))
    assert cells.fitted(["x" * 512, "y"]) == (["x" * 512, "y"], [])
    with pytest.raises(CellRefused, match="513 characters, at most 512") as refused:
        cells.fitted(["y", "x" * 513])
    assert (refused.value.column, refused.value.reason) == (1, "value_too_long")


@pytest.mark.parametrize(("cells", "column"), [(["a", "b|"], 1), (["\n", "b"], 0), (["\r", ""], 0)])
def test_a_cell_that_breaks_its_line_cannot_be_written_without_quotes(
    cells: list[str], column: int
) -> None:
    with pytest.raises(CellRefused) as refused:
        Cells(made(preset=VICIDIAL)).fitted(cells)
    assert (refused.value.column, refused.value.reason) == (column, "unwritable_value")


def test_letters_are_spelled_before_it_is_looked_at_what_they_became() -> None:
    piped = Cells(made(preset=VICIDIAL))
    with pytest.raises(CellRefused):
        piped.fitted(["full-width ｜"])  # noqa: RUF001


def test_a_file_that_takes_everything_is_not_looked_at() -> None:
    assert Cells(made(columns=ONE_COLUMN)).takes_everything
    assert Cells(made(preset=FIVE9)).takes_everything
    assert not Cells(made(preset=VICIDIAL)).takes_everything
