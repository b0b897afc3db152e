"""What a thousand random days promise in memory, a few promise on the emulator."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from campaigns.adapters.dynamodb.collection_campaigns import DynamoCollectionCampaigns
from campaigns.adapters.dynamodb.enrollments import DynamoEnrollmentStore
from campaigns.adapters.dynamodb.people import DynamoPeople
from tests.contract.conftest import Deployed
from tests.unit.pipeline.flow import Flow, Stores
from tests.unit.pipeline.flow_machine import PEOPLE, FlowMachine


@pytest.fixture
def stores(deployed: Deployed, dynamodb: Any) -> Stores:
    tables = deployed.settings
    return Stores(
        DynamoPeople(dynamodb, tables.people_table),
        DynamoEnrollmentStore(dynamodb, tables.enrollments_table, people_table=tables.people_table),
        DynamoCollectionCampaigns(dynamodb, tables.campaigns_table),
    )


def test_random_days_keep_every_promise(stores: Stores) -> None:
    class OnTheEmulator(FlowMachine):
        def made(self) -> Flow:
            return Flow(people=PEOPLE, company_id=str(uuid4()), stores=stores)

    few = settings(
        max_examples=8,
        # To make a failure smaller would take minutes here; the one in memory does it in seconds.
        phases=(Phase.generate,),
        stateful_step_count=6,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(OnTheEmulator, settings=few)
