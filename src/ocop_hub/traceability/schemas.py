"""What the lots' JSON API takes and gives."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ocop_hub.traceability.details import DetailsIn
from ocop_hub.traceability.models import EventKind, LotState

ShortText = Annotated[str, Field(max_length=200)]
LongText = Annotated[str, Field(max_length=2_000)]


class LotIn(BaseModel):
    """A new lot. ``code`` goes into the QR code (CSET 82, at most 20); ``display_name`` may say anything."""

    code: Annotated[str, Field(max_length=100, examples=["LO-2026-09"])]
    display_name: ShortText = ""
    quantity: Annotated[int | None, Field(gt=0, le=10**12)] = None
    quantity_unit: Annotated[str, Field(max_length=40)] = ""
    produced_on: date | None = None
    best_before: date | None = None


class EventIn(BaseModel):
    """One công đoạn. The time carries its zone; ``corrects_id`` names the event it takes the place of."""

    kind: EventKind
    occurred_at: AwareDatetime
    unit_id: str | None = None
    place_text: ShortText = ""
    note: LongText = ""
    details: DetailsIn = Field(default_factory=DetailsIn)
    corrects_id: UUID | None = None


class PlaceIn(BaseModel):
    """Where: an administrative unit, words, or both."""

    unit_id: str | None = None
    text: ShortText = ""


class StepIn(BaseModel):
    """When one step happened, and a word on it."""

    at: AwareDatetime
    note: LongText = ""


class FourFactsIn(BaseModel):
    """The farmer's minute: harvest, first processing, packing, place."""

    harvest: StepIn
    first_processing: StepIn
    packing: StepIn
    place: PlaceIn


class RecallIn(BaseModel):
    """Why a lot is called back, as the buyer will read it."""

    reason: Annotated[str, Field(min_length=5, max_length=1_000)]


class LotOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    product_id: UUID
    producer_id: UUID
    code: str
    display_name: str
    state: LotState
    quantity: int | None
    quantity_unit: str
    produced_on: date | None
    packed_at: AwareDatetime | None
    best_before: date | None
    recall_note: str
    page_version: int
    created_at: AwareDatetime


class RecallOut(LotOut):
    """The lot called back, and what was called back with it because it was made from it.

    ``lots_of_others``: lots of other producers made from it; they have been told.
    """

    recalled_with_it: list[LotOut]
    lots_of_others: int


class EventOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    lot_id: UUID
    kind: EventKind
    occurred_at: AwareDatetime
    zone_offset: str
    recorded_at: AwareDatetime
    recorded_by: str
    unit_id: str | None
    place_text: str
    note: str
    details: dict[str, Any]
    corrects_id: UUID | None
    event_hash: str


class LotDetail(LotOut):
    """A lot with all its events (corrected ones too) and the address its label carries."""

    events: list[EventOut]
    trace_uri: str
