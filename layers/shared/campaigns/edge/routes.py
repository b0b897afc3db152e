"""Every route there is, for whoever has to say that a route does not exist.

A test holds this list equal to template.yaml.
"""

import re

ROUTES: tuple[str, ...] = (
    "GET /companies/{companyId}/campaigns",
    "POST /companies/{companyId}/campaigns",
    "GET /companies/{companyId}/campaigns/{campaignId}",
    "PUT /companies/{companyId}/campaigns/{campaignId}",
    "PATCH /companies/{companyId}/campaigns/{campaignId}",
    "DELETE /companies/{companyId}/campaigns/{campaignId}",
    "POST /companies/{companyId}/campaigns/{campaignId}/sftp/test",
    "POST /companies/{companyId}/campaigns/{campaignId}/preview",
    "POST /companies/{companyId}/campaigns/{campaignId}/runs",
    "GET /companies/{companyId}/campaigns/{campaignId}/runs",
    "GET /companies/{companyId}/campaigns/{campaignId}/runs/{runId}",
    "PUT /companies/{companyId}/campaigns/{campaignId}/runs/{runId}",
    "PATCH /companies/{companyId}/campaigns/{campaignId}/runs/{runId}",
    "GET /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/files",
    "POST /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/files",
    "POST /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/cancel",
    "POST /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/release",
    "POST /companies/{companyId}/campaigns/{campaignId}/runs/{runId}/retry",
    "GET /companies/{companyId}/campaign-workers/contact-exporters",
    "POST /companies/{companyId}/campaign-workers/contact-exporters",
    "GET /companies/{companyId}/campaign-workers/contact-exporters/fields",
    "GET /companies/{companyId}/campaign-workers/contact-exporters/{exporterId}",
    "PUT /companies/{companyId}/campaign-workers/contact-exporters/{exporterId}",
    "PATCH /companies/{companyId}/campaign-workers/contact-exporters/{exporterId}",
    "DELETE /companies/{companyId}/campaign-workers/contact-exporters/{exporterId}",
    "PUT /v1/customers/{externalId}",
    "GET /v1/customers/{externalId}",
    "PUT /v1/accounts/{externalId}",
    "GET /v1/accounts/{externalId}",
    "POST /v1/destinations/test",
    "POST /v1/imports",
    "GET /v1/imports/{importId}",
    "POST /v1/keys",
    "GET /v1/audit",
    "GET /v1/openapi.json",
    "GET /v1/docs",
    "GET /v1/keys",
    "GET /v1/keys/{keyId}",
    "DELETE /v1/keys/{keyId}",
    "POST /v1/keys/{keyId}/rotate",
    "GET /v3/client/{clientId}/campaigns",
    "POST /connect/token",
    "POST /v1/plans",
    "GET /v1/plans",
    "GET /v1/plans/{planId}",
    "PATCH /v1/plans/{planId}",
    "DELETE /v1/plans/{planId}",
    "GET /v1/plans/{planId}/amortisation",
    "GET /v1/plans/{planId}/chart.svg",
    "POST /v1/financing-clients",
    "GET /v1/financing-clients",
    "POST /v1/financing-clients/{clientId}/rotate",
    "DELETE /v1/financing-clients/{clientId}",
    "GET /v1/companies/{companyId}",
    "PATCH /v1/companies/{companyId}",
    "GET /v1/schedules/explain",
    "POST /v1/webhooks",
    "GET /v1/webhooks",
    "GET /v1/webhooks/{webhookId}",
    "PATCH /v1/webhooks/{webhookId}",
    "DELETE /v1/webhooks/{webhookId}",
    "GET /v1/webhooks/{webhookId}/deliveries",
    "POST /v1/webhooks/{webhookId}/deliveries/{deliveryId}/replay",
    "GET /api/v1/external/campaigns",
    "GET /api/v1/external/campaigns/{campaign_id}",
    "POST /api/v1/external/accounts/{account_id}/campaign",
    "POST /api/v1/external/accounts/campaign/bulk",
    "PATCH /v2/customers/campaign-status",
    "GET /v2/campaigns",
    "GET /v2/campaigns/{campaignId}",
    "GET /v2/customers",
    "GET /v2/customers/{customerId}",
    "GET /v1/campaigns",
    "POST /v1/campaigns",
    "GET /v1/campaigns/{campaignId}",
    "PATCH /v1/campaigns/{campaignId}",
    "PUT /v1/campaigns/{campaignId}/status",
    "GET /v1/campaigns/{campaignId}/runs",
    "GET /v1/campaigns/{campaignId}/runs/{runId}",
    "GET /v1/campaigns/{campaignId}/runs/{runId}/files",
    "POST /v1/campaigns/{campaignId}/runs/{runId}/cancel",
    "POST /v1/campaigns/{campaignId}/runs/{runId}/release",
    "POST /v1/campaigns/{campaignId}/runs/{runId}/retry",
    "POST /v1/accounts/{externalId}/settle",
)


def methods_at(path: str) -> list[str]:
    """The methods that some route has at this path."""
    return sorted({method for method, pattern in _PATTERNS if pattern.fullmatch(path)})


_PATTERNS = [
    (method, re.compile(re.sub(r"{\w+}", "[^/]+", path)))
    for method, _, path in (route.partition(" ") for route in ROUTES)
]
