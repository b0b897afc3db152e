"""The environment, read once. Nothing else in the service looks at it.

A field named `campaigns_table` is the variable CAMPAIGNS_TABLE, declared under Globals in
template.yaml; a test keeps the two lists equal.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class Settings:
    access_table: str
    requests_table: str
    audit_table: str
    audit_days: str
    campaigns_table: str
    workers_table: str
    people_table: str
    plans_table: str
    webhooks_table: str
    enrollments_table: str
    contacts_table: str
    evidence_days: str
    files_bucket: str
    secrets_key_id: str
    schedule_group: str
    schedule_target_arn: str
    flight_check_target_arn: str
    schedule_role_arn: str
    schedule_dead_letter_arn: str
    campaign_run_function: str
    """Qualified: a durable function is always invoked by version or alias."""
    resolve_chunk_function: str
    event_bus: str
    pack_evidence_function: str
    move_schedules_function: str
    webhook_queue_url: str
    messages_table: str
    message_queue_url: str
    message_providers: str
    """`aws`, or `outbox` where nothing reaches anybody."""
    email_sender: str
    email_configuration_set: str
    email_unsubscribe: str
    emails_per_second: str
    text_sender: str
    text_configuration_set: str
    texts_per_second: str
    whats_app_sender: str
    whats_apps_per_second: str
    outbound_allow: str
    """Comma-separated hosts, addresses and networks that may be reached although private."""
    allow_http_queries: str
    """`true` where query URLs and those of webhooks may be http."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        names = {field.name: field.name.upper() for field in fields(cls)}
        if missing := sorted(set(names.values()) - env.keys()):
            raise RuntimeError(f"the environment lacks {', '.join(missing)}")
        return cls(**{field: env[name] for field, name in names.items()})

    @property
    def outbound_allowed(self) -> frozenset[str]:
        return frozenset(part.strip() for part in self.outbound_allow.split(",") if part.strip())

    @property
    def http_allowed(self) -> bool:
        return self.allow_http_queries.lower() == "true"

    @property
    def reaches_people(self) -> bool:
        return self.message_providers == "aws"
