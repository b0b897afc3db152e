"""template.yaml as data: what it deploys, which routes it serves, what every function is told.

CloudFormation's short tags come out in their long form: `!Ref X` as {"Ref": "X"}, `!Sub` as
{"Fn::Sub": …}, `!GetAtt X.Arn` as {"Fn::GetAtt": ["X", "Arn"]}.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[1]

_FUNCTION = "AWS::Serverless::Function"


class Function(NamedTuple):
    name: str
    """As the template calls it."""
    module: str
    """Dotted from the repository root: `functions.borrower.create_campaign`."""
    function_name: Any
    """As it will be called in AWS, its references not yet followed."""
    properties: dict[str, Any]


class Route(NamedTuple):
    method: str
    path: str
    function: str
    """The name of its Function."""


class Template:
    def __init__(self, path: Path = ROOT / "template.yaml") -> None:
        document = yaml.load(path.read_text(), _Loader)
        self.resources: dict[str, dict[str, Any]] = document["Resources"]
        self.parameters: dict[str, str] = {
            name: str(one.get("Default", "")) for name, one in document["Parameters"].items()
        }
        self.environment: dict[str, Any] = document["Globals"]["Function"]["Environment"][
            "Variables"
        ]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of all resources of one type, by name."""
        return {
            name: one.get("Properties", {})
            for name, one in self.resources.items()
            if one["Type"] == kind
        }

    def functions(self) -> Iterator[Function]:
        for name, properties in self.of_type(_FUNCTION).items():
            yield Function(name, _module(properties), properties.get("FunctionName"), properties)

    def routes(self) -> Iterator[Route]:
        """Every route of the HTTP API but `$default`."""
        for name, at in self._http_events():
            if "Path" in at:
                yield Route(at["Method"].upper(), at["Path"], name)

    @property
    def default(self) -> str:
        """The name of the function that answers where no route matches."""
        [name] = (name for name, at in self._http_events() if "Path" not in at)
        return name

    def _http_events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, properties in self.of_type(_FUNCTION).items():
            for event in properties.get("Events", {}).values():
                if event["Type"] == "HttpApi":
                    yield name, event["Properties"]


def _module(function: dict[str, Any]) -> str:
    name, _, entry = str(function["Handler"]).partition(".")
    if entry != "handler":
        raise ValueError(f"{function['Handler']}: the entry of every Lambda is called handler")
    return f"{str(function['CodeUri']).rstrip('/').replace('/', '.')}.{name}"


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags, and nothing else that is not plain data."""


def _long_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _long_form)
