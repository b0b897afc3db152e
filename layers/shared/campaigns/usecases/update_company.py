from contextlib import suppress
from dataclasses import replace

from campaigns.domain.campaign import ChangedMeanwhile
from campaigns.domain.company import Company, CompanyChanges
from campaigns.domain.errors import Unavailable
from campaigns.domain.secret import SentSecret
from campaigns.ports import Access, Clock, ScheduleMover, Secrets
from campaigns.usecases.campaign_changes import kept_secret

_TRIES = 20


def update_company(
    company_id: str,
    changes: CompanyChanges,
    *,
    access: Access,
    secrets: Secrets,
    mover: ScheduleMover,
    now: Clock,
    agency_secret: SentSecret | None = None,
) -> Company:
    """Set the given fields, whoever else sets others at the same moment.

    With other times of day, the schedules of its campaigns begin to move in the background; if
    that cannot be begun, the company still says that they have not moved, and the sweep begins it.
    Raises CompanyNotFound, UnknownTimeZone, ChangedMeanwhile; FieldRefused for the mask of a
    secret that is not kept.
    """
    for _ in range(_TRIES):
        was = access.company(company_id)
        to_be = was.changed(changes, at=now())
        if agency_secret is not None:
            to_be = _with_secret(to_be, agency_secret.value, secrets)
        if to_be == was:
            return was
        try:
            kept = access.move_company(to_be)
        except ChangedMeanwhile:
            continue
        if kept.times != was.times:
            with suppress(Unavailable):
                mover.start(kept)
        return kept
    raise ChangedMeanwhile(f"company {company_id}")


def _with_secret(company: Company, secret: str | None, secrets: Secrets) -> Company:
    if secret is None:
        return replace(company, agency_secret=None)
    sealed = kept_secret(
        secret,
        company.agency_secret,
        field="agencySigningSecret",
        context=company.agency_secret_context,
        secrets=secrets,
    )
    return replace(company, agency_secret=sealed)
