"""Every error of the domain has a code of its own and a kind, and so an HTTP status."""

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest

import campaigns
from campaigns.domain.errors import DomainError
from campaigns.edge.problem import STATUS_OF, of_domain

for _module in walk_packages(campaigns.__path__, "campaigns."):
    import_module(_module.name)


def leaves(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    children = kind.__subclasses__()
    if not children:
        yield kind
    for child in children:
        yield from leaves(child)


# Tests have errors of their own, which may have been imported before us.
ERRORS = sorted(
    {error for error in leaves(DomainError) if error.__module__.startswith("campaigns.")},
    key=lambda error: error.__qualname__,
)


def test_there_are_errors_to_look_at() -> None:
    assert len(ERRORS) > 20


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_an_error_says_its_own_code(error: type[DomainError]) -> None:
    assert error.code.islower()
    assert error.code.isidentifier(), "a code is snake_case"


def test_no_two_errors_share_a_code() -> None:
    assert [code for code, many in Counter(one.code for one in ERRORS).items() if many > 1] == []


NEVER_ANSWERED = {"CountsDisagree", "ExecutionLost"}
"""They end a run; no request ever meets them."""


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_an_error_has_one_status(error: type[DomainError]) -> None:
    kinds = [kind for kind in error.__mro__ if kind in STATUS_OF]
    assert len(kinds) == (0 if error.__name__ in NEVER_ANSWERED else 1)


def test_a_problem_carries_the_code_of_its_error() -> None:
    [taken] = (one for one in ERRORS if one.code == "external_id_taken")
    problem = of_domain(taken("overdue"))
    assert (problem.status, problem.code) == (409, "external_id_taken")
