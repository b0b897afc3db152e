"""Every key of every table, spelled here and nowhere else; the company comes first.

    table       item             pk                               sk
    Access      company          COMPANY#<company>                COMPANY
                key              KEY#<sha-256 of the key>         KEY
                key's name tag   <company>#KEY                    <id>     its digest
                client's company CLIENT#<id>                      CLIENT
                client           <company>#CLIENT                 <id>
    Campaigns   campaign         <company>#CAMPAIGN               <id>
                agency campaign  <company>#AGENCY                 <id>
    Workers     exporter         <company>#EXPORTER               <id>
                sender           <company>#SENDER                 <id>
                template         <company>#TEMPLATE               <id>
                its version      <company>#TEMPLATE#<id>          <number>
                group            <company>#GROUP                  <id>
                member           <company>#GROUP#<id>             <customer>
                count of members <company>#GROUP#<id>#COUNT       COUNT
                reported send    <company>#REPORTED#<template>    <id>
                counts of those  <company>#REPORTED#<template>#COUNT  COUNT
    Plans       plan             <company>#PLAN                   <id>
                plan numbers     <company>#PLAN#NUMBER            NUMBER
    these       external id      <company>#<KIND>#EXTERNAL        <external id>
                count            <company>#<KIND>#COUNT           COUNT
    Campaigns   run              <company>#RUN#<campaign>         <id>     index runs_by_time
                run in progress  <company>#RUN#<place>#SLOT       SLOT
                count of runs    <company>#RUN#<campaign>#COUNT   COUNT
                sweep's mark     SWEEP#<shard>                    SWEEP
    People      customer         <company>#CUSTOMER#<id>          CUSTOMER index customers_by_id
                account          <company>#ACCOUNT#<id>           ACCOUNT
                import           <company>#IMPORT#<id>            IMPORT
    Audit       entry            <company>#AUDIT#<date, UTC>      <id>     expires
    Webhooks    webhook          <company>#WEBHOOK                <id>
                count            <company>#WEBHOOK#COUNT          COUNT
                delivery         <company>#DELIVERY#<webhook>     <id>     expires, indexes
                                 deliveries_by_time and deliveries_by_status
    Requests    answer           <company>#ANSWER                 answer#<digest>
                a key's window   <company>#WINDOW#<key>           <its begin>
    Campaigns   chain            <company>#CHAIN                  CHAIN
                clock's mark     <company>#CLOCK#<campaign>       CLOCK
    Enrollments enrollment       <company>#CUSTOMER#<customer>    <campaign>#<id>
                                               indexes enrollments_due, enrollments_by_status
                place            <company>#ACCOUNT#<account>      PLACE
                counts           <company>#COUNTS#<campaign>      <shard>
                calls of a day   <company>#COUNTS#<campaign>      <date>#<shard>
    Contacts    history          <company>#CONTACTS#<customer>    HISTORY  expires
                timeline entry   <company>#CONTACTS#<customer>    ENTRY#<id>  expires, index
                                                                  contacts_by_time
    Messages    message          <company>#MESSAGE#<id>           MESSAGE  expires
                what it says     <company>#MESSAGE#<id>           WORDING  expires
                counts of a run  <company>#MESSAGES#<run>         <shard>  expires
                line of senders  <company>#LINE#<channel>         LINE
                who was reached  REACHED#<channel>#<digest>       <company>#<person>  expires
                outbox           <company>#OUTBOX                 <id>     expires
                notices sent     <company>#NOTICES#<customer>     ABOUT#<account>
                recalls' progress <company>#RECALLS#<campaign>#<run>  PROGRESS  expires, index
                                                                  recalls_due
                recall           <company>#RECALLS#<campaign>#<run>  RECALL#<person>#<reason>#
                                                                  <digest of address>  expires

Two sparse indexes of the Campaigns table cross companies, each cut into shards by a hash, since
one partition takes only so many writes a second:

    index                  partition        order                              who stands in it
    scheduled_campaigns    SCHEDULED#<n>    <company>#<campaign>               campaigns by schedule
    runs_at_work           AT_WORK#<n>      <time of the last write>#<id>      runs not over or held

A run is written many times and enters a third one, runs_of_company (<company>#RUNS, by the time it
was opened), only once, for it holds nothing but keys; so that one needs no shards.

One of the Contacts table does, too, in one partition, since few runs stand in it at a time:

    recalls_due            RECALLS          <when it is due>#<id>              runs with recalls

A key of the Access table is looked up before the company is known, hence its own shape; likewise
a client's company, and who was reached at the address (a digest of it) that an answer comes from.
A client's token is a key without a name tag. Ids of campaigns, exporters, senders, templates,
groups, plans and clients sort by the time they were made, so a list needs no index. What stands as
the external id of a template is its place, of a group its name.
"""

