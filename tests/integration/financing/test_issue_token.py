import base64
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest

from campaigns import wiring
from campaigns.domain.api_key import digest_of
from tests.integration.financing.shop import TOKEN, Shop
from tests.integration.lender import Answer, Lender


@pytest.fixture
def shop(lender: Lender) -> Shop:
    return Shop.of(lender)


def basic(client_id: str, secret: str) -> str:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def ask(lender: Lender, text: str, **headers: str | None) -> Answer:
    return lender.call(
        TOKEN,
        text=text,
        headers={"x-api-key": None, **{k.replace("_", "-"): v for k, v in headers.items()}},
    )


def test_a_token_is_good_for_an_hour_and_kept_by_digest_only(shop: Shop) -> None:
    answer = shop.ask_token()
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    token = answer.body.pop("access_token")
    assert answer.body == {"token_type": "Bearer", "expires_in": 3600, "scope": "financing:read"}
    kept = wiring.access().find_key(digest_of(token))
    assert kept is not None
    assert token not in repr(kept)
    assert (kept.company_id, kept.client_id) == (shop.lender.id, shop.client_id)
    assert kept.expires_at is not None
    assert (kept.expires_at - kept.created_at).total_seconds() == 3600


def test_every_token_is_another(shop: Shop) -> None:
    assert len({shop.token() for _ in range(3)}) == 3


def test_the_client_may_say_who_it_is_by_http_basic(lender: Lender, shop: Shop) -> None:
    form = "grant_type=client_credentials"
    header = basic(shop.client_id, shop.secret)
    for text in (form, f"{form}&client_id={shop.client_id}", f"{form}&scope=anything"):
        answer = ask(lender, text, authorization=header)
        assert answer.status == 200, answer.body
    assert ask(lender, form, authorization=header.replace("Basic", "bAsIc")).status == 200


def test_a_field_without_a_value_counts_as_left_out(shop: Shop) -> None:
    assert shop.ask_token(scope="").status == 200
    assert shop.ask_token(grant_type="").body["error"] == "invalid_request"


@pytest.mark.parametrize("kind", [None, "application/x-www-form-urlencoded; charset=UTF-8"])
def test_the_type_may_be_left_out_or_name_its_charset(shop: Shop, kind: str | None) -> None:
    text = urlencode(
        {
            "grant_type": "client_credentials",
            "client_id": shop.client_id,
            "client_secret": shop.secret,
        }
    )
    assert ask(shop.lender, text, content_type=kind).status == 200
    encoded = base64.b64encode(text.encode()).decode()
    answer = shop.lender.call(TOKEN, encoded=encoded, headers={"content-type": kind})
    assert answer.status == 200


def is_refused(answer: Answer, status: int, error: str) -> None:
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    assert answer.body.keys() == {"error", "error_description"}
    assert answer.body["error"] == error
    assert answer.headers.get("www-authenticate", "").startswith("Basic ") == (status == 401)
    allowed = set(map(chr, range(0x20, 0x7F))) - {'"', "\\"}
    assert set(answer.body["error_description"]) <= allowed


def test_whoever_is_not_a_good_client_is_told_no_more_than_that(
    lender: Lender, shop: Shop, stranger: Lender
) -> None:
    gone = Shop.of(lender)
    lender.call("management/revoke_financing_client", ids={"clientId": gone.client_id})
    said = set()
    for but in (
        {"client_secret": "fs_wrong"},
        {"client_secret": shop.secret + "x"},
        {"client_id": "x"},
        {"client_id": "018f4e9a-0000-7000-8000-0000000000aa"},
        {"client_id": Shop.of(stranger).client_id},
        {"client_id": lender.id},
        {"client_secret": ""},
        {"client_id": ""},
        {"client_id": gone.client_id, "client_secret": gone.secret},
        {"client_secret": "ü" * 100_000},
    ):
        answer = shop.ask_token(**but)
        is_refused(answer, 401, "invalid_client")
        said.add(answer.body["error_description"])
    assert len(said) == 1


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic &&&",
        "Basic YQ",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(b"%ff:%ff").decode(),
        "Bearer sk_live_x",
        "Digest x",
    ],
)
def test_an_authorization_that_cannot_be_read_is_no_good_client(
    lender: Lender, header: str
) -> None:
    is_refused(
        ask(lender, "grant_type=client_credentials", authorization=header), 401, "invalid_client"
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "invalid_request"),
        ("client_id=a&client_secret=b", "invalid_request"),
        ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
        ("grant_type=authorization_code", "unsupported_grant_type"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&client_id=a&client_id=b", "invalid_request"),
        ("grant_type=client_credentials&client_id=%ff", "invalid_request"),
        ("&".join(f"a{number}=b" for number in range(200)), "invalid_request"),
        ('{"grant_type": "client_credentials"}', "invalid_request"),
    ],
    ids=lambda text: text[:30],
)
def test_a_request_that_is_not_one_is_400(lender: Lender, text: str, error: str) -> None:
    is_refused(ask(lender, text), 400, error)


def test_a_secret_that_is_sent_twice_over_is_400(lender: Lender, shop: Shop) -> None:
    text = f"grant_type=client_credentials&client_secret={shop.secret}"
    answer = ask(lender, text, authorization=basic(shop.client_id, shop.secret))
    is_refused(answer, 400, "invalid_request")


def test_json_is_not_a_form(lender: Lender) -> None:
    answer = ask(lender, '{"grant_type": "client_credentials"}', content_type="application/json")
    is_refused(answer, 400, "invalid_request")
    assert "x-www-form-urlencoded" in answer.body["error_description"]


def test_a_body_that_is_too_large_or_no_text_is_refused(lender: Lender) -> None:
    is_refused(ask(lender, "grant_type=" + "x" * 1_000_000), 413, "invalid_request")
    for encoded in (base64.b64encode(b"grant_type=\xff").decode(), "&&&"):
        answer = lender.call(TOKEN, encoded=encoded, headers={})
        is_refused(answer, 400, "invalid_request")


def test_a_store_that_fails_is_500_without_detail(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise KeyError("table of secrets")

    monkeypatch.setattr(wiring.financing_clients(), "company_of", broken)
    answer = shop.ask_token()
    is_refused(answer, 500, "server_error")
    assert "table" not in answer.body["error_description"]
