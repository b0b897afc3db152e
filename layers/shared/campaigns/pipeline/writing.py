"""What is needed to write messages."""

from dataclasses import dataclass

from campaigns.ports import Access, Notices, Renderer, SenderStore, TemplateStore


@dataclass(frozen=True, slots=True)
class Writing:
    access: Access
    senders: SenderStore
    templates: TemplateStore
    renderer: Renderer
    notices: Notices
