"""A thousand random days of collection campaigns keep every promise."""

from hypothesis import HealthCheck, settings

from tests.unit.pipeline.flow_machine import FlowMachine

TestInterleavings = FlowMachine.TestCase
TestInterleavings.settings = settings(
    max_examples=1000,
    stateful_step_count=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