from datetime import date, datetime
from hashlib import sha256
from typing import Any, TypeAlias

from campaigns.domain.identity import moment
from campaigns.domain.run import RunRef
from campaigns.domain.webhook_delivery import DeliveryRef

Key: TypeAlias = dict[str, Any]

RUNS_BY_TIME = "runs_by_time"
RUNS_OF_COMPANY = "runs_of_company"
SCHEDULED_CAMPAIGNS = "scheduled_campaigns"
RUNS_AT_WORK = "runs_at_work"
CUSTOMERS_BY_ID = "customers_by_id"
ENROLLMENTS_DUE = "enrollments_due"
ENROLLMENTS_BY_STATUS = "enrollments_by_status"
ENDS = "ends"
"""How often an enrollment has ended; its item bears it only when it has."""
SHARDS = 8
"""Into how many partitions a list that may have millions of entries is spread, and a counter."""
CONTACTS_BY_TIME = "contacts_by_time"
RECALLS_DUE = "recalls_due"
RECALLS = "RECALLS"
"""The one partition of that index."""
FORBIDS = "forbids"
"""Whether a customer, or an account, is not to be contacted somehow; whoever listens for people to
recall is told of those alone."""
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


def audit_of(company_id: str, day: date) -> str:
    """The partition of what was changed on one day."""
    return f"{company_id}#AUDIT#{day.isoformat()}"


def audit_entry(company_id: str, day: date, id: str) -> Key:
    return _key(audit_of(company_id, day), id)


def answers(company_id: str) -> str:
    """The partition of a company's answers; the rest of their keys is Powertools' own."""
    return f"{company_id}#ANSWER"


def window(company_id: str, key_id: str, begin: int) -> Key:
    return _key(f"{company_id}#WINDOW#{key_id}", str(begin))


def client_company(client_id: str) -> Key:
    return _key(f"CLIENT#{client_id}", "CLIENT")


def listed(company_id: str, kind: str) -> str:
    """The partition that holds everything of one kind."""
    return f"{company_id}#{kind}"


def entity(company_id: str, kind: str, id: str) -> Key:
    return _key(listed(company_id, kind), id)


def external(company_id: str, kind: str, external_id: str) -> Key:
    return _key(f"{listed(company_id, kind)}#EXTERNAL", external_id)


def count(company_id: str, kind: str) -> Key:
    return _key(f"{listed(company_id, kind)}#COUNT", "COUNT")


def numbers(company_id: str, kind: str) -> Key:
    """The counter that things of one kind take their numbers from."""
    return _key(f"{listed(company_id, kind)}#NUMBER", "NUMBER")


def runs_of(campaign_id: str) -> str:
    """The kind under which the runs of one campaign are kept."""
    return f"RUN#{campaign_id}"


def run_of_company(company_id: str) -> Key:
    """Where a run stands in the index of all runs of a company."""
    return {"runs_of": {"S": f"{company_id}#RUNS"}}


def template_version(company_id: str, template_id: str, number: int) -> Key:
    return entity(company_id, f"TEMPLATE#{template_id}", f"{number:04}")


def members_of(group_id: str) -> str:
    """The kind under which the members of one group are kept."""
    return f"GROUP#{group_id}"


