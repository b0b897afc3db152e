"""Query URLs, cells and ids."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.errors import DomainError, Invalid, Unavailable
from campaigns.domain.query import (
    KeyRefused,
    NotRedash,
    QueryAddress,
    QueryHostUntrusted,
    QueryRefused,
    QuerySourceGone,
    QueryTimedOut,
    QueryUnavailable,
    QueryUrlInvalid,
    parse_query_url,
    text_of,
)


def parsed(text: str) -> QueryAddress:
    return parse_query_url(text, allow_http=False)


@pytest.mark.parametrize(
    ("text", "base_url", "query_id"),
    [
        ("https://redash.example.com/queries/42", "https://redash.example.com", 42),
        ("https://redash.example.com/queries/42/", "https://redash.example.com", 42),
        ("https://redash.example.com/queries/42/source", "https://redash.example.com", 42),
        ("https://redash.example.com/queries/42/source#9", "https://redash.example.com", 42),
        ("https://redash.example.com:8443/queries/7", "https://redash.example.com:8443", 7),
        ("https://redash.example.com:443/queries/7", "https://redash.example.com", 7),
        ("https://redash.example.com/acme/queries/7", "https://redash.example.com/acme", 7),
        ("HTTPS://Redash.Example.COM/queries/7", "https://redash.example.com", 7),
        ("https://redash.example.com./queries/7", "https://redash.example.com", 7),
        ("https://bücher.example/queries/7", "https://xn--bcher-kva.example", 7),
        ("https://[2606:4700::1111]:8443/queries/7", "https://[2606:4700::1111]:8443", 7),
        ("https://93.184.216.34/queries/7", "https://93.184.216.34", 7),
        ("https://redash.example.com/queries/007", "https://redash.example.com", 7),
    ],
)
def test_a_query_url_names_the_server_and_the_query(
    text: str, base_url: str, query_id: int
) -> None:
    address = parsed(text)
    assert (address.base_url, address.query_id) == (base_url, query_id)
    assert parsed(address.canonical) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "queries/42",
        "//redash.example.com/queries/42",
        "ftp://redash.example.com/queries/42",
        "file:///queries/42",
        "http://redash.example.com/queries/42",
        "https://redash.example.com/",
        "https://redash.example.com/queries",
        "https://redash.example.com/queries/",
        "https://redash.example.com/queries/new",
        "https://redash.example.com/queries/0",
        "https://redash.example.com/queries/-1",
        "https://redash.example.com/queries/4x",
        "https://redash.example.com/queries/٤٢",
        "https://redash.example.com/queries/99999999999",
        "https://redash.example.com/a/b/queries/42",
        "https://redash.example.com/../queries/42",
        "https://redash.example.com/api/queries/42/results.json",
        "https://user:secret@redash.example.com/queries/42",
        "https://user@redash.example.com/queries/42",
        "https://@redash.example.com/queries/42",
        "https:///queries/42",
        "https://redash.example.com:0/queries/42",
        "https://redash.example.com:65536/queries/42",
        "https://redash.example.com:port/queries/42",
        "https://redash_.-example.com/queries/42",
        "https://redash..example.com/queries/42",
        "https://redash.example.com%00/queries/42",
        "https://1.2.3.4.5:port/queries/42",
        "https://[::1/queries/42",
        "https://[fe80::1%25eth0]/queries/42",
        "https://redash.example.com\\@evil.example/queries/42",
        "https://redash.example.com/queries/42\n",
        " https://redash.example.com/queries/42",
        "https://redash.exa\tmple.com/queries/42",
        "https://redash.example.com/queries/42?" + "x" * 3000,
    ],
)
def test_anything_else_is_refused_with_a_valid_form(text: str) -> None:
    with pytest.raises(
        QueryUrlInvalid, match=r"https://redash\.example\.com/queries/42"
    ) as refused:
        parsed(text)
    assert refused.value.field == "redashQueryUrl"
    assert "secret" not in str(refused.value)


def test_plain_http_is_read_where_the_deployment_allows_it() -> None:
    address = parse_query_url("http://127.0.0.1:5000/queries/1", allow_http=True)
    assert (address.scheme, address.host, address.port) == ("http", "127.0.0.1", 5000)


def test_only_query_parameters_are_kept_of_the_query_string() -> None:
    address = parsed(
        "https://redash.example.com/queries/42?p_state=CA&p_days=30&p_days=60&p_empty=&p_=x"
        "&api_key=secret&p_name=O%27Brien+%26+Co#12"
    )
    assert address.parameters == {"state": "CA", "days": "60", "empty": "", "name": "O'Brien & Co"}
    assert address.canonical == "https://redash.example.com/queries/42"


def test_stored_parameters_win_over_those_of_the_url() -> None:
    address = parsed("https://redash.example.com/queries/42?p_state=CA&p_days=30")
    assert address.with_parameters({"days": 60, "tags": ["a"]}).parameters == {
        "state": "CA",
        "days": 60,
        "tags": ["a"],
    }


def test_an_address_knows_where_to_connect() -> None:
    assert (parsed("https://[2606:4700::1111]/queries/7").host) == "2606:4700::1111"
    assert parsed("https://redash.example.com/acme/queries/7").port == 443
    assert parse_query_url("http://redash.example.com/queries/7", allow_http=True).port == 80


@given(st.text())
def test_no_text_does_more_than_be_refused(text: str) -> None:
    for prefix in ("", "https://", "https://redash.example.com/"):
        try:
            address = parsed(prefix + text)
        except QueryUrlInvalid:
            continue
        assert parsed(address.canonical).canonical == address.canonical


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (9007199254740993, "9007199254740993"),
        (-7, "-7"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (1e22, "1e+22"),
        ("", ""),
        (' a,"b"\n', ' a,"b"\n'),
        ("007", "007"),
        ([1, "é", None], '[1,"é",null]'),
        ({"a": {"b": 1.5}}, '{"a":{"b":1.5}}'),
    ],
)
def test_a_cell_becomes_the_text_that_came_back(value: Any, text: str) -> None:
    assert text_of(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_a_number_in_a_file_is_the_number_in_the_result(value: float) -> None:
    assert json.loads(text_of(value)) == value


ADDRESS = QueryAddress("https://redash.example.com", 42)
ERRORS: list[DomainError] = [
    QueryUrlInvalid("no"),
    QueryRefused(ADDRESS, "column x does not exist"),
    KeyRefused(ADDRESS),
    QuerySourceGone(ADDRESS),
    NotRedash(ADDRESS, "a web page"),
    QueryHostUntrusted(ADDRESS, "expired"),
    QueryTimedOut(ADDRESS),
    QueryUnavailable(ADDRESS, "it answered 503"),
]


def test_only_what_may_pass_by_itself_is_worth_another_try() -> None:
    assert [type(e) for e in ERRORS if isinstance(e, Unavailable)] == [QueryUnavailable]
    assert all(isinstance(e, Invalid | Unavailable) for e in ERRORS)
    assert len({e.code for e in ERRORS}) == len(ERRORS)


def test_the_reason_of_a_database_is_kept_readable() -> None:
    text = str(QueryRefused(ADDRESS, "line 1\n  LINE 2: " + "x" * 2000))
    assert "line 1 LINE 2" in text
    assert len(text) < 700
