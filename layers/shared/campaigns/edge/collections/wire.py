"""The base of this API's schemas: its names are written as they are in the core."""

from pydantic import BaseModel, ConfigDict


class SnakeWire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
