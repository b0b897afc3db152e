from typing import Any

from campaigns.domain.agency_request import LONGEST_TEMPLATE, NoSuchTemplate, read_text
from campaigns.domain.phones import normal_phone
from campaigns.domain.reported_send import NoPhone, ReportedSend
from campaigns.domain.template import agency_place
from campaigns.ports import Clock, NewId, ReportedSendStore, TemplateStore

_LONGEST_PHONE = 50
_LONGEST_WAM_ID = 500


def report_send(
    company_id: str,
    template_name: Any,
    phone_number: Any,
    wam_id: Any,
    *,
    templates: TemplateStore,
    sends: ReportedSendStore,
    new_id: NewId,
    now: Clock,
) -> None:
    """Keep that an agency has sent a message by itself; one without an id of its provider failed.

    Told twice under the same id, it counts once. Raises RequestRefused, NoSuchTemplate, NoPhone.
    """
    name = read_text("template_name", template_name, LONGEST_TEMPLATE).strip()
    phone = normal_phone(read_text("phone_number", phone_number, _LONGEST_PHONE))
    told = None if wam_id in (None, "") else read_text("wam_id", wam_id, _LONGEST_WAM_ID)
    if phone is None:
        raise NoPhone
    template = templates.find_external(company_id, agency_place(name))
    if template is None:
        raise NoSuchTemplate(name)
    sends.add(ReportedSend.of(company_id, template.id, phone, told, new_id=new_id(), at=now()))
