"""Financing clients as the management API takes and shows them."""

from typing import Annotated, Self

from pydantic import Field

from campaigns.domain.financing_client import FinancingClient
from campaigns.edge.wire import Moment, StrictWire, Wire


class ClientIn(StrictWire):
    name: Annotated[str, Field(min_length=1, max_length=200)]


class ClientOut(Wire):
    client_id: str
    name: str
    former_secret_until: Moment | None
    created_at: Moment
    updated_at: Moment
    revoked_at: Moment | None

    @classmethod
    def of(cls, client: FinancingClient) -> Self:
        return cls(
            client_id=client.id,
            name=client.name,
            former_secret_until=client.former_until,
            created_at=client.created_at,
            updated_at=client.updated_at,
            revoked_at=client.revoked_at,
        )


class IssuedClientOut(ClientOut):
    """`clientSecret` is shown this once."""

    client_secret: str

    @classmethod
    def issued(cls, client: FinancingClient, secret: str) -> Self:
        return cls(**ClientOut.of(client).model_dump(), client_secret=secret)
