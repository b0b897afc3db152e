"""What it costs to answer a shop: 100 payment plans for one amount, beside a peer for the rates.

    PYTHONPATH=layers/shared:. python -m bench.financing

CPU time of this process, the best of some rounds. The whole answer is that of the real function
with a token, its plans read from an AWS emulator: what botocore does with the answer counts,
waiting for it does not. The peer is pyxirr, a compiled library that knows rates and nothing else;
it is asked for the same rates of the same payments, and has to agree.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from importlib import import_module
from typing import Any

import pyxirr

from campaigns import wiring
from campaigns.domain.amortisation import Schedule, Terms, schedule
from campaigns.domain.plan import Plan
from campaigns.domain.schedule import RunWindow
from campaigns.usecases.create_company import create_company
from campaigns.usecases.issue_token import issue_token
from campaigns.usecases.register_client import register_client
from local.emulator import Emulator
from local.gateway import context
from local.provision import CREDENTIALS, Provision
from local.template import Template

PLANS = 100
AMOUNT = 55_000
DURATIONS = (3, 6, 10, 12, 18, 24, 24, 36, 48, 60)
"""Months, as shops offer them."""
LONGEST = 480
ROUNDS = 20
MOST_MILLISECONDS = 15.0
AGREED = 1e-9


def terms(place: int, duration: int) -> Terms:
    """Each plan another, with every kind of term among them."""
    return Terms(
        currency="SEK",
        duration=duration,
        payment_free_months=place % 3,
        interest_free_months=(place % 4) * 2 if duration >= 6 else 0,
        nominal_interest=Decimal(place % 25) + Decimal("0.9"),
        administration_fee=Decimal(29) if place % 2 else Decimal(0),
        setup_fee=Decimal(295) if place % 5 == 0 else Decimal(0),
    )


def milliseconds(work: Callable[[], object]) -> float:
    """CPU time of the best round, after one to warm up."""
    work()
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        taken.append((time.process_time() - start) * 1000)
    return min(taken)


def flows(sums: Schedule) -> list[float]:
    """As pyxirr takes them: one for each month, from that of the credit."""
    free = [0.0] * sums.terms.payment_free_months
    return [-float(sums.amount), *free, *map(float, sums.payments)]


def rates(all_terms: Sequence[Terms]) -> tuple[float, float]:
    """Ours and the peer's milliseconds for the rates of the same payments."""
    made = [schedule(Decimal(AMOUNT), one) for one in all_terms]
    asked = [flows(one) for one in made]
    for ours, theirs in zip(made, asked, strict=True):
        found = pyxirr.irr(theirs)
        if found is None or abs(found - ours.monthly_rate) > AGREED:
            raise SystemExit(f"{ours.terms}: {ours.monthly_rate} here, {found} there")

    def again() -> None:
        for one in made:
            one.__dict__.pop("monthly_rate", None)
            _ = one.monthly_rate

    return milliseconds(again), milliseconds(lambda: [pyxirr.irr(one) for one in asked])


def sums(all_terms: Sequence[Terms]) -> float:
    def work() -> None:
        for one in all_terms:
            made = schedule(Decimal(AMOUNT), one)
            _ = made.total_cost, made.effective_interest

    return milliseconds(work)


def deploy(endpoint: str) -> None:
    """What the template deploys, in the emulator, and the environment of its functions here."""
    environment = Provision(Template(), endpoint).environment()
    os.environ |= {
        **CREDENTIALS,
        **environment,
        "AWS_ENDPOINT_URL": endpoint,
        "POWERTOOLS_METRICS_DISABLED": "true",
        "POWERTOOLS_LOG_LEVEL": "ERROR",
    }


def whole_answer(all_terms: Sequence[Terms]) -> float:
    """Of the deployed function, from the event to the answer."""
    event = asked_by_a_shop(all_terms)
    handler = import_module("functions.financing.list_campaigns").handler
    where = context("financing-list-campaigns")
    answer = handler(event, where)
    if answer["statusCode"] != 200 or len(json.loads(answer["body"])) != len(all_terms):
        raise SystemExit(f"not an answer to measure: {answer}")
    return milliseconds(lambda: handler(event, where))


def asked_by_a_shop(all_terms: Sequence[Terms]) -> Any:
    """A company with these plans, a client, its token, and the request made with it."""
    known: dict[str, Any] = {"new_id": wiring.new_id, "now": wiring.now}
    clients, access = wiring.financing_clients(), wiring.access()
    company_id = create_company("Bench", "UTC", RunWindow(), access=access, **known).id
    at = wiring.now()
    for number, one in enumerate(all_terms, start=1):
        wiring.plans().add(
            Plan(
                id=wiring.new_id(),
                company_id=company_id,
                number=number,
                name=f"Pay over {one.duration} months",
                terms=one,
                min_amount=1_000,
                max_amount=100_000,
                created_at=at,
                updated_at=at,
            )
        )
    tokens: dict[str, Any] = {"new_token": wiring.new_token, "clients": clients, **known}
    client, secret = register_client(company_id, "Web shop", **tokens)
    token = issue_token(client.id, secret, access=access, **tokens)
    path = f"/v3/client/{client.id}/campaigns"
    return {
        "version": "2.0",
        "routeKey": "GET /v3/client/{clientId}/campaigns",
        "rawPath": path,
        "rawQueryString": f"creditAmount={AMOUNT}",
        "headers": {"authorization": f"Bearer {token}"},
        "queryStringParameters": {"creditAmount": str(AMOUNT)},
        "pathParameters": {"clientId": client.id},
        "requestContext": {
            "domainName": "bench.example.com",
            "http": {"method": "GET", "path": path},
            "requestId": "bench",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


def main(arguments: list[str] | None = None) -> int:
    argparse.ArgumentParser(
        prog="python -m bench.financing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args(arguments)
    usual = [terms(place, DURATIONS[place % len(DURATIONS)]) for place in range(PLANS)]
    longest = [terms(place, LONGEST) for place in range(PLANS)]
    with Emulator() as emulator:
        deploy(emulator.endpoint)
        answer, longest_answer = whole_answer(usual), whole_answer(longest)
    print(f"CPU ms for {PLANS} plans | {min(DURATIONS)}-{max(DURATIONS)} months | {LONGEST} months")
    print("---|---|---")
    ours, theirs = zip(rates(usual), rates(longest), strict=True)
    rows: list[tuple[str, Sequence[float]]] = [
        ("the rates alone", ours),
        ("the rates alone, pyxirr", theirs),
        ("of pyxirr", [one / other for one, other in zip(ours, theirs, strict=True)]),
        ("all sums and rates", (sums(usual), sums(longest))),
        ("the whole answer", (answer, longest_answer)),
    ]
    for name, values in rows:
        print(" | ".join([name, *(f"{value:.2f}" for value in values)]))
    if answer > MOST_MILLISECONDS:
        print(f"the answer takes more than {MOST_MILLISECONDS} ms", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
