from campaigns import wiring
from tests.integration.lender import Lender, shown

DELETE = "borrower/delete_contact_exporter"


def test_a_deleted_exporter_is_answered_once_more_and_then_gone(lender: Lender) -> None:
    kept = lender.exporter(external_id="dialer")
    answer = lender.call(DELETE, ids={"exporterId": shown(kept)})
    assert answer.body == {"status": 0, "message": "OK", "data": answer.data}
    assert answer.data["deletedAt"] == answer.data["updatedAt"]
    for function in (
        DELETE,
        "borrower/get_contact_exporter",
        "borrower/update_contact_exporter",
    ):
        for id in (shown(kept), kept.id, "ext-dialer"):
            assert lender.call(function, ids={"exporterId": id}).status == 404


def test_its_external_id_is_free_again(lender: Lender) -> None:
    first = lender.exporter(external_id="dialer")
    lender.call(DELETE, ids={"exporterId": first.id})
    second = lender.exporter(external_id="dialer")
    found = lender.call("borrower/get_contact_exporter", ids={"exporterId": "ext-dialer"})
    assert found.data["id"] == shown(second)


def test_the_exporter_of_another_company_stays(lender: Lender, stranger: Lender) -> None:
    theirs = stranger.exporter(external_id="dialer")
    for id in (shown(theirs), theirs.id, "ext-dialer"):
        assert lender.call(DELETE, ids={"exporterId": id}).status == 404
    assert wiring.exporters().get(stranger.id, theirs.id) == theirs


def test_a_campaign_keeps_the_exporter_it_named(lender: Lender) -> None:
    kept = lender.exporter()
    campaign = lender.campaign(exporter_id=kept.id)
    lender.call(DELETE, ids={"exporterId": kept.id})
    found = lender.call("borrower/get_campaign", ids={"campaignId": campaign.id})
    assert found.data["contactExporterId"] == shown(kept)
