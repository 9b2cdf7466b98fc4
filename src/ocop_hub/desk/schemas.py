"""Shapes of lists and of changes to all that a list found."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ocop_hub.catalogue.bulk_schemas import BulkChanges
from ocop_hub.desk.queries import Shown, Wanted


class FindIn(BaseModel):
    """Which products: as the box and the filters of the desk."""

    model_config = ConfigDict(extra="forbid")

    words: Annotated[str, Field(max_length=300, description="Name, producer, place or code")] = ""
    group_code: str = ""
    unit_id: Annotated[str, Field(description="Commune or province of today, or a former district")] = ""
    shown: Shown | None = Field(None, description="State on marketplaces, or on one of them")
    marketplace: str = ""
    stars: Annotated[int, Field(ge=3, le=5)] | None = None
    lacks: Annotated[str, Field(description="A target that is not ready, or field:NAME")] = ""
    producer_id: UUID | None = None

    def wanted(self) -> Wanted:
        """As the desk's queries take it."""
        return Wanted(
            words=self.words,
            group=self.group_code,
            unit_id=self.unit_id,
            shown=self.shown,
            marketplace=self.marketplace,
            stars=self.stars,
            lacks=self.lacks,
            producer_id=self.producer_id,
        )


class EditIn(BaseModel):
    """One change for all that is found."""

    model_config = ConfigDict(extra="forbid")

    find: FindIn
    set: BulkChanges


class LeftOutOut(BaseModel):
    """A product that stayed as it was, and why."""

    model_config = ConfigDict(from_attributes=True)

    product_id: UUID
    name: str
    code: str
    reason: str


class EditOut(BaseModel):
    """``unchanged`` had it so already."""

    changed: int
    unchanged: int
    left_out: list[LeftOutOut]
