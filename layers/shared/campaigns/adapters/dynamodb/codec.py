"""A domain dataclass as one attribute of an item, and back."""

from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class Codec(Generic[T]):
    """The whole entity as JSON in the attribute `data`; keys and indexes stand beside it.

    One attribute decodes about three times as fast as fifteen, and lets an entity grow a
    field without touching what is stored.
    """

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind

    @cached_property
    def _shape(self) -> TypeAdapter[T]:
        return TypeAdapter(self._kind)

    def encode(self, entity: T) -> dict[str, Any]:
        return {"data": {"B": self._shape.dump_json(entity, exclude_none=True)}}

    def decode(self, item: dict[str, Any]) -> T:
        return self._shape.validate_json(item["data"]["B"])
