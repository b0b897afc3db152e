"""Templates, groups, and what agencies say they have sent, in memory."""

from collections.abc import Mapping, Sequence

from campaigns.adapters.memory import MemoryCollection
from campaigns.domain.group import Group, GroupNotFound, Member
from campaigns.domain.reported_send import ReportedSend, SendCounts
from campaigns.domain.template import Template, TemplateNotFound, TemplateVersion, VersionNotFound


class MemoryTemplateStore(MemoryCollection[Template]):
    def __init__(self) -> None:
        super().__init__(missing=TemplateNotFound)
        self._versions: dict[tuple[str, str, int], TemplateVersion] = {}

    def introduce(self, template: Template, first: TemplateVersion) -> Template:
        added = self.add(template)
        self._versions[template.company_id, template.id, first.number] = first
        return added

    def revise(self, template: Template, newest: TemplateVersion) -> Template:
        moved = self.move(template)
        self._versions[template.company_id, template.id, newest.number] = newest
        return moved

    def said(self, template: Template, number: int) -> TemplateVersion:
        key = (template.company_id, template.id, number)
        if key not in self._versions:
            raise VersionNotFound(number)
        return self._versions[key]


class MemoryGroupStore(MemoryCollection[Group]):
    def __init__(self) -> None:
        super().__init__(missing=GroupNotFound)
        self._members: dict[tuple[str, str], dict[str, Member]] = {}

    def members(
        self, company_id: str, group_id: str, *, after: str | None, limit: int
    ) -> Sequence[Member]:
        kept = sorted(self._members.get((company_id, group_id), {}).values())
        return [one for one in kept if after is None or one.id > after][:limit]

    def enter(self, group: Group, members: Sequence[Member]) -> int:
        kept = self._members.setdefault((group.company_id, group.id), {})
        before = len(kept)
        for one in members:
            kept.setdefault(one.id, one)
        return len(kept) - before

    def leave(self, group: Group, customer_ids: Sequence[str]) -> int:
        kept = self._members.get((group.company_id, group.id), {})
        return sum(kept.pop(id, None) is not None for id in dict.fromkeys(customer_ids))

    def sizes(self, company_id: str, group_ids: Sequence[str]) -> Mapping[str, int]:
        return {id: len(self._members.get((company_id, id), {})) for id in group_ids}


class MemoryReportedSends:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], ReportedSend] = {}

    def add(self, send: ReportedSend) -> bool:
        key = (send.company_id, send.template_id, send.id)
        return self._kept.setdefault(key, send) is send

    def counts(self, company_id: str, template_id: str) -> SendCounts:
        of = [one for key, one in self._kept.items() if key[:2] == (company_id, template_id)]
        failed = sum(one.is_failed for one in of)
        return SendCounts(len(of) - failed, failed)
