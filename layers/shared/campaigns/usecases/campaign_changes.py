"""What a client may set of a campaign, checked before anything is written."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from campaigns.domain import public_id
from campaigns.domain.campaign import Campaign, CampaignStatus, SftpSettings
from campaigns.domain.delivery import (
    TRIGGER_EXTENSIONS,
    PrivateKeyLocked,
    SftpDestination,
    Trigger,
    check_directory,
    parse_host,
    parse_host_key,
    remote_name,
)
from campaigns.domain.errors import Invalid, NotFound
from campaigns.domain.query import parse_query_url
from campaigns.domain.safety import AudienceChange, Safety
from campaigns.domain.schedule import PeachyCrontab
from campaigns.domain.secret import Sealed, is_mask, secret_context
from campaigns.ports import (
    CheckPrivateKey,
    Collection,
    ExporterStore,
    OutboundHosts,
    Secrets,
    SenderStore,
)
from campaigns.usecases.find_by_any_id import EXTERNAL, find_named

_SFTP_SECRETS = {"password": "password", "private_key": "privateKey", "passphrase": "passphrase"}
_LONGEST_ZONE = "America/Argentina/ComodRivadavia"
_SFTP_DEFAULTS: dict[str, Any] = {
    "cd_dir": "",
    "publish": "rename",
    "overwrite": "replace",
    "trigger": "none",
    "create_dirs": False,
    "recall": True,
}


_IN_A_PATH = re.compile(r"[\w\-.~()'!*:@,;=+&$%<> \[\]{}|^]+")


class FieldRefused(Invalid):
    code = "field_refused"


def kept_secret(
    value: str, was: Sealed | None, *, field: str, context: Mapping[str, str], secrets: Secrets
) -> Sealed:
    """A new secret is sealed for its place; what we showed, sent back, means unchanged."""
    if is_mask(value):
        if was is None or value != was.masked:
            raise FieldRefused("is a mask, and no such secret is kept", field=field)
        return was
    return secrets.seal(value, context)


def refuse_to_follow(field: str) -> None:
    """A secret goes only to the server it was given for.

    Nobody can read it, so nobody may send it elsewhere by changing an address either.
    """
    message = "was given for another server; send it again together with the new address"
    raise FieldRefused(message, field=field)


@dataclass(frozen=True, slots=True)
class Checks:
    """What the checks have to ask."""

    exporters: ExporterStore
    senders: SenderStore
    secrets: Secrets
    hosts: OutboundHosts
    check_private_key: CheckPrivateKey
    allow_http: bool


def changed(campaign: Campaign, changes: Mapping[str, Any], checks: Checks) -> Campaign:
    """The campaign with these fields set; `None` clears. Raises Invalid naming the field."""
    was = campaign
    for name, set_to in _SETTERS.items():
        if name in changes:
            campaign = set_to(campaign, changes[name], checks)
    _check_secrets_stay(was, campaign)
    return campaign


def _check_secrets_stay(was: Campaign, now: Campaign) -> None:
    """Neither follows to another server."""
    kept_key = now.query_key is not None and now.query_key == was.query_key
    if kept_key and now.query_url and _query_server(now.query_url) != _query_server(was.query_url):
        refuse_to_follow("redashApiKey")
    if was.sftp is None or now.sftp is None:
        return
    if parse_host(was.sftp.host) == parse_host(now.sftp.host):
        return
    for name, wire in _SFTP_SECRETS.items():
        kept = getattr(now.sftp, name)
        if kept is not None and kept == getattr(was.sftp, name):
            refuse_to_follow(f"sftpSettings.{wire}")


def _query_server(url: str | None) -> tuple[str, str, int] | None:
    if url is None:
        return None
    address = parse_query_url(url, allow_http=True)
    return address.scheme, address.host, address.port


def check_external_id(value: str | None) -> str | None:
    """It has to be found again as one segment of a path."""
    if value is None:
        return None
    if value.startswith(EXTERNAL):
        raise FieldRefused("is sent without the ext- prefix", field="externalId")
    if _IN_A_PATH.fullmatch(value) is None:
        message = "must not hold a slash, backslash, quote, ?, # or control character"
        raise FieldRefused(message, field="externalId")
    return value


def _external_id(campaign: Campaign, value: str | None, _: Checks) -> Campaign:
    return replace(campaign, external_id=check_external_id(value))


def _name(campaign: Campaign, value: str | None, _: Checks) -> Campaign:
    return replace(campaign, name=value or "")


def _status(campaign: Campaign, value: CampaignStatus | None, _: Checks) -> Campaign:
    return replace(campaign, status=value or CampaignStatus.ACTIVE)


def _query_url(campaign: Campaign, value: str | None, checks: Checks) -> Campaign:
    if value is None:
        return replace(campaign, query_url=None, approved_query_sha256=None)
    address = parse_query_url(value, allow_http=checks.allow_http)
    checks.hosts.check(address.host, address.port, field="redashQueryUrl")
    parameters = {**campaign.query_parameters, **dict(address.parameters)}
    if address.canonical != campaign.query_url:
        # What was approved is the text of another query.
        campaign = replace(campaign, approved_query_sha256=None)
    return replace(campaign, query_url=address.canonical, query_parameters=parameters)


def _query_key(campaign: Campaign, value: str | None, checks: Checks) -> Campaign:
    sealed = _sealed(campaign, "redashApiKey", campaign.query_key, value, checks.secrets)
    return replace(campaign, query_key=sealed)


def _query_parameters(campaign: Campaign, value: dict[str, Any] | None, _: Checks) -> Campaign:
    return replace(campaign, query_parameters=value or {})


def _schedule(campaign: Campaign, value: str | None, _: Checks) -> Campaign:
    text = None if value is None else PeachyCrontab.parse(value).text
    return replace(campaign, schedule=text)


def _exporter(campaign: Campaign, value: str | None, checks: Checks) -> Campaign:
    id = _worker(campaign, value, public_id.EXPORTER, checks.exporters, "contact exporter")
    return replace(campaign, exporter_id=id)


def _sender(campaign: Campaign, value: str | None, checks: Checks) -> Campaign:
    id = _worker(campaign, value, public_id.SENDER, checks.senders, "bulk sender")
    return replace(campaign, sender_id=id)


_FIELDS = {public_id.EXPORTER: "contactExporterId", public_id.SENDER: "bulkSenderId"}


def _worker(
    campaign: Campaign, value: str | None, kind: str, among: Collection[Any], what: str
) -> str | None:
    """The id of what is named, which has to exist."""
    if value is None:
        return None
    found = public_id.read(kind, value)
    if found is None and value.startswith(EXTERNAL):
        named = find_named(campaign.company_id, value, among)
        found = None if named is None else named.id
    try:
        if found is not None:
            among.get(campaign.company_id, found)
            return found
    except NotFound:
        pass
    raise FieldRefused(f"{what} {value} does not exist", field=_FIELDS[kind])


def _sftp(campaign: Campaign, value: Mapping[str, Any] | None, checks: Checks) -> Campaign:
    if value is None:
        return replace(campaign, sftp=None)
    return sftp_changed(campaign, value, checks.secrets, checks.hosts, checks.check_private_key)


def sftp_changed(
    campaign: Campaign,
    value: Mapping[str, Any],
    secrets: Secrets,
    hosts: OutboundHosts,
    check_private_key: CheckPrivateKey,
) -> Campaign:
    """The campaign with these SFTP settings set. Raises Invalid naming the field."""
    was = campaign.sftp or SftpSettings(host="", username="")
    set_to: dict[str, Any] = {
        name: _SFTP_DEFAULTS.get(name) if given is None else given
        for name, given in value.items()
        if name not in _SFTP_SECRETS
    }
    set_to |= {
        name: _sealed(campaign, f"sftpSettings.{wire}", getattr(was, name), value[name], secrets)
        for name, wire in _SFTP_SECRETS.items()
        if name in value
    }
    sftp = replace(was, **set_to)
    for name in ("host", "username"):
        if not getattr(sftp, name):
            raise FieldRefused("is required", field=f"sftpSettings.{name}")
    host, port = parse_host(sftp.host)
    hosts.check(host, port, field="sftpSettings.host")
    if sftp.password is None and sftp.private_key is None:
        message = "a password or a privateKey is required"
        raise FieldRefused(message, field="sftpSettings.password")
    _check_key(sftp, value, check_private_key)
    check_directory(sftp.cd_dir)
    if sftp.host_key is not None:
        parse_host_key(sftp.host_key)
    if sftp.name_template is not None:
        _try_names(
            sftp.name_template, Trigger(sftp.trigger), campaign, split=sftp.split is not None
        )
    if sftp.host != was.host or "host_key" in value:
        # What was seen at another host says nothing about this one, and what somebody says wins.
        sftp = replace(sftp, learned_host_key=None)
    return replace(campaign, sftp=sftp)


def _check_key(sftp: SftpSettings, given: Mapping[str, Any], check: CheckPrivateKey) -> None:
    """A new key, with the passphrase that came along. One that is kept is for deliveries only."""
    key, passphrase = given.get("private_key"), given.get("passphrase")
    if key is None or is_mask(key):
        return
    if passphrase is not None and is_mask(passphrase):
        passphrase = None
    host, port = parse_host(sftp.host)
    try:
        check(
            SftpDestination(
                host=host,
                port=port,
                username=sftp.username,
                private_key=key,
                passphrase=passphrase,
            )
        )
    except PrivateKeyLocked:
        if sftp.passphrase is None or passphrase is not None:
            raise


def _safety(campaign: Campaign, value: Mapping[str, Any] | None, _: Checks) -> Campaign:
    if value is None:
        return replace(campaign, safety=Safety())
    set_to = dict(value)
    if change := set_to.get("audience_change"):
        set_to["audience_change"] = AudienceChange(**change)
    return replace(campaign, safety=replace(campaign.safety, **set_to))


def _try_names(template: str, trigger: Trigger, campaign: Campaign, *, split: bool) -> None:
    """Every file of a run has a name, and no two have the same."""
    files = [("contacts", "csv"), ("recall_01", "csv"), ("log", "txt"), ("receipt", "json")]
    if trigger is not Trigger.NONE:
        files.append(("contacts", TRIGGER_EXTENSIONS[trigger]))
    names = [
        remote_name(
            template,
            campaign=public_id.show(public_id.CAMPAIGN, campaign.id),
            external_id=campaign.external_id,
            run_id=public_id.show(public_id.RUN, campaign.id),
            at=campaign.created_at,
            zone="UTC",
            kind=kind,
            part=1 if split and kind == "contacts" else None,
            time_zone=_LONGEST_ZONE if split and kind == "contacts" else "",
            extension=extension,
        )
        for kind, extension in files
    ]
    if len(set(names)) < len(names):
        message = f"gives the contact file and its trigger the same name, {names[0]}"
        raise FieldRefused(message, field="sftpSettings.nameTemplate")


def _sealed(
    campaign: Campaign, field: str, was: Sealed | None, value: str | None, secrets: Secrets
) -> Sealed | None:
    if value is None:
        return None
    context = secret_context(campaign.company_id, campaign.id, field)
    return kept_secret(value, was, field=field, context=context, secrets=secrets)


_SETTERS: dict[str, Callable[[Campaign, Any, Checks], Campaign]] = {
    "external_id": _external_id,
    "name": _name,
    "status": _status,
    # Parameters before the URL, which may bring more of them.
    "query_parameters": _query_parameters,
    "redash_query_url": _query_url,
    "redash_api_key": _query_key,
    "schedule": _schedule,
    "contact_exporter_id": _exporter,
    "bulk_sender_id": _sender,
    "sftp_settings": _sftp,
    "safety": _safety,
}
