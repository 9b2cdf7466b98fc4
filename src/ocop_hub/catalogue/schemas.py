"""Shapes of products in the JSON API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ocop_hub.catalogue.models import ApprovalNeed, ProductStatus, ReviewVerdict

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
VariantLabel = Annotated[str, Field(min_length=1, max_length=120, examples=["Hộp 12 gói"])]
Months = Annotated[list[Annotated[int, Field(ge=1, le=12)]], Field(max_length=12)]
VideoLinks = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=5)]
ExternalCodes = Annotated[
    dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=100)]], Field(max_length=10)
]


class Translation(BaseModel):
    """What the product says in one more language; what is empty is read in Vietnamese."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=300)] = ""
    description: Text = ""
    story: Text = ""
    ingredients: Text = ""
    warnings: Text = ""
    storage: Text = ""
    shelf_life: Short = ""


#: By ISO 639 code; not "vi", which is the base.
Translations = Annotated[
    dict[Annotated[str, Field(pattern="^([a-uw-z][a-z]|v[a-hj-z]|[a-z]{3})$", examples=["en"])], Translation],
    Field(max_length=6),
]


class ProductFields(BaseModel):
    """What a person enters about a product besides its name and group."""

    model_config = ConfigDict(extra="forbid")

    sub_group_code: str | None = Field(None, description="One of the group's sub-groups of /groups")
    description: Text = Field("", description="What a listing says")
    story: Text = Field("", description="Câu chuyện sản phẩm")
    ingredients: Text = ""
    warnings: Text = Field("", description="Cảnh báo; for whom it is not meant")
    storage: Text = ""
    shelf_life: Short = Field("", examples=["12 tháng kể từ ngày sản xuất"])
    season_months: Months = Field([], description="Months in which it is sold; empty: not said")
    price_vnd: Price = None
    unit: Short = Field("", description="Đơn vị tính", examples=["túi 500 g"])
    net_weight_g: Grams = None
    gtin: Gtin = None
    external_code: Short = ""
    external_codes: ExternalCodes = Field({}, description="The product's code in further systems, by system")
    declaration_number: Short = Field("", description="Số công bố hoặc tự công bố")
    trademark: Short = ""
    trademark_number: Short = Field("", description="Số đăng ký nhãn hiệu")
    video_links: VideoLinks = Field([], description="Addresses under https, at most five")
    translations: Translations = Field({}, description="Texts in other languages, by language code")
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
    group_code: str
    sub_group_code: str | None
    status: ProductStatus
    description: str
    story: str
    ingredients: str
    warnings: str
    storage: str
    shelf_life: str
    season_months: list[int]
    price_vnd: int | None
    unit: str
    net_weight_g: int | None
    gtin: str | None
    external_code: str
    external_codes: dict[str, str]
    declaration_number: str
    trademark: str
    trademark_number: str
    video_links: list[str]
    translations: dict[str, dict[str, str]]
    declared_stars: int | None
    commune_as_written: str
    certified_unit_id: str | None
    current_unit_id: str | None
    province_id: str | None
    revision: int
    created_at: datetime
    updated_at: datetime


class VariantFields(BaseModel):
    """Another pack of a product, besides its name."""

    model_config = ConfigDict(extra="forbid")

    unit: Short = ""
    net_weight_g: Grams = None
    price_vnd: Price = None
    gtin: Gtin = None
    external_code: Short = ""
    position: Annotated[int, Field(ge=0, le=1_000)] | None = Field(None, description="Order; none: last")


class VariantIn(VariantFields):
    """A new pack."""

    label: VariantLabel


class VariantPatch(VariantFields):
    """Changes; a field that is not sent stays."""

    label: VariantLabel | None = None
    retired: bool | None = Field(None, description="True: no longer sold; its GTIN still leads here")


class VariantOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    label: str
    unit: str
    net_weight_g: int | None
    price_vnd: int | None
    gtin: str | None
    external_code: str
    position: int
    retired: bool


class ProductDetail(ProductOut):
    variants: list[VariantOut]
    photos: list[PhotoOut]


class RevisionOut(BaseModel):
    """One change; ``before`` and ``after`` hold the fields that changed."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    changed_at: datetime
    changed_by: str
    before: dict[str, Any]
    after: dict[str, Any]


class ApproveIn(BaseModel):
    """A word to the producer with the approval."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, Field(max_length=1_000)] = ""


class ReturnIn(BaseModel):
    """Why a product is returned: a sentence at each field that must change, or one for all."""

    model_config = ConfigDict(extra="forbid")

    remarks: dict[str, Annotated[str, Field(max_length=500)]] = Field({}, description="Sentence by field")
    note: Annotated[str, Field(max_length=1_000)] = ""


class ReviewOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    revision: int
    verdict: ReviewVerdict
    remarks: dict[str, str]
    note: str
    reviewed_by: str
    reviewed_at: datetime


class ApprovalRuleIn(BaseModel):
    """From a day on, which products need the province's word."""

    model_config = ConfigDict(extra="forbid")

    valid_from: date
    needed_for: ApprovalNeed


class ApprovalRuleOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    valid_from: date
    needed_for: ApprovalNeed
    created_by: str
    created_at: datetime


class SubGroupOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: str
    name_vi: str
    name_en: str
    restricted: bool = Field(description="Goods that marketplaces may not sell as they like, such as alcohol")
    source: str


class GroupOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: str
    name_vi: str
    name_en: str
    ships: bool = Field(description="False for services: no parcel, no lot, no label")
    sub_groups: list[SubGroupOut]
