"""What is asked of DynamoDB, counted: requests, items, and the units it would charge."""

import re
from collections import Counter
from collections.abc import Sequence
from math import ceil
from typing import Any

import orjson

_UNIT_READ, _UNIT_WRITTEN = 4096, 1024


class CountingClient:
    """A DynamoDB client that keeps count of what goes through it."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.exceptions = inner.exceptions
        self.seen: Counter[str] = Counter()
        self.read_units = 0.0

    def imagine(self, inner: Any) -> None:
        """Ask somebody else from now on."""
        self._inner = inner

    def get_item(self, **asked: Any) -> Any:
        answer = self._inner.get_item(**asked)
        self._count("get", [answer["Item"]] if "Item" in answer else [], asked)
        return answer

    def batch_get_item(self, **asked: Any) -> Any:
        answer = self._inner.batch_get_item(**asked)
        for table, of in asked["RequestItems"].items():
            self._count("batch get", answer["Responses"][table], of)
            # What is looked for and not there is charged like something small.
            missing = len(of["Keys"]) - len(answer["Responses"][table])
            self.read_units += missing * (1 if of.get("ConsistentRead") else 0.5)
        return answer

    def query(self, **asked: Any) -> Any:
        answer = self._inner.query(**asked)
        self.seen["query"] += 1
        self.seen["items read"] += len(answer.get("Items", []))
        size = sum(size_of(item) for item in answer.get("Items", []))
        units = max(1, ceil(size / _UNIT_READ))
        self.read_units += units if asked.get("ConsistentRead") else units / 2
        return answer

    def put_item(self, **asked: Any) -> Any:
        self.seen["put"] += 1
        self._written([asked["Item"]], 1)
        return self._inner.put_item(**asked)

    def batch_execute_statement(self, **asked: Any) -> Any:
        self.seen["batch of statements"] += 1
        for one in asked["Statements"]:
            names = re.findall(r"'(\w+)': \?|\"(\w+)\" = \?", one["Statement"])
            self._written([dict(zip(map("".join, names), one["Parameters"], strict=True))], 1)
        return self._inner.batch_execute_statement(**asked)

    def transact_write_items(self, **asked: Any) -> Any:
        self.seen["transaction"] += 1
        writes = [next(iter(one.values())) for one in asked["TransactItems"]]
        self._written([one.get("Item", one.get("Key", {})) for one in writes], 2)
        return self._inner.transact_write_items(**asked)

    def _count(self, what: str, items: Sequence[Any], asked: Any) -> None:
        self.seen[what] += 1
        self.seen["items read"] += len(items)
        for item in items:
            units = max(1, ceil(size_of(item) / _UNIT_READ))
            self.read_units += units if asked.get("ConsistentRead") else units / 2

    def _written(self, items: Sequence[Any], factor: int) -> None:
        """Of the tables; each entry of an index that is written costs one unit more."""
        self.seen["items written"] += len(items)
        for item in items:
            self.seen["write units"] += factor * max(1, ceil(size_of(item) / _UNIT_WRITTEN))
            indexes = ("status_partition", "due_partition", "told_at")
            self.seen["write units"] += sum(name in item for name in indexes)


def size_of(item: Any) -> int:
    return sum(
        len(name) + (len(value["B"]) if "B" in value else len(orjson.dumps(value)))
        for name, value in item.items()
    )
