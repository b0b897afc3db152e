"""The promises of access, secrets and imports."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from campaigns.adapters.dynamodb.access import DynamoAccess
from campaigns.adapters.dynamodb.imports import DynamoImportStore
from campaigns.adapters.dynamodb.transactions import ConditionsFailed
from campaigns.adapters.memory import MemoryAccess, MemoryImportStore, MemorySecrets
from campaigns.adapters.secrets import KmsSecrets
from campaigns.domain.api_key import KeyNotFound, digest_of
from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.company import CompanyNotFound
from campaigns.domain.imports import ImportCounts, ImportNotFound, ImportStatus
from campaigns.domain.schedule import RunWindow
from campaigns.domain.secret import secret_context
from campaigns.ports import Access, ImportStore, Secrets
from tests.builders import NOON, a_company, a_key, an_id, an_import
from tests.contract.conftest import Deployed


@pytest.fixture(params=["memory", "dynamodb"])
def access(request: pytest.FixtureRequest) -> Access:
    if request.param == "memory":
        return MemoryAccess()
    deployed: Deployed = request.getfixturevalue("deployed")
    return DynamoAccess(request.getfixturevalue("dynamodb"), deployed.settings.access_table)


@pytest.fixture(params=["memory", "dynamodb"])
def imports(request: pytest.FixtureRequest) -> ImportStore:
    if request.param == "memory":
        return MemoryImportStore()
    deployed: Deployed = request.getfixturevalue("deployed")
    return DynamoImportStore(request.getfixturevalue("dynamodb"), deployed.settings.people_table)


@pytest.fixture(params=["memory", "kms"])
def secrets(request: pytest.FixtureRequest) -> Secrets:
    if request.param == "memory":
        return MemorySecrets()
    deployed: Deployed = request.getfixturevalue("deployed")
    return KmsSecrets(deployed.client("kms"), deployed.settings.secrets_key_id)


def test_a_company_comes_back_as_it_went_in(access: Access, company_id: str) -> None:
    company = a_company(
        id=company_id, zone="Asia/Kathmandu", run_window=RunWindow(time(5, 30), time(22, 45))
    )
    access.put_company(company)
    assert access.company(company_id) == company


def test_putting_a_company_again_replaces_it(access: Access, company_id: str) -> None:
    access.put_company(a_company(id=company_id))
    access.put_company(a_company(id=company_id, name="Southwind"))
    assert access.company(company_id).name == "Southwind"


def test_a_company_moves_from_the_version_it_was_read_at(access: Access, company_id: str) -> None:
    access.put_company(a_company(id=company_id))
    seen = access.company(company_id)
    moved = access.move_company(replace(seen, name="Southwind"))
    assert moved == replace(seen, name="Southwind", version=1)
    with pytest.raises(ChangedMeanwhile):
        access.move_company(replace(seen, zone="Asia/Tokyo"))
    assert access.company(company_id) == moved
    assert access.move_company(replace(moved, zone="Asia/Tokyo")).version == 2


def test_a_company_that_is_not_kept_does_not_move(access: Access, company_id: str) -> None:
    with pytest.raises(ChangedMeanwhile):
        access.move_company(a_company(id=company_id))
    with pytest.raises(CompanyNotFound):
        access.company(company_id)


def test_an_unknown_company_is_not_found(access: Access) -> None:
    with pytest.raises(CompanyNotFound):
        access.company(an_id())


def test_a_key_is_found_by_its_digest_only(access: Access) -> None:
    secret = f"sk_live_{an_id()}"
    key = a_key(
        secret,
        scopes=frozenset({"runs:read", "campaigns:*"}),
        expires_at=NOON + timedelta(days=1),
        revoked_at=NOON,
    )
    access.add_key(key)
    assert access.find_key(digest_of(secret)) == key
    assert access.find_key(secret) is None
    assert access.find_key(digest_of("sk_live_other")) is None


def test_a_secret_opens_for_the_place_it_was_sealed_for(secrets: Secrets) -> None:
    place = secret_context(an_id(), an_id(), "redashApiKey")
    sealed = secrets.seal("correct horse ü", place)
    assert secrets.open(sealed, place) == "correct horse ü"
    assert "horse" not in sealed.ciphertext
    assert sealed.masked == "********se ü"


@pytest.mark.parametrize("changed", ["company", "object", "field"])
def test_a_secret_does_not_open_for_any_other_place(secrets: Secrets, changed: str) -> None:
    place = secret_context(an_id(), an_id(), "redashApiKey")
    sealed = secrets.seal("correct horse", place)
    with pytest.raises((ValueError, ClientError)):
        secrets.open(sealed, {**place, changed: "another"})


def test_an_import_comes_back_as_it_went_in(imports: ImportStore, company_id: str) -> None:
    job = an_import(company_id=company_id)
    assert imports.add(job) == job
    assert imports.get(company_id, job.id) == job


def test_an_unknown_import_is_not_found(imports: ImportStore, company_id: str) -> None:
    job = imports.add(an_import(company_id=company_id))
    for company, id in ((company_id, an_id()), (an_id(), job.id)):
        with pytest.raises(ImportNotFound):
            imports.get(company, id)


def test_an_import_moves_from_the_version_it_was_read_at(
    imports: ImportStore, company_id: str
) -> None:
    job = imports.add(an_import(company_id=company_id))
    counts = ImportCounts(rows=3, created=1, rejected=2)
    moved = imports.move(job.moved(ImportStatus.COMPLETED, at=NOON, counts=counts))
    assert moved == replace(job, status=ImportStatus.COMPLETED, counts=counts, version=1)
    assert imports.get(company_id, job.id) == moved
    with pytest.raises(ChangedMeanwhile):
        imports.move(job.moved(ImportStatus.FAILED, at=NOON, counts=counts, error="late"))
    assert imports.get(company_id, job.id) == moved


def test_a_key_cannot_take_the_place_of_another(deployed: Deployed, dynamodb: Any) -> None:
    access = DynamoAccess(dynamodb, deployed.settings.access_table)
    secret = f"sk_live_{an_id()}"
    access.add_key(a_key(secret))
    with pytest.raises(ConditionsFailed):
        access.add_key(a_key(secret, company_id=an_id()))


def test_the_keys_of_a_company_are_listed_newest_first_page_by_page(
    access: Access, company_id: str
) -> None:
    made = [a_key(f"sk_live_{an_id()}", company_id=company_id) for _ in range(5)]
    for key in [*made, a_key(f"sk_live_{an_id()}", company_id=an_id())]:
        access.add_key(key)
    newest = made[::-1]
    assert list(access.list_keys(company_id, after=None, limit=3)) == newest[:3]
    assert list(access.list_keys(company_id, after=newest[2].id, limit=3)) == newest[3:]
    assert list(access.list_keys(company_id, after=newest[-1].id, limit=3)) == []


def test_a_key_is_got_by_its_id_within_its_company_only(access: Access, company_id: str) -> None:
    key = a_key(f"sk_live_{an_id()}", company_id=company_id)
    access.add_key(key)
    assert access.get_key(company_id, key.id) == key
    for company, id in ((an_id(), key.id), (company_id, an_id())):
        with pytest.raises(KeyNotFound):
            access.get_key(company, id)


def test_a_key_moves_from_the_version_it_was_read_at(access: Access, company_id: str) -> None:
    key = a_key(f"sk_live_{an_id()}", company_id=company_id)
    access.add_key(key)
    moved = access.move_key(key.revoked(NOON))
    assert moved == replace(key, revoked_at=NOON, version=1)
    assert access.find_key(key.digest) == access.get_key(company_id, key.id) == moved
    with pytest.raises(ChangedMeanwhile):
        access.move_key(key.revoked(NOON + timedelta(days=1)))


def test_of_two_rotations_of_one_key_only_the_first_makes_a_key(
    access: Access, company_id: str
) -> None:
    old, new, late = (a_key(f"sk_live_{an_id()}", company_id=company_id) for _ in range(3))
    access.add_key(old)
    rotated = old.rotated(new.id, at=NOON, overlap=timedelta(days=1))
    access.rotate_key(rotated, new)
    assert access.get_key(company_id, old.id) == replace(rotated, version=1)
    assert access.find_key(new.digest) == new
    with pytest.raises(ChangedMeanwhile):
        access.rotate_key(old.rotated(late.id, at=NOON, overlap=timedelta(days=1)), late)
    assert access.find_key(late.digest) is None
