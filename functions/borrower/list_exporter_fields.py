"""GET /companies/{companyId}/campaign-workers/contact-exporters/fields:
every field path that a column of a contact exporter can show.
"""

from campaigns import wiring
from campaigns.domain.facts import ANY_COLUMN, CATALOGUE
from campaigns.edge.borrower import Listed, endpoint
from campaigns.edge.borrower.schemas.exporter import FieldOut


@endpoint(
    "GET /companies/{companyId}/campaign-workers/contact-exporters/fields",
    scope="workers:read",
    wiring=wiring,
)
def handler() -> Listed[FieldOut]:
    fields = [FieldOut.of(known) for known in (*CATALOGUE, ANY_COLUMN)]
    return Listed(
        total=len(fields), count=len(fields), next_url=None, previous_url=None, data=fields
    )
