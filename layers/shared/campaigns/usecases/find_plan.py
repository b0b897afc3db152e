from campaigns.domain.identity import NotAUuid, as_uuid
from campaigns.domain.plan import Plan, PlanNotFound
from campaigns.ports import PlanStore


def find_plan(company_id: str, text: str, *, plans: PlanStore) -> Plan:
    """By its id, whether it has ended or not. Raises PlanNotFound."""
    try:
        found = plans.find(company_id, as_uuid(text))
    except NotAUuid:
        found = None
    if found is None:
        raise PlanNotFound(text)
    return found