def reported_to(template_id: str) -> str:
    """The kind under which is kept what was reported to be sent by one template."""
    return f"REPORTED#{template_id}"


def run_slot(company_id: str, place: str) -> Key:
    return _key(f"{listed(company_id, runs_of(place))}#SLOT", "SLOT")


def deliveries_to(company_id: str, webhook_id: str) -> str:
    """The partition of what was sent to one webhook."""
    return listed(company_id, f"DELIVERY#{webhook_id}")


def webhook_delivery(ref: DeliveryRef) -> Key:
    return _key(deliveries_to(ref.company_id, ref.webhook_id), ref.delivery_id)


def customer(company_id: str, id: str) -> Key:
    return _key(f"{company_id}#CUSTOMER#{id}", "CUSTOMER")


ID_SHARDS = "0123456789abcdef"
"""The first digit of a customer's id is its shard, so one list after the other is in order."""


def customers_listed(company_id: str, shard: str) -> str:
    return f"{company_id}#CUSTOMERS#{shard}"


def account(company_id: str, id: str) -> Key:
    return _key(f"{company_id}#ACCOUNT#{id}", "ACCOUNT")


def import_job(company_id: str, id: str) -> Key:
    return _key(f"{company_id}#IMPORT#{id}", "IMPORT")


def scheduled(company_id: str, campaign_id: str) -> Key:
    """Where a campaign stands in the index of those that run by schedule."""
    return {
        "scheduled_shard": {"S": scheduled_shard(shard_of(campaign_id))},
        "scheduled_key": {"S": f"{company_id}#{campaign_id}"},
    }


def scheduled_shard(shard: int) -> str:
    return f"SCHEDULED#{shard}"


def scheduled_named(item: Key) -> tuple[str, str]:
    """The company and campaign of an item of that index."""
    company_id, _, campaign_id = item["scheduled_key"]["S"].partition("#")
    return company_id, campaign_id


def at_work(run_id: str, written_at: datetime) -> Key:
    """Where a run stands in the index of those at work."""
    return {
        "at_work_shard": {"S": at_work_shard(shard_of(run_id))},
        "at_work_key": {"S": f"{moment(written_at)}#{run_id}"},
    }


def at_work_shard(shard: int) -> str:
    return f"AT_WORK#{shard}"


def run_named(item: Key) -> tuple[str, str, str]:
    """The company, campaign and id of a run, by its own key."""
    company_id, _, campaign_id = item["pk"]["S"].split("#")
    return company_id, campaign_id, item["sk"]["S"]


def sweep_mark(shard: int) -> Key:
    return _key(f"SWEEP#{shard}", "SWEEP")


def clock_mark(company_id: str, campaign_id: str) -> Key:
    """Up to when the clock of a collection campaign was answered."""
    return _key(f"{company_id}#CLOCK#{campaign_id}", "CLOCK")


def kind_of(item: Key) -> str:
    """The kind of a thing that is listed, by its own key."""
    return str(item["pk"]["S"].rpartition("#")[2])


def shard_of(id: str) -> int:
    return sha256(id.encode()).digest()[0] % SHARDS


def chain(company_id: str) -> Key:
    """Which state the chains of a company's campaigns are in."""
    return _key(f"{company_id}#CHAIN", "CHAIN")


def enrollments_of(company_id: str, customer_id: str) -> str:
    """The partition that holds every enrollment of one customer."""
    return f"{company_id}#CUSTOMER#{customer_id}"


def enrollment(company_id: str, customer_id: str, campaign_id: str, id: str) -> Key:
    return _key(enrollments_of(company_id, customer_id), f"{campaign_id}#{id}")


def enrollment_named(key: Key) -> tuple[str, str, str]:
    """Customer, campaign and id, out of the key of an enrollment."""
    campaign_id, _, id = key["sk"]["S"].partition("#")
    return key["pk"]["S"].rpartition("#")[2], campaign_id, id


