"""A company, and how it wants its campaigns run."""

from dataclasses import dataclass, field
from datetime import datetime, time

from campaigns.domain.errors import NotFound
from campaigns.domain.schedule import RunWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    id: str
    name: str
    zone: str = "America/New_York"
    run_window: RunWindow = field(default_factory=lambda: RunWindow(time(6), time(8)))
    release_by_another_key: bool = False
    """Whether a run that is held needs another key to go on than the one that asked for it."""
    created_at: datetime
    version: int = 0


class CompanyNotFound(NotFound):
    code = "company_not_found"

    def __init__(self, company_id: str) -> None:
        super().__init__(f"company {company_id} does not exist")
