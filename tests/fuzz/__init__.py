"""Schemathesis asks for every operation of the description: `python -m tests.fuzz`."""
