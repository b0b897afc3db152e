"""Every operation of the API's own description, asked for by schemathesis: `python -m tests.fuzz`."""
