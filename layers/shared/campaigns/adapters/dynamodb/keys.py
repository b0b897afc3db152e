"""Every key of every table, spelled here and nowhere else; the company comes first.

    table       item             pk                               sk
    Access      company          COMPANY#<company>                COMPANY
                key              KEY#<sha-256 of the key>         KEY
                key's name tag   <company>#KEY                    <id>     its digest
    Campaigns   campaign         <company>#CAMPAIGN               <id>
    Workers     exporter         <company>#EXPORTER               <id>
    both        external id      <company>#<KIND>#EXTERNAL        <external id>
                count            <company>#<KIND>#COUNT           COUNT
    Campaigns   run              <company>#RUN#<campaign>         <id>     index runs_by_time
                run in progress  <company>#RUN#<campaign>#SLOT    SLOT
                count of runs    <company>#RUN#<campaign>#COUNT   COUNT
    People      customer         <company>#CUSTOMER#<id>          CUSTOMER
                account          <company>#ACCOUNT#<id>           ACCOUNT
                import           <company>#IMPORT#<id>            IMPORT
    Webhooks    webhook          <company>#WEBHOOK                <id>
                count            <company>#WEBHOOK#COUNT          COUNT
                delivery         <company>#DELIVERY#<webhook>     <id>     expires, indexes
                                 deliveries_by_time and deliveries_by_status
    Requests    answer           <company>#ANSWER                 answer#<digest>
                a key's window   <company>#WINDOW#<key>           <its begin>

A key of the Access table is looked up before the company is known, hence its own shape.
Ids of campaigns and exporters sort by the time they were made, so a list needs no index.
"""

from typing import Any, TypeAlias

from campaigns.domain.webhook_delivery import DeliveryRef

Key: TypeAlias = dict[str, Any]

RUNS_BY_TIME = "runs_by_time"
DELIVERIES_BY_TIME = "deliveries_by_time"
DELIVERIES_BY_STATUS = "deliveries_by_status"


def _key(pk: str, sk: str) -> Key:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def company(company_id: str) -> Key:
    return _key(f"COMPANY#{company_id}", "COMPANY")


def api_key(digest: str) -> Key:
    return _key(f"KEY#{digest}", "KEY")


def api_keys(company_id: str) -> str:
    """The partition that names every key of a company."""
    return f"{company_id}#KEY"


def api_key_tag(company_id: str, key_id: str) -> Key:
    return _key(api_keys(company_id), key_id)


def answers(company_id: str) -> str:
    """The partition of a company's answers; the rest of their keys is Powertools' own."""
    return f"{company_id}#ANSWER"


def window(company_id: str, key_id: str, begin: int) -> Key:
    return _key(f"{company_id}#WINDOW#{key_id}", str(begin))


def listed(company_id: str, kind: str) -> str:
    """The partition that holds everything of one kind."""
    return f"{company_id}#{kind}"


def entity(company_id: str, kind: str, id: str) -> Key:
    return _key(listed(company_id, kind), id)


def external(company_id: str, kind: str, external_id: str) -> Key:
    return _key(f"{listed(company_id, kind)}#EXTERNAL", external_id)


def count(company_id: str, kind: str) -> Key:
    return _key(f"{listed(company_id, kind)}#COUNT", "COUNT")


def runs_of(campaign_id: str) -> str:
    """The kind under which the runs of one campaign are kept."""
    return f"RUN#{campaign_id}"


def run_slot(company_id: str, campaign_id: str) -> Key:
    return _key(f"{listed(company_id, runs_of(campaign_id))}#SLOT", "SLOT")


def deliveries_to(company_id: str, webhook_id: str) -> str:
    """The partition of what was sent to one webhook."""
    return listed(company_id, f"DELIVERY#{webhook_id}")


def webhook_delivery(ref: DeliveryRef) -> Key:
    return _key(deliveries_to(ref.company_id, ref.webhook_id), ref.delivery_id)


def customer(company_id: str, id: str) -> Key:
    return _key(f"{company_id}#CUSTOMER#{id}", "CUSTOMER")


def account(company_id: str, id: str) -> Key:
    return _key(f"{company_id}#ACCOUNT#{id}", "ACCOUNT")


def import_job(company_id: str, id: str) -> Key:
    return _key(f"{company_id}#IMPORT#{id}", "IMPORT")
