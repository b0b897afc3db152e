"""A shop of a lender: its client, its token, and what it asks for."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from campaigns import wiring
from campaigns.domain.amortisation import Terms
from campaigns.domain.plan import Plan
from tests.builders import a_plan
from tests.integration.lender import Answer, Lender, new_id

LIST = "financing/list_campaigns"
TOKEN = "financing/issue_token"


@dataclass(frozen=True, slots=True)
class Shop:
    lender: Lender
    client_id: str
    secret: str

    @classmethod
    def of(cls, lender: Lender) -> "Shop":
        made = lender.call("management/create_financing_client").body
        return cls(lender, made["clientId"], made["clientSecret"])

    def ask_token(self, **but: str) -> Answer:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.secret,
            **but,
        }
        return self.lender.call(TOKEN, text=urlencode(form))

    def token(self) -> str:
        answer = self.ask_token()
        assert answer.status == 200, answer.body
        return str(answer.body["access_token"])

    def plans(self, token: str | None = None, /, **query: Any) -> Answer:
        """With a token, a new one unless it is given; `query` replaces the sample's."""
        return self.lender.call(
            LIST,
            headers=bearer(token or self.token()),
            ids={"clientId": self.client_id},
            query=query,
        )


def bearer(token: str) -> dict[str, str | None]:
    return {"x-api-key": None, "authorization": f"Bearer {token}"}


def kept(lender: Lender, terms: Terms | None = None, **but: Any) -> Plan:
    """A plan of this company."""
    return wiring.plans().add(a_plan(terms, company_id=lender.id, id=new_id(), **but))
