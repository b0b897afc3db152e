"""Campaigns as the borrower API takes and shows them."""

from collections.abc import Mapping
from math import isfinite
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field

from campaigns.domain.campaign import CampaignStatus, SftpSettings
from campaigns.domain.campaign_view import CampaignView
from campaigns.domain.public_id import CAMPAIGN, EXPORTER, SENDER, show
from campaigns.domain.safety import LEAST_RUNS, MOST_RUNS, USUAL_RUNS, Precaution, Safety
from campaigns.domain.secret import Sealed
from campaigns.edge.sftp import Secret, SftpIn
from campaigns.edge.wire import ExternalId, Moment, Short, StrictWire, Wire, sent

_MOST_PARTS = 100


def _plain(value: Any) -> Any:
    """What Redash takes for a parameter, and what JSON can write again."""
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    parts = parts if isinstance(parts, list) else [parts]
    if len(parts) > _MOST_PARTS or not all(_is_plain(part) for part in parts):
        raise ValueError("must be a text, a number, true, false, or a list or range of these")
    return value


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 1000 and value.encode(errors="replace").decode() == value
    if isinstance(value, float):
        return isfinite(value)
    return value is None or (isinstance(value, int) and abs(value) < 2**63)


Parameters = Annotated[
    dict[Annotated[str, Field(max_length=100)], Annotated[Any, AfterValidator(_plain)]],
    Field(max_length=100),
]


def _shown(sealed: Sealed | None) -> str | None:
    return None if sealed is None else sealed.masked


def _id(kind: str, id: str | None) -> str | None:
    return None if id is None else show(kind, id)


MostPeople = Annotated[int, Field(ge=1, lt=2**53, strict=True)]
Percent = Annotated[int, Field(ge=0, le=100, strict=True)]


class AudienceChangeIn(StrictWire):
    percent: Annotated[int, Field(ge=1, le=1000, strict=True)]
    of_runs: Annotated[int, Field(ge=LEAST_RUNS, le=MOST_RUNS, strict=True)] = USUAL_RUNS


class SafetyIn(StrictWire):
    """A limit that is misspelt is refused: ignored, it would protect nobody and nobody knew."""

    zero_rows: Precaution | None = None
    audience_change: AudienceChangeIn | None = None
    max_audience: MostPeople | None = None
    max_without_phone_percent: Percent | None = None
    query_change: Precaution | None = None


class CampaignIn(Wire):
    """Only the fields that are sent count; `null` clears."""

    external_id: ExternalId | None = None
    name: Annotated[str, Field(max_length=200)] | None = None
    status: CampaignStatus | None = None
    redash_query_url: Annotated[str, Field(max_length=2000)] | None = None
    redash_api_key: Secret | None = None
    query_parameters: Parameters | None = None
    schedule: Annotated[str, Field(max_length=200)] | None = None
    contact_exporter_id: Short | None = None
    bulk_sender_id: Short | None = None
    sftp_settings: SftpIn | None = None
    safety: SafetyIn | None = None

    def changes(self) -> Mapping[str, Any]:
        """The fields that were sent; SFTP settings and safety limits likewise, one by one."""
        return sent(self)


class SftpOut(Wire):
    host: str
    username: str
    password: str | None
    cd_dir: str
    private_key: str | None
    passphrase: str | None
    host_key: str | None
    publish: str
    overwrite: str
    create_dirs: bool
    name_template: str | None
    trigger: str
    recall: bool
    split: str | None

    @classmethod
    def of(cls, sftp: SftpSettings) -> Self:
        return cls(
            host=sftp.host,
            username=sftp.username,
            password=_shown(sftp.password),
            cd_dir=sftp.cd_dir,
            private_key=_shown(sftp.private_key),
            passphrase=_shown(sftp.passphrase),
            host_key=sftp.expected_host_key,
            publish=sftp.publish,
            overwrite=sftp.overwrite,
            create_dirs=sftp.create_dirs,
            name_template=sftp.name_template,
            trigger=sftp.trigger,
            recall=sftp.recall,
            split=sftp.split,
        )


class AudienceChangeOut(Wire):
    percent: int
    of_runs: int

    @classmethod
    def of(cls, safety: Safety) -> Self | None:
        change = safety.audience_change
        return None if change is None else cls(percent=change.percent, of_runs=change.of_runs)


class SafetyOut(Wire):
    zero_rows: Precaution | None
    audience_change: AudienceChangeOut | None
    max_audience: int | None
    max_without_phone_percent: int | None
    query_change: Precaution | None

    @classmethod
    def of(cls, safety: Safety) -> Self:
        return cls(
            zero_rows=safety.zero_rows,
            audience_change=AudienceChangeOut.of(safety),
            max_audience=safety.max_audience,
            max_without_phone_percent=safety.max_without_phone_percent,
            query_change=safety.query_change,
        )


class CampaignOut(Wire):
    id: str
    created_at: Moment
    updated_at: Moment
    deleted_at: Moment | None
    external_id: str | None
    name: str
    status: CampaignStatus
    redash_query_url: str | None
    redash_api_key: str | None
    query_parameters: dict[str, Any]
    schedule: str | None
    next_run_at: Moment | None
    timezone: str
    contact_exporter_id: str | None
    bulk_sender_id: str | None
    sftp_settings: SftpOut | None
    safety: SafetyOut
    approved_query_sha256: Annotated[str | None, Field(alias="approvedQuerySha256")]

    @classmethod
    def of(cls, view: CampaignView) -> Self:
        campaign = view.campaign
        return cls(
            id=show(CAMPAIGN, campaign.id),
            created_at=campaign.created_at,
            updated_at=campaign.updated_at,
            deleted_at=campaign.deleted_at,
            external_id=campaign.external_id,
            name=campaign.name,
            status=campaign.status,
            redash_query_url=campaign.query_url,
            redash_api_key=_shown(campaign.query_key),
            query_parameters=dict(campaign.query_parameters),
            schedule=campaign.schedule,
            next_run_at=view.next_run_at,
            timezone=view.zone,
            contact_exporter_id=_id(EXPORTER, campaign.exporter_id),
            bulk_sender_id=_id(SENDER, campaign.sender_id),
            sftp_settings=None if campaign.sftp is None else SftpOut.of(campaign.sftp),
            safety=SafetyOut.of(campaign.safety),
            approved_query_sha256=campaign.approved_query_sha256,
        )
