from campaigns.domain.template import Template, TemplateNotFound, template_id_of
from campaigns.ports import TemplateStore


def find_template(company_id: str, text: str, *, templates: TemplateStore) -> Template:
    """By its id, whether it was deleted or not. Raises TemplateNotFound."""
    found = templates.find(company_id, template_id_of(text))
    if found is None:
        raise TemplateNotFound(text)
    return found
