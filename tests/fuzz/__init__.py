"""Every operation of the API's description, asked for by schemathesis: `python -m tests.fuzz`."""
