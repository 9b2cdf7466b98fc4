"""What an office keeps for all producers, as JSON: categories and mappings, fees, explained refusals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, Field
from sqlalchemy import select

from ocop_hub.db import SessionDep
from ocop_hub.errors import NotFound
from ocop_hub.idempotency import HubRoute
from ocop_hub.producers.access import OfficeActorDep
from ocop_hub.publishing import fees
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.mapping import categories as mapping
from ocop_hub.publishing.mapping import lessons
from ocop_hub.publishing.mapping import reading as mapping_reads
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.publishing.models_office import CategoryTree, MarketplaceFee
from ocop_hub.publishing.reasons import words as reasons
from ocop_hub.publishing.schemas import Out

router = APIRouter(prefix="/api/v1", tags=["publishing"], route_class=HubRoute)


class CategoryOut(Out):
    """A category that takes products, with the names above it."""

    category_id: str
    path: str


class MappingIn(BaseModel):
    """Where a group's products go on one marketplace."""

    category_id: str = Field(max_length=100)
    sub_group_code: str = Field(default="", max_length=100, description="Empty: the whole group")
    attributes: dict[str, str] = Field(default_factory=dict, max_length=100)
    lesson_id: UUID | None = Field(default=None, description="The proposal that is taken with this")


class MappingOut(Out):
    """A mapping in force."""

    id: UUID
    marketplace_key: str
    group_code: str
    sub_group_code: str
    tree_version: str
    category_id: str
    category_path: str
    attributes: dict[str, Any]
    source: str
    since: datetime


class LessonOut(Out):
    """What refusals propose about a mapping."""

    id: UUID
    marketplace_key: str
    group_code: str
    category_id: str
    field: str
    code: str
    message: str
    times: int
    last_seen: datetime


class FeeIn(BaseModel):
    """What a marketplace keeps of a sale from a day on."""

    marketplace_key: str = Field(max_length=40)
    category_id: str = Field(default="", max_length=100)
    valid_from: date
    share: int = Field(description="Of the price, in hundredths of a percent")
    fixed_vnd: int
    source: str = Field(max_length=500)


class FeeOut(Out):
    """A fee as it was entered."""

    marketplace_key: str
    category_id: str
    valid_from: date
    share: int
    fixed_vnd: int
    source: str


class ReasonIn(BaseModel):
    """An office's words for a refusal; without English ones the Vietnamese stand."""

    marketplace_key: str = Field(max_length=40)
    code: str = Field(default="", max_length=200)
    message: str = Field(default="", max_length=500)
    cause_vi: str = Field(max_length=1_000)
    step_vi: str = Field(max_length=1_000)
    example_vi: str = Field(default="", max_length=1_000)
    cause_en: str = Field(default="", max_length=1_000)
    step_en: str = Field(default="", max_length=1_000)
    example_en: str = Field(default="", max_length=1_000)


@router.get("/categories/{market}")
async def search_categories(
    session: SessionDep, actor: OfficeActorDep, market: str, q: Annotated[str, Query(max_length=200)] = ""
) -> list[CategoryOut]:
    """Categories of a marketplace whose path has every word of ``q``, at most thirty; none before they were read."""
    if await session.get(MarketplaceRow, market) is None:
        raise NotFound("Không có sàn này.")
    tree = await session.get(CategoryTree, market)
    if tree is None:
        return []
    return [CategoryOut(category_id=each, path=path) for each, path in mapping.search(tree.tree, q)]


@router.post("/categories/{market}/read", status_code=status.HTTP_202_ACCEPTED)
async def read_categories(
    session: SessionDep, actor: OfficeActorDep, outside: OutsideDep, market: str
) -> None:
    """Have the categories read again."""
    if mapping_reads.teller(outside, market) is None:
        raise NotFound("Sàn này không cho đọc ngành hàng.")
    await mapping_reads.want_read(session, market)


@router.get("/category-mappings")
async def list_mappings(session: SessionDep, actor: OfficeActorDep) -> list[MappingOut]:
    """Every mapping in force."""
    return [MappingOut.model_validate(each) for each in await session.scalars(mapping.open_mappings())]


@router.put("/category-mappings/{market}/{group}")
async def choose(
    session: SessionDep, actor: OfficeActorDep, market: str, group: str, body: MappingIn
) -> MappingOut:
    """Choose the category of a group, or of one of its sub-groups; refused listings are tried again."""
    taken: dict[str, Any] = body.model_dump(exclude={"lesson_id"})
    if body.lesson_id is not None:
        chosen = await lessons.take(session, actor, lesson_id=body.lesson_id, **taken)
    else:
        chosen = await mapping.choose(session, actor, marketplace_key=market, group_code=group, **taken)
    return MappingOut.model_validate(chosen)


@router.get("/category-lessons")
async def list_lessons(session: SessionDep, actor: OfficeActorDep) -> list[LessonOut]:
    """What refusals propose and nobody has decided, the most frequent first."""
    return [LessonOut.model_validate(each) for each in await session.scalars(lessons.waiting().limit(200))]


@router.post("/category-lessons/{lesson_id}/dismiss", status_code=status.HTTP_204_NO_CONTENT)
async def dismiss(session: SessionDep, actor: OfficeActorDep, lesson_id: UUID) -> None:
    """The mapping is right as it is."""
    await lessons.dismiss(session, actor, lesson_id=lesson_id)


@router.get("/fees")
async def list_fees(session: SessionDep, actor: OfficeActorDep) -> list[FeeOut]:
    """Every fee that was entered, the latest of each marketplace first."""
    rows = await session.scalars(
        select(MarketplaceFee).order_by(MarketplaceFee.marketplace_key, MarketplaceFee.valid_from.desc())
    )
    return [FeeOut.model_validate(each) for each in rows]


@router.put("/fees")
async def enter_fee(session: SessionDep, actor: OfficeActorDep, body: FeeIn) -> FeeOut:
    """A fee from a day on; the same day and category again corrects it."""
    return FeeOut.model_validate(await fees.enter(session, actor, **body.model_dump()))


@router.put("/reasons", status_code=status.HTTP_204_NO_CONTENT)
async def explain(session: SessionDep, actor: OfficeActorDep, body: ReasonIn) -> None:
    """Explain a refusal, for everybody and at once."""
    await reasons.write(session, actor, reasons.Given(**body.model_dump()))
