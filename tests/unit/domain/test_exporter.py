"""Which contact points a file may use, and in what order."""

from itertools import combinations
from typing import Any

import pytest

from campaigns.domain.exporter import Criteria
from tests.builders import NOON, a_phone, an_email, an_exporter

MOBILE = a_phone("+15125550101", "mobile")
HOME = a_phone("+15125550102", "home")
WORK = a_phone("+15125550103", "work", affiliation="spouse")
OPTED_OUT = a_phone("+15125550104", "mobile", status="optedOut")
EMAIL = an_email()
ALL = (MOBILE, HOME, WORK, OPTED_OUT, EMAIL)


def chosen(*values: str) -> frozenset[str]:
    return frozenset(values)


@pytest.mark.parametrize(
    ("criteria", "matching"),
    [
        ({}, (MOBILE, HOME, WORK, EMAIL)),
        ({"contact_type": chosen("phone")}, (MOBILE, HOME, WORK)),
        ({"contact_type": chosen("phone", "email")}, (MOBILE, HOME, WORK, EMAIL)),
        ({"label": chosen("home", "work")}, (HOME, WORK)),
        ({"affiliation": chosen("spouse")}, (WORK,)),
        ({"label": chosen("home"), "affiliation": chosen("spouse")}, ()),
        ({"status": chosen("optedOut")}, (OPTED_OUT,)),
        ({"status": chosen("active"), "label": chosen("mobile")}, (MOBILE,)),
    ],
)
def test_attributes_are_anded_and_their_values_ored(
    criteria: dict[str, Any], matching: tuple[Any, ...]
) -> None:
    assert Criteria(**criteria).matching(ALL) == matching


@pytest.mark.parametrize("status", ["invalid", "optedOut", "inactive"])
def test_an_unusable_contact_counts_only_when_its_status_is_asked_for(status: str) -> None:
    phone = a_phone(status=status)
    assert Criteria().matching([phone]) == ()
    assert Criteria(status=chosen(status)).matching([phone]) == (phone,)


def test_one_criterion_more_never_admits_more() -> None:
    asked: dict[str, frozenset[str]] = {
        "label": chosen("mobile", "home"),
        "contact_type": chosen("phone"),
        "affiliation": chosen("self"),
        "status": chosen("active"),
    }
    for size in range(len(asked)):
        for names in combinations(asked, size):
            fewer = Criteria(**{name: asked[name] for name in names})
            for name in asked:
                more = Criteria(**{one: asked[one] for one in {*names, name}})
                usable = {one for one in ALL if one.is_usable}
                assert set(more.matching(ALL)) & usable <= set(fewer.matching(ALL))


def test_the_best_contact_comes_first_in_the_exporters_order() -> None:
    exporter = an_exporter(phone_order=("work", "mobile"))
    assert exporter.reachable(ALL) == (WORK, MOBILE, HOME, EMAIL)


def test_contacts_of_one_rank_keep_their_order() -> None:
    second = a_phone("+15125550199", "mobile")
    assert an_exporter().reachable((second, MOBILE)) == (second, MOBILE)


def test_deleting_marks_and_dates_it() -> None:
    assert an_exporter().deleted(NOON).deleted_at == NOON
