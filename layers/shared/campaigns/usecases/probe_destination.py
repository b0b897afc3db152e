"""Trying a destination before anything depends on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.domain.campaign import Campaign, ChangedMeanwhile
from campaigns.domain.delivery import Probe
from campaigns.domain.destination import destination_of
from campaigns.domain.errors import Invalid
from campaigns.domain.secret import Sealed, hint_of
from campaigns.ports import CampaignStore, CheckPrivateKey, OpenChannel, OutboundHosts, Secrets
from campaigns.usecases.campaign_changes import FieldRefused, sftp_changed

PROBE_SECONDS = 22.0
"""A gateway waits for 29 at most, and a function has to wake up first."""

_PREFIX = "sftpSettings."


@dataclass(frozen=True, slots=True)
class Tried:
    probe: Probe
    learned: bool
    """Whether the host key that was seen is expected from now on."""


def probe_campaign(
    campaign: Campaign,
    *,
    campaigns: CampaignStore,
    secrets: Secrets,
    open_channel: OpenChannel,
) -> Tried:
    """Everything a delivery of this campaign needs. A success keeps the host key it saw, where
    none is expected yet. Raises NoDestination."""
    channel = open_channel(destination_of(campaign, secrets.open))
    probe = channel.probe(writing=True, within=PROBE_SECONDS)
    if not probe.ok or probe.host_key is None:
        return Tried(probe, learned=False)
    learned = campaign.learning(probe.host_key)
    if learned == campaign:
        return Tried(probe, learned=False)
    try:
        campaigns.move(learned)
    except ChangedMeanwhile:
        # Perhaps it has another server now, so what was seen says nothing.
        return Tried(probe, learned=False)
    return Tried(probe, learned=True)


def probe_settings(
    company_id: str,
    settings: Mapping[str, Any],
    at: datetime,
    *,
    hosts: OutboundHosts,
    check_private_key: CheckPrivateKey,
    open_channel: OpenChannel,
) -> Probe:
    """The same for settings that no campaign has yet. Raises Invalid naming the setting."""
    nobodys = Campaign(
        id="00000000-0000-0000-0000-000000000000",
        company_id=company_id,
        name="",
        created_at=at,
        updated_at=at,
    )
    secrets = _InPassing()
    try:
        whole = sftp_changed(nobodys, settings, secrets, hosts, check_private_key)
    except Invalid as refused:
        # Here the settings are the body itself.
        raise FieldRefused(
            str(refused), field=(refused.field or "").removeprefix(_PREFIX)
        ) from None
    channel = open_channel(destination_of(whole, secrets.open))
    return channel.probe(writing=True, within=PROBE_SECONDS)


class _InPassing:
    """Secrets that are used once and kept nowhere, so there is nothing to encrypt."""

    def seal(self, plain: str, context: Mapping[str, str]) -> Sealed:
        return Sealed(plain, hint_of(plain))

    def open(self, sealed: Sealed, context: Mapping[str, str]) -> str:
        return sealed.ciphertext
