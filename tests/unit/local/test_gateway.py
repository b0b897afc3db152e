"""Which function a request goes to."""

from campaigns.edge.routes import ROUTES, methods_at
from local.gateway import Routes
from local.template import Template

EXPORTERS = "/companies/{companyId}/campaign-workers/contact-exporters"


def test_a_literal_segment_wins_over_a_parameter() -> None:
    routes = Routes(list(Template().routes()), "nobody")
    at = EXPORTERS.format(companyId="c")
    assert routes.find("GET", f"{at}/fields")[:2] == (
        "BorrowerListExporterFields",
        f"GET {EXPORTERS}/fields",
    )
    assert routes.find("GET", f"{at}/field")[0] == "BorrowerGetContactExporter"
    assert routes.find("PATCH", f"{at}/fields")[0] == "BorrowerUpdateContactExporter"


def test_what_may_be_done_at_a_path_is_what_any_of_its_routes_allows() -> None:
    at = EXPORTERS.format(companyId="c")
    assert methods_at(f"{at}/fields") == methods_at(f"{at}/x") == ["DELETE", "GET", "PATCH", "PUT"]
    assert f"GET {EXPORTERS}/fields" in ROUTES
