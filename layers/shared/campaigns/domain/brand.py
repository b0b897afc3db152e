"""What every message of a company says of the company, and who may be sent a test."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from campaigns.domain.currency import UnknownCurrency, smallest_amount
from campaigns.domain.errors import Invalid
from campaigns.domain.language import best_of, check_language
from campaigns.domain.phones import normal_phone
from campaigns.domain.variables import Misread, VariableType, read_value

MOST_TEST_RECIPIENTS = 20
_EMAIL = re.compile(r"[^@\s\x00-\x1f,;<>\"]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    name: str = ""
    phone: str = ""
    hours: str = ""
    portal_url: str = ""
    postal_address: str = ""
    opt_out_text: Mapping[str, str] = field(default_factory=dict)
    """By language: how to ask for no more messages."""
    language: str = "en-US"
    """Of people whose own language is unknown, or has no template."""
    currency: str = "USD"
    """Of amounts that name none."""
    test_recipients: tuple[str, ...] = ()
    """The only addresses and numbers that a test may be sent to."""

    def opt_out_in(self, language: str) -> str:
        """Only in the language of the message; blank when it was never said in that."""
        found = best_of(self.opt_out_text, language)
        return "" if found is None else self.opt_out_text[found]

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """What is None goes back to what it is for everybody. Raises as `_check` does."""
        blank = Brand()
        made = replace(
            self,
            **{
                name: getattr(blank, name) if value is None else value
                for name, value in changes.items()
            },
        )
        made._check()
        return made

    def _check(self) -> None:
        """Raises BrandRefused, UnknownLanguage."""
        check_language(self.language, field="brand.language")
        for language, text in self.opt_out_text.items():
            check_language(language, field=f"brand.optOutText.{language}")
            if not text.strip():
                raise BrandRefused("must not be blank", field=f"brand.optOutText.{language}")
        try:
            smallest_amount(self.currency)
        except UnknownCurrency as unknown:
            raise BrandRefused(str(unknown), field="brand.currency") from None
        if self.portal_url:
            try:
                read_value(self.portal_url, VariableType.LINK, currency=self.currency)
            except Misread as wrong:
                raise BrandRefused(str(wrong), field="brand.portalUrl") from None
        for place, one in enumerate(self.test_recipients):
            if _EMAIL.fullmatch(one) is None and normal_phone(one) != one:
                message = "must be an e-mail address, or a phone number like +15125550123"
                raise BrandRefused(message, field=f"brand.testRecipients.{place}")


class BrandRefused(Invalid):
    code = "brand_refused"
