"""Packs of a product, and its earlier states, as JSON. Their entity tag is the product's."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response, status

from ocop_hub.catalogue import restoring, service, variants
from ocop_hub.catalogue.etags import RevisionDep, tag
from ocop_hub.catalogue.schemas import ProductOut, VariantIn, VariantOut, VariantPatch
from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.producers.access import ActorDep, SignedInActorDep

router = APIRouter(prefix="/api/v1", tags=["catalogue"], route_class=HubRoute)


@router.get("/products/{product_id}/variants")
async def list_variants(
    session: SessionDep, actor: ActorDep, product_id: UUID, response: Response
) -> list[VariantOut]:
    """Packs of a product in their order, retired ones too."""
    product = await service.get_product(session, actor, product_id)
    tag(response, product)
    return [VariantOut.model_validate(each) for each in await variants.variants_of(session, product_id)]


@router.post("/products/{product_id}/variants", status_code=status.HTTP_201_CREATED)
async def add_variant(
    session: SessionDep,
    actor: SignedInActorDep,
    product_id: UUID,
    given: VariantIn,
    response: Response,
    revision: RevisionDep,
) -> VariantOut:
    """Add a pack. ``If-Match`` names the revision of the product you read."""
    product, variant = await variants.add_variant(session, actor, product_id, given, revision=revision)
    tag(response, product)
    return VariantOut.model_validate(variant)


@router.patch("/products/{product_id}/variants/{variant_id}")
async def change_variant(
    session: SessionDep,
    actor: SignedInActorDep,
    product_id: UUID,
    variant_id: UUID,
    given: VariantPatch,
    response: Response,
    revision: RevisionDep,
) -> VariantOut:
    """Change the fields you send, ``retired`` among them."""
    product, variant = await variants.change_variant(
        session, actor, product_id, variant_id, given, revision=revision
    )
    tag(response, product)
    return VariantOut.model_validate(variant)


@router.delete("/products/{product_id}/variants/{variant_id}", status_code=status.HTTP_204_NO_CONTENT)
async def retire_variant(
    session: SessionDep, actor: SignedInActorDep, product_id: UUID, variant_id: UUID, revision: RevisionDep
) -> None:
    """Take a pack off sale. It stays in the list as retired: its GTIN is printed on packs."""
    await variants.retire_variant(session, actor, product_id, variant_id, revision=revision)


@router.post("/products/{product_id}/revisions/{number}/restore")
async def restore(
    session: SessionDep,
    actor: SignedInActorDep,
    product_id: UUID,
    number: int,
    response: Response,
    revision: RevisionDep,
) -> ProductOut:
    """Let the product say what it said at a revision; that is a new revision. Approval and stars stay."""
    product = await restoring.restore(session, actor, product_id, number, revision=revision)
    await session.flush()
    await session.refresh(product)
    tag(response, product)
    return ProductOut.model_validate(product)