def place(company_id: str, account_id: str) -> Key:
    """The one place of an account for an active execution."""
    return _key(f"{company_id}#ACCOUNT#{account_id}", "PLACE")


def due(company_id: str, campaign_id: str, step_id: str, shard: int) -> str:
    return f"{company_id}#DUE#{campaign_id}#{step_id}#{shard}"


def by_status(company_id: str, campaign_id: str, status: str, shard: int) -> str:
    return f"{company_id}#STATUS#{campaign_id}#{status}#{shard}"


def counts(company_id: str, campaign_id: str, shard: int, day: str = "") -> Key:
    named = f"{day}#{shard}" if day else str(shard)
    return _key(f"{company_id}#COUNTS#{campaign_id}", named)


def contacts_of(company_id: str, person_id: str) -> str:
    """The partition of all that is kept of the contacts with one customer."""
    return f"{company_id}#CONTACTS#{person_id}"


def contact_history(company_id: str, person_id: str) -> Key:
    return _key(contacts_of(company_id, person_id), "HISTORY")


def timeline_entry(company_id: str, person_id: str, id: str) -> Key:
    return _key(contacts_of(company_id, person_id), f"ENTRY#{id}")


def message(company_id: str, id: str) -> Key:
    return _key(f"{company_id}#MESSAGE#{id}", "MESSAGE")


def message_named(key: Key) -> str:
    return str(key["pk"]["S"].rpartition("#")[2])


def wording(company_id: str, id: str) -> Key:
    return _key(f"{company_id}#MESSAGE#{id}", "WORDING")


def tallies(company_id: str, run_id: str) -> str:
    """The partition of the counters of a run's messages."""
    return f"{company_id}#MESSAGES#{run_id}"


def tally(company_id: str, run_id: str, shard: int) -> Key:
    return _key(tallies(company_id, run_id), str(shard))


def line(company_id: str, channel: str) -> Key:
    return _key(f"{company_id}#LINE#{channel}", "LINE")


def reached_at(channel: str, address: str) -> str:
    """The partition of those who were reached at an address, which itself does not stand there."""
    return f"REACHED#{channel}#{sha256(address.encode()).hexdigest()}"


def reached(channel: str, address: str, company_id: str, person_id: str) -> Key:
    return _key(reached_at(channel, address), f"{company_id}#{person_id}")


def reached_named(key: Key) -> tuple[str, str]:
    """The company and the person."""
    company_id, _, person_id = key["sk"]["S"].partition("#")
    return company_id, person_id


def outbox(company_id: str) -> str:
    """The partition of the messages of a company that reached nobody."""
    return f"{company_id}#OUTBOX"


def in_outbox(company_id: str, id: str) -> Key:
    return _key(outbox(company_id), id)


def notices(company_id: str, person_id: str, debt: str) -> Key:
    return _key(f"{company_id}#NOTICES#{person_id}", f"ABOUT#{debt}")


def notices_named(key: Key) -> tuple[str, str]:
    """The person and the debt."""
    return key["pk"]["S"].rpartition("#")[2], key["sk"]["S"].removeprefix("ABOUT#")


def recalls_of(ref: RunRef) -> str:
    """The partition of whoever is taken off the list of one run."""
    return f"{ref.company_id}#RECALLS#{ref.campaign_id}#{ref.run_id}"


def recall_progress(ref: RunRef) -> Key:
    return _key(recalls_of(ref), "PROGRESS")


def recall(ref: RunRef, name: str) -> Key:
    return _key(recalls_of(ref), f"RECALL#{name}")


def recalls_due(run_id: str, at: datetime) -> Key:
    """Where a run stands in the index of those with recalls to tell."""
    return {
        "recalls_partition": {"S": RECALLS},
        "recalls_due_at": {"S": f"{moment(at)}#{run_id}"},
    }


def recalling_run(item: Key) -> RunRef:
    """Of an item of that index."""
    company_id, _, campaign_id, run_id = item["pk"]["S"].split("#")
    return RunRef(company_id, campaign_id, run_id)
