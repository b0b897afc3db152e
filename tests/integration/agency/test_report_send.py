from typing import Any

import pytest

from campaigns import wiring
from campaigns.domain.reported_send import SendCounts
from tests.integration.agency.agency import a_spring_offer, said
from tests.integration.events import sample_body
from tests.integration.lender import Answer, Lender

REPORT = "agency/report_send"


def report(lender: Lender, **but: Any) -> Answer:
    body = {**sample_body(REPORT), **but}
    return lender.call(REPORT, body={name: one for name, one in body.items() if one != "-"})


def test_a_send_counts_and_without_an_id_it_counts_as_failed(lender: Lender) -> None:
    template = a_spring_offer(lender)
    answer = report(lender)
    assert answer.status == 200
    assert answer.body == {"success": True, "message": "Template data processed successfully"}
    for wam_id in ("-", None, ""):
        assert report(lender, wam_id=wam_id).status == 200
    assert wiring.reported_sends().counts(lender.id, template.id) == SendCounts(1, 3)


def test_the_same_send_counts_once(lender: Lender) -> None:
    template = a_spring_offer(lender)
    for wam_id in ("wamid.1", "wamid.1", "wamid.2"):
        assert report(lender, wam_id=wam_id).status == 200
    assert wiring.reported_sends().counts(lender.id, template.id) == SendCounts(2, 0)


@pytest.mark.parametrize(
    ("but", "message"),
    [
        ({"template_name": "-"}, "template_name is required."),
        ({"template_name": 5}, "template_name must be text."),
        ({"phone_number": "-"}, "phone_number is required."),
        ({"phone_number": "5"}, "phone_number is no phone number."),
        ({"phone_number": 15125550123}, "phone_number must be text."),
        ({"wam_id": 5}, "wam_id must be text."),
        ({"template_name": "autumn"}, "Template 'autumn' does not exist."),
    ],
)
def test_what_is_no_send_is_named(but: Any, message: str, lender: Lender) -> None:
    a_spring_offer(lender)
    answer = report(lender, **but)
    assert said(answer, 400) == message


def test_the_template_of_another_agency_is_none(lender: Lender, stranger: Lender) -> None:
    a_spring_offer(stranger)
    assert said(report(lender), 400) == "Template 'spring_offer' does not exist."
