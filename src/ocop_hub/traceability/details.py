"""What an event may tell beyond time, place and note: amounts, what went in, papers, readings, the other party."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from ocop_hub.gs1 import identifiers
from ocop_hub.gs1.errors import Gs1Error

Unit = Annotated[str, Field(min_length=1, max_length=40)]
#: Of any unit.
MOST_QUANTITY = Decimal(10) ** 12
Quantity = Annotated[Decimal, Field(gt=0, le=MOST_QUANTITY, decimal_places=3)]
#: Of one event.
MOST_READINGS = 500
MEDIA_KEY = r"^(pictures|papers)/[0-9a-f]{2}/[0-9a-f]{64}(\.[a-z0-9]{1,5})?$"


def _gln(text: str) -> str:
    try:
        return identifiers.gln(text) if text else ""
    except Gs1Error as error:
        raise ValueError(error.detail) from error


Gln = Annotated[str, AfterValidator(_gln)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AmountIn(Part):
    """So much of something; ``unit`` as people write it (kg, tạ, lít, hộp)."""

    quantity: Quantity
    unit: Unit


class InputIn(Part):
    """Another lot that went into this one, and how much of it."""

    lot_id: UUID
    quantity: Quantity | None = None
    unit: Annotated[str, Field(max_length=40)] = ""


class AttachmentIn(Part):
    """A photo or paper in the media store, by the key its upload gave, which holds the SHA-256 of what is kept.

    ``public``: buyers may open it.
    """

    key: Annotated[str, Field(pattern=MEDIA_KEY)]
    title: Annotated[str, Field(max_length=200)] = ""
    public: bool = True


class Measure(StrEnum):
    """What a sensor measures, with the unit it is kept in."""

    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"


class ReadingIn(Part):
    """One reading: °C for temperature, % for relative humidity."""

    measure: Measure
    value: Annotated[Decimal, Field(ge=-100, le=1_000, decimal_places=3)]
    at: AwareDatetime | None = None


class PartyIn(Part):
    """Who it came from, went to, or who inspected."""

    role: Literal["from", "to", "inspector"]
    name: Annotated[str, Field(max_length=200)] = ""
    gln: Gln = ""


class PointIn(Part):
    """WGS 84, degrees."""

    latitude: Annotated[Decimal, Field(ge=-90, le=90, decimal_places=6)]
    longitude: Annotated[Decimal, Field(ge=-180, le=180, decimal_places=6)]


class DetailsIn(Part):
    """All of it optional. ``over_reason``: why more came out than went in, where that is so."""

    amount: AmountIn | None = None
    inputs: Annotated[list[InputIn], Field(max_length=200)] = Field(default_factory=list)
    attachments: Annotated[list[AttachmentIn], Field(max_length=50)] = Field(default_factory=list)
    readings: Annotated[list[ReadingIn], Field(max_length=MOST_READINGS)] = Field(default_factory=list)
    parties: Annotated[list[PartyIn], Field(max_length=10)] = Field(default_factory=list)
    plot: Annotated[str, Field(max_length=100)] = ""
    gln: Gln = ""
    point: PointIn | None = None
    test_number: Annotated[str, Field(max_length=100)] = ""
    over_reason: Annotated[str, Field(max_length=500)] = ""

    def stored(self) -> dict[str, Any]:
        """As the event keeps it: only what was said."""
        return self.model_dump(mode="json", exclude_defaults=True)
