"""Products as JSON. The entity tag of a product is its revision, and a change names the one it was made on."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status

from ocop_hub.catalogue import merging, queries, service, variants
from ocop_hub.catalogue.etags import RevisionDep, tag
from ocop_hub.catalogue.models import Product, ProductStatus
from ocop_hub.catalogue.schemas import (
    GroupOut,
    PhotoOut,
    ProductDetail,
    ProductIn,
    ProductOut,
    ProductPatch,
    RevisionOut,
    SubGroupOut,
    VariantOut,
)
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.paging import Page, PageDep, cut
from ocop_hub.places.queries import away
from ocop_hub.producers.access import ActorDep, OfficeActorDep, SignedInActorDep
from ocop_hub.producers.actor import Role
from ocop_hub.producers.schemas import DuplicateOut, MergeIn, MergeOut

router = APIRouter(prefix="/api/v1", tags=["catalogue"], route_class=HubRoute)


@router.get("/groups")
async def list_groups(session: SessionDep) -> list[GroupOut]:
    """The product groups in force, each with its sub-groups."""
    below: dict[str, list[SubGroupOut]] = {}
    for each in await session.scalars(queries.sub_groups()):
        below.setdefault(each.group_code, []).append(SubGroupOut.model_validate(each))
    return [
        GroupOut(
            code=row.code,
            name_vi=row.name_vi,
            name_en=row.name_en,
            ships=row.ships,
            sub_groups=below.get(row.code, []),
        )
        for row in await session.scalars(queries.groups())
    ]


@router.get("/products")
async def list_products(
    session: SessionDep,
    settings: SettingsDep,
    actor: ActorDep,
    params: PageDep,
    q: Annotated[str, Query(max_length=100, description="Words of the name; marks do not matter")] = "",
    producer_id: UUID | None = None,
    group_code: str | None = None,
    unit_id: Annotated[str | None, Query(description="Unit in force in which the product is made")] = None,
    status: ProductStatus | None = None,
) -> Page[ProductOut]:
    """Products you may see: the home province first, then in Vietnamese order."""
    home = settings.home_province
    query = queries.named(queries.visible_to(actor), q)
    for column, wanted in (
        (Product.producer_id, producer_id),
        (Product.group_code, group_code),
        (Product.current_unit_id, unit_id),
        (Product.status, status),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if params.cursor:
        query = queries.after(query, params.cursor, home)
    rows = (await session.scalars(queries.home_first(query, home).limit(params.limit + 1))).all()
    home_id = await session.scalar(queries.home_province_id(home))
    shown, next_cursor = cut(
        rows, params.limit, lambda p: (str(away(p.province_id, home_id)), p.sort_key, str(p.id))
    )
    return Page(items=[ProductOut.model_validate(row) for row in shown], next_cursor=next_cursor)


@router.post("/products", status_code=status.HTTP_201_CREATED)
async def create_product(
    session: SessionDep, actor: SignedInActorDep, given: ProductIn, response: Response
) -> ProductOut:
    """Enter a product for a producer for whom you may act."""
    product = await service.create_product(session, actor, given)
    await session.refresh(product)
    tag(response, product)
    response.headers["Location"] = f"/api/v1/products/{product.id}"
    return ProductOut.model_validate(product)


@router.get("/products/{product_id}")
async def get_product(
    session: SessionDep, actor: ActorDep, product_id: UUID, response: Response
) -> ProductDetail:
    """One product with its packs and photos."""
    product = await service.get_product(session, actor, product_id)
    photos = await session.scalars(queries.photos_of(product_id))
    tag(response, product)
    return ProductDetail(
        **ProductOut.model_validate(product).model_dump(),
        variants=[
            VariantOut.model_validate(each)
            for each in await variants.variants_of(session, product_id, retired=actor.role is not Role.PUBLIC)
        ],
        photos=[PhotoOut.model_validate(photo) for photo in photos],
    )


@router.patch("/products/{product_id}")
async def update_product(
    session: SessionDep,
    actor: SignedInActorDep,
    product_id: UUID,
    given: ProductPatch,
    response: Response,
    revision: RevisionDep,
) -> ProductOut:
    """Change the fields you send. ``If-Match`` names the revision you read."""
    product = await service.update_product(session, actor, product_id, given, revision=revision)
    await session.flush()
    await session.refresh(product)
    tag(response, product)
    return ProductOut.model_validate(product)


@router.get("/products/{product_id}/revisions")
async def list_revisions(session: SessionDep, actor: SignedInActorDep, product_id: UUID) -> list[RevisionOut]:
    """Who changed what and when, the latest first."""
    await service.get_product_as_made(session, actor, product_id)
    rows = await session.scalars(queries.revisions_of(actor, product_id))
    return [RevisionOut.model_validate(row) for row in rows]


@router.get("/product-duplicates")
async def list_duplicates(session: SessionDep, actor: OfficeActorDep) -> list[DuplicateOut]:
    """Products of one producer that may be one."""
    return [DuplicateOut.model_validate(each) for each in await merging.duplicates(session, actor)]


@router.post("/products/{product_id}/merge")
async def merge(session: SessionDep, actor: OfficeActorDep, product_id: UUID, given: MergeIn) -> MergeOut:
    """Let a product be another of the same producer from now on."""
    made = await merging.merge_products(session, actor, product_id, given.into_id, reason=given.reason)
    return MergeOut.model_validate(made)


@router.post("/merges/{merge_id}/undo")
async def undo_merge(session: SessionDep, actor: OfficeActorDep, merge_id: UUID) -> MergeOut:
    """Split producers or products that were merged."""
    return MergeOut.model_validate(await merging.undo(session, actor, merge_id))
