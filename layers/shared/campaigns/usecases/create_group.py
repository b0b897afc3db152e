from campaigns.domain.campaign import ExternalIdTaken
from campaigns.domain.group import Group, GroupNameTaken
from campaigns.ports import Clock, GroupStore, NewId


def create_group(
    company_id: str, name: str, *, groups: GroupStore, new_id: NewId, now: Clock
) -> Group:
    """Raises GroupNameTaken."""
    at = now()
    made = Group(id=new_id(), company_id=company_id, name=name, created_at=at, updated_at=at)
    try:
        return groups.add(made)
    except ExternalIdTaken:
        raise GroupNameTaken(name) from None
