"""Shapes of marketplaces, stalls and listings in the JSON API. Credentials go in and never come out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from ocop_hub.marketplaces.contract import Grade, ListingState, Mode
from ocop_hub.publishing.models import (
    AccountState,
    CallOutcome,
    Desired,
    ItemDecision,
    MarketplaceKind,
    MarketplaceStatus,
    Step,
)
from ocop_hub.publishing.stalls.matching import Ground

Url = Annotated[str, Field(max_length=2_000)]


class Out(BaseModel):
    """Read from a row."""

    model_config = ConfigDict(from_attributes=True)


class In(BaseModel):
    """Sent by a caller; an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid")


class MarketplaceOut(BaseModel):
    """A sàn, or another channel."""

    key: str = Field(examples=["shopee"])
    name: str
    kind: MarketplaceKind
    status: MarketplaceStatus = Field(description="Today; a closed one counts up to its closing day")
    mode: Mode | None = Field(description="How a product gets there; null: no way yet, a link can be given")
    note: str


class StallIn(In):
    """Connect the stall of a producer for whom you may act."""

    producer_id: UUID
    marketplace: str = Field(max_length=40, examples=["shopee"])
    shop_id: str = Field(min_length=1, max_length=100, description="What the marketplace calls the stall")
    name: str = Field(min_length=1, max_length=200)
    public_url: Url = ""
    credentials: dict[Annotated[str, Field(max_length=100)], SecretStr] = Field(
        {}, max_length=20, description="What opens the stall, e.g. access_token; sealed, never returned"
    )


class CredentialsIn(In):
    """What opens a stall, e.g. ``access_token``; sealed, never returned."""

    credentials: dict[Annotated[str, Field(max_length=100)], SecretStr] = Field(min_length=1, max_length=20)


class StallOut(Out):
    """Gian hàng."""

    id: UUID
    producer_id: UUID
    marketplace_key: str
    shop_id: str
    name: str
    mode: Mode
    state: AccountState
    public_url: str
    items_read_at: datetime | None
    created_at: datetime


class ShopItemOut(Out):
    """An item that already stood in the stall, with the product it may be (score 0–100)."""

    id: UUID
    account_id: UUID
    remote_id: str
    title: str
    price_vnd: int | None
    seller_sku: str
    gtin: str
    public_url: str
    picture_url: str
    state: ListingState
    raw_state: str
    product_id: UUID | None
    score: int
    grounds: list[Ground] = Field(description="What the match rests on; a picture alone is asked about")
    decision: ItemDecision
    seen_at: datetime


class AdoptedOut(BaseModel):
    """What came of adopting all that match."""

    adopted: int = Field(description="Items that a listing stands for now")
    waiting: int = Field(description="Matches that still wait for an answer: a photo alone, or a second one")


class AdoptIn(In):
    """Which product the item is; left out: the one that was matched."""

    product_id: UUID | None = None


class ListingIn(In):
    """Where the product shall be live."""

    account_id: UUID


class LinkIn(In):
    """The public address of the listing, as copied from the browser."""

    url: str = Field(min_length=1, max_length=2_000)


class UnlistIn(In):
    """Take it down for now, or for good."""

    for_good: bool = False


class ListingOut(Out):
    """Tin đăng: one product in one stall."""

    id: UUID
    account_id: UUID
    product_id: UUID
    producer_id: UUID
    marketplace_key: str
    seller_sku: str
    desired: Desired
    desired_revision: int
    sent_revision: int
    adopted: bool
    state: ListingState
    not_sent: bool = Field(description="Refused by us: rejected without ever having been sent")
    raw_state: str
    reason: str
    remote_id: str
    public_url: str
    out_of_stock: bool
    grade: Grade | None
    observed_at: datetime | None
    step: Step
    next_look_at: datetime
    created_at: datetime


class AttemptOut(Out):
    """One call to the marketplace; ``exchange`` is what was sent and said, secrets removed."""

    id: UUID
    call: str
    started_at: datetime
    ended_at: datetime | None
    outcome: CallOutcome
    code: str
    message: str
    exchange: dict[str, Any]


class EvidenceOut(Out):
    """Minh chứng."""

    id: UUID
    grade: Grade
    state: ListingState
    seen_at: datetime
    url: str
    seen_by: str
    checks: dict[str, Any]


class ListingDetail(ListingOut):
    """A listing with its last calls and its last proofs, the latest first."""

    attempts: list[AttemptOut]
    evidence: list[EvidenceOut]


class ProblemOut(Out):
    """What the marketplace would refuse, and where."""

    field: str
    code: str
    text: str


class PictureOut(Out):
    """A photo as it will be sent; sizes in pixels."""

    sha256: str
    media_type: str
    width: int
    height: int


class DraftOut(Out):
    """Exactly what will be sent."""

    seller_sku: str
    title: str
    description: str
    price_vnd: int
    stock: int
    weight_g: int | None
    group: str
    category_id: str
    brand: str
    gtin: str
    unit: str
    producer_name: str
    place_name: str
    stars: int | None
    trace_url: str
    pictures: list[PictureOut]
    attributes: dict[str, str]


class PreviewOut(BaseModel):
    """What the next create or update sends; it goes out only with no problem left."""

    draft: DraftOut
    content_hash: str
    problems: list[ProblemOut]
