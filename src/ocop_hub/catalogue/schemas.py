"""Shapes of products in the JSON API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ocop_hub.catalogue.models import ProductStatus

Name = Annotated[str, Field(min_length=1, max_length=300, examples=["Miến dong Bình Liêu"])]
Price = Annotated[int | None, Field(gt=0, le=10_000_000_000, description="Whole đồng")]
Grams = Annotated[int | None, Field(gt=0, le=10_000_000, description="Net weight in grams")]
Stars = Annotated[
    int | None,
    Field(ge=3, le=5, description="As the producer states them: shown as unverified, never counted"),
]
Gtin = Annotated[
    str | None,
    Field(
        max_length=20, description="GTIN-8, -12, -13 or -14; kept as 14 digits", examples=["8936003721777"]
    ),
]
Text = Annotated[str, Field(max_length=10_000)]
Short = Annotated[str, Field(max_length=200)]


class ProductFields(BaseModel):
    """What a person enters about a product besides its name and group."""

    model_config = ConfigDict(extra="forbid")

    name_en: Short = ""
    description: Text = ""
    description_en: Text = ""
    storage: Text = ""
    price_vnd: Price = None
    unit: Short = Field("", description="Đơn vị tính", examples=["túi 500 g"])
    net_weight_g: Grams = None
    gtin: Gtin = None
    external_code: Short = ""
    declared_stars: Stars = None
    commune_as_written: Short = ""
    certified_unit_id: str | None = Field(
        None, description="Where it is made: a unit of /places, past or present"
    )


class ProductIn(ProductFields):
    """A new product."""

    producer_id: UUID
    name: Name
    group_code: str = Field(examples=["thuc_pham"])


class ProductPatch(ProductFields):
    """Changes; a field that is not sent stays."""

    name: Name | None = None
    group_code: str | None = None

    def given(self) -> dict[str, Any]:
        """The fields that were sent; a name or group cannot be taken away."""
        sent = self.model_dump(exclude_unset=True)
        return {k: v for k, v in sent.items() if v is not None or k not in ("name", "group_code")}


class PhotoOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    media_key: str
    width: int
    height: int
    size_bytes: int
    position: int
    caption: str


class ProductOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    producer_id: UUID
    name: str
    name_en: str
    group_code: str
    status: ProductStatus
    description: str
    description_en: str
    storage: str
    price_vnd: int | None
    unit: str
    net_weight_g: int | None
    gtin: str | None
    external_code: str
    declared_stars: int | None
    commune_as_written: str
    certified_unit_id: str | None
    current_unit_id: str | None
    province_id: str | None
    revision: int
    created_at: datetime
    updated_at: datetime


class ProductDetail(ProductOut):
    photos: list[PhotoOut]


class RevisionOut(BaseModel):
    """One change; ``before`` and ``after`` hold the fields that changed."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    changed_at: datetime
    changed_by: str
    before: dict[str, Any]
    after: dict[str, Any]


class GroupOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: str
    name_vi: str
    name_en: str
    ships: bool = Field(description="False for services: no parcel, no lot, no label")
