from campaigns import wiring
from tests.integration.lender import Lender

GET = "management/get_company"


def test_a_company_is_shown(lender: Lender) -> None:
    answer = lender.call(GET)
    assert answer.status == 200
    assert answer.body == {
        "id": lender.id,
        "name": "Northwind Lending",
        "timezone": "America/Chicago",
        "runWindow": {"start": "06:00", "end": "08:00"},
        "releaseByAnotherKey": False,
        "agencySigningSecret": None,
        "brand": answer.body["brand"],
        "rightToCure": {},
        "contactPolicy": {
            "profile": "third-party",
            "ruleVersion": "2026-01/third-party",
            "hours": {"start": "08:00", "end": "21:00"},
            "callFrequency": True,
            "callsIn7Days": 7,
            "pauseDays": 7,
            "consentChannels": ["text", "voice", "whatsapp"],
            "exportsADay": 1,
            "stateCaps": {
                "MA": {
                    "contacts": 2,
                    "days": 7,
                    "channels": ["call", "text", "voice", "whatsapp"],
                },
                "WA": {
                    "contacts": 3,
                    "days": 7,
                    "channels": ["call", "email", "mail", "text", "voice", "whatsapp"],
                },
            },
            "chosen": [],
        },
        "schedules": "moved",
        "createdAt": answer.body["createdAt"],
    }
    assert wiring.access().company(lender.id).name == "Northwind Lending"


def test_another_company_does_not_exist(lender: Lender, stranger: Lender) -> None:
    answer = lender.call(GET, ids={"companyId": stranger.id})
    assert answer.status == 404
    assert answer.body["type"] == "urn:campaigns:company_not_found"
