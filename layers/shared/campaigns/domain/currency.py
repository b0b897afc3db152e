"""The currencies of ISO 4217 that are in use, and how many decimals each is paid in."""

from decimal import Decimal

from campaigns.domain.errors import Invalid

_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
        "CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
        "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
        "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO "
        "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
        "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST "
        "XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
DECIMALS = {code: decimals for decimals, codes in _DECIMALS.items() for code in codes.split()}


def smallest_amount(code: str) -> Decimal:
    """What amounts of the currency are rounded to: 0.01 for most. Raises UnknownCurrency."""
    if code not in DECIMALS:
        raise UnknownCurrency(code)
    return _SMALLEST[code]


_SMALLEST = {code: Decimal(1).scaleb(-decimals) for code, decimals in DECIMALS.items()}


class UnknownCurrency(Invalid):
    code = "unknown_currency"

    def __init__(self, code: str) -> None:
        super().__init__(f"{code!r} is no currency of ISO 4217 in use", field="currency")
