"""Payment plans and their clients in memory."""

from collections import Counter
from threading import Lock

from campaigns.adapters.memory import MemoryCollection
from campaigns.domain.financing_client import ClientNotFound, FinancingClient
from campaigns.domain.plan import LARGEST_NUMBER, NumbersUsedUp, Plan, PlanNotFound


class MemoryPlanStore(MemoryCollection[Plan]):
    def __init__(self) -> None:
        super().__init__(missing=PlanNotFound)
        self._numbers: Counter[str] = Counter()
        self._one_at_a_time = Lock()

    def next_number(self, company_id: str) -> int:
        with self._one_at_a_time:
            if self._numbers[company_id] >= LARGEST_NUMBER:
                raise NumbersUsedUp
            self._numbers[company_id] += 1
            return self._numbers[company_id]


class MemoryClientStore(MemoryCollection[FinancingClient]):
    def __init__(self) -> None:
        super().__init__(missing=ClientNotFound)

    def company_of(self, client_id: str) -> str | None:
        return next((company for company, id in self._kept if id == client_id), None)
