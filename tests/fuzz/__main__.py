"""Let schemathesis ask for every operation of the description, on the embedded stack.

    python -m tests.fuzz --schemathesis .venv/fuzz/bin/schemathesis [--examples 20]

It has to find no answer of 500 and above, no status and no content type that the description
does not name, and no body that breaks its schema. Ids in paths are those of things that exist,
so that what is asked for gets past the look-up.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from local.api_client import ApiClient
from local.demo import load_people, make_campaign, make_company
from local.stack import Stack

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--schemathesis", type=Path, required=True, help="its command")
    parser.add_argument("--examples", type=int, default=20, help="requests per operation, at most")
    parser.add_argument("--seed", type=int, default=1, help="the same seed asks the same")
    parser.add_argument("--only", help="an operation's id")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with Stack(home / "stack", hurry=True) as stack:
            company, key = make_company("Fuzz")
            config = home / "schemathesis.toml"
            api = ApiClient(stack.url, key)
            config.write_text(_parameters(_known(api, stack, company.id)))
            asked_as = {
                "name": "agency",
                "prefix": "ag_",
                "scopes": ["agency:read", "agency:write"],
            }
            agency: Any = api.take("POST", "/v1/keys", asked_as)
            only = ["--include-operation-id", asked.only] if asked.only else []
            return subprocess.run(
                [
                    str(asked.schemathesis.absolute()),
                    f"--config-file={config}",
                    "run",
                    f"{stack.url}/v1/openapi.json",
                    f"--header=X-API-KEY: {key}",
                    f"--header=Authorization: Bearer {agency['key']}",
                    f"--checks={','.join(CHECKS)}",
                    f"--max-examples={asked.examples}",
                    f"--seed={asked.seed}",
                    "--phases=examples,fuzzing",
                    "--request-timeout=60",
                    "--suppress-health-check=all",
                    *only,
                ],
                cwd=home,
                check=False,
            ).returncode


def _known(api: ApiClient, stack: Stack, company_id: str) -> dict[str, str]:
    """One of everything that a path may name."""
    job = load_people(api, stack)[0]
    exporter, campaign = make_campaign(api, stack, company_id)
    base = f"/companies/{company_id}/campaigns/{campaign['id']}"
    run: Any = api.take("POST", f"{base}/runs", {"queryResultsOverride": []})
    made: Any = api.take("POST", "/v1/keys", {"name": "other", "scopes": ["runs:read"]})
    terms = {"duration": 24, "nominalInterest": "8.9", "currency": "SEK"}
    amounts = {"minAmount": 1, "maxAmount": 1_000_000}
    plan: Any = api.take("POST", "/v1/plans", {"campaignName": "Plan", **terms, **amounts})
    client: Any = api.take("POST", "/v1/financing-clients", {"name": "Shop"})
    return {
        "companyId": company_id,
        "uuid": company_id,
        "campaignId": campaign["id"],
        "runId": run["id"],
        "exporterId": exporter["id"],
        "importId": job["id"],
        "keyId": made["id"],
        "planId": plan["id"],
        "clientId": client["clientId"],
    }


def _parameters(known: dict[str, str]) -> str:
    lines = (f'"path.{name}" = "{value}"' for name, value in known.items())
    return "\n".join(["[parameters]", *lines, ""])


if __name__ == "__main__":
    sys.exit(main())
