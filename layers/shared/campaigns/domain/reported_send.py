"""A message that an agency says it has sent by itself, or tried to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID, uuid5

from campaigns.domain.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedSend:
    id: str
    """What its provider calls it decides: told twice, it is one."""
    company_id: str
    template_id: str
    phone: str
    """E.164."""
    wam_id: str | None = None
    """What the provider calls the message; without that, it was not sent."""
    reported_at: datetime

    @classmethod
    def of(
        cls,
        company_id: str,
        template_id: str,
        phone: str,
        wam_id: str | None,
        *,
        new_id: str,
        at: datetime,
    ) -> Self:
        known = None if wam_id is None else str(uuid5(UUID(company_id), f"wam:{wam_id}"))
        return cls(
            id=known or new_id,
            company_id=company_id,
            template_id=template_id,
            phone=phone,
            wam_id=wam_id,
            reported_at=at,
        )

    @property
    def is_failed(self) -> bool:
        return self.wam_id is None


@dataclass(frozen=True, slots=True)
class SendCounts:
    sent: int = 0
    failed: int = 0


class NoPhone(Invalid):
    code = "no_phone"

    def __init__(self) -> None:
        super().__init__("phone_number is no phone number.", field="phone_number")
