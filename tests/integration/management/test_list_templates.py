from tests.integration.lender import Lender

LIST = "management/list_templates"


def test_pages_lead_through_all_templates_newest_first(lender: Lender, stranger: Lender) -> None:
    stranger.template()
    made = [lender.template(language=one).id for one in ("en", "es", "sv")]
    first = lender.call(LIST, query={"limit": 2}).body
    assert [one["id"] for one in first["items"]] == made[:0:-1]
    then = lender.call(LIST, query={"limit": 2, "nextToken": first["nextToken"]}).body
    assert ([one["id"] for one in then["items"]], then["nextToken"]) == (made[:1], None)


def test_a_list_tells_which_version_is_in_force_and_not_what_it_says(lender: Lender) -> None:
    lender.template()
    [shown] = lender.call(LIST).body["items"]
    assert [one["inForce"] for one in shown["versions"]] == [True]
    assert "content" not in shown


def test_deleted_templates_are_left_out_unless_asked_for(lender: Lender) -> None:
    gone = lender.template()
    lender.call("management/delete_template", ids={"templateId": gone.id})
    assert lender.call(LIST).body["items"] == []
    [shown] = lender.call(LIST, query={"includeEnded": "true"}).body["items"]
    assert shown["id"] == gone.id


def test_a_parameter_that_cannot_be_is_400(lender: Lender) -> None:
    assert lender.call(LIST, query={"limit": 101}).fields == ["limit"]
    assert lender.call(LIST, query={"nextToken": "x"}).fields == ["nextToken"]
