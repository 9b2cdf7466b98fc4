"""Approval of products as JSON."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import approval, queries, service
from ocop_hub.catalogue.etags import RevisionDep, tag
from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.schemas import (
    ApprovalRuleIn,
    ApprovalRuleOut,
    ApproveIn,
    ProductOut,
    ReturnIn,
    ReviewOut,
)
from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.producers.access import OfficeActorDep, SignedInActorDep

router = APIRouter(prefix="/api/v1", tags=["catalogue"], route_class=HubRoute)


@router.post("/products/{draft_id}/submit")
async def submit(
    session: SessionDep, actor: SignedInActorDep, draft_id: UUID, response: Response
) -> ProductOut:
    """Hand in a draft or a returned product; it is approved at once where the rule asks for nobody's word."""
    return await _answer(session, response, await approval.submit(session, actor, draft_id))


@router.post("/products/{submitted_id}/approve")
async def approve(
    session: SessionDep,
    actor: OfficeActorDep,
    submitted_id: UUID,
    response: Response,
    revision: RevisionDep,
    given: ApproveIn | None = None,
) -> ProductOut:
    """Approve the revision you read."""
    note = given.note if given is not None else ""
    product = await approval.approve(session, actor, submitted_id, revision=revision, note=note)
    return await _answer(session, response, product)


@router.post("/products/{submitted_id}/return")
async def send_back(
    session: SessionDep,
    actor: OfficeActorDep,
    submitted_id: UUID,
    given: ReturnIn,
    response: Response,
    revision: RevisionDep,
) -> ProductOut:
    """Return the revision you read, with a sentence at each field that must change."""
    product = await approval.send_back(
        session, actor, submitted_id, revision=revision, remarks=given.remarks, note=given.note
    )
    return await _answer(session, response, product)


@router.get("/products/{product_id}/reviews")
async def list_reviews(session: SessionDep, actor: SignedInActorDep, product_id: UUID) -> list[ReviewOut]:
    """What officers said of the product, the latest first."""
    await service.get_product(session, actor, product_id)
    rows = await session.scalars(queries.reviews_of(actor, product_id))
    return [ReviewOut.model_validate(row) for row in rows]


@router.get("/approval-rules")
async def list_rules(session: SessionDep, _actor: OfficeActorDep) -> list[ApprovalRuleOut]:
    """From when on which products need approval, the latest first; none: nobody does."""
    return [ApprovalRuleOut.model_validate(row) for row in await session.scalars(queries.approval_rules())]


@router.post("/approval-rules", status_code=status.HTTP_201_CREATED)
async def set_rule(session: SessionDep, actor: OfficeActorDep, given: ApprovalRuleIn) -> ApprovalRuleOut:
    """Say from a day on which products need approval; the same day again replaces what was said."""
    rule = await approval.set_rule(session, actor, valid_from=given.valid_from, needed_for=given.needed_for)
    return ApprovalRuleOut.model_validate(rule)


async def _answer(session: AsyncSession, response: Response, product: Product) -> ProductOut:
    await session.flush()
    await session.refresh(product)
    tag(response, product)
    return ProductOut.model_validate(product)
