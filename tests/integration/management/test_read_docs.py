from tests.integration.events import sample
from tests.integration.lender import Lender, invoke


def test_the_page_is_served_to_anybody_and_may_fetch_nothing(lender: Lender) -> None:
    event = sample("management/read_docs")
    del event["headers"]["x-api-key"]
    told = invoke("management/read_docs", event)
    headers = {name.lower(): value for name, value in told["headers"].items()}
    assert (told["statusCode"], headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "/companies/{companyId}/campaigns" in told["body"]
