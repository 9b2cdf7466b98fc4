"""Products as JSON. The entity tag of a product is its revision, and a change names the one it was made on."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Header, Query, Response, UploadFile, status

from ocop_hub.catalogue import merging, queries, service
from ocop_hub.catalogue.errors import RevisionChanged, RevisionMissing
from ocop_hub.catalogue.models import Product, ProductStatus
from ocop_hub.catalogue.schemas import (
    GroupOut,
    PhotoOut,
    ProductDetail,
    ProductIn,
    ProductOut,
    ProductPatch,
    RevisionOut,
)
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.paging import Page, PageDep, cut
from ocop_hub.media import LARGEST_MB, MediaDep, PictureTooLarge
from ocop_hub.places.queries import away
from ocop_hub.producers.access import ActorDep, OfficeActorDep, SignedInActorDep
from ocop_hub.producers.schemas import DuplicateOut, MergeIn, MergeOut

router = APIRouter(prefix="/api/v1", tags=["catalogue"], route_class=HubRoute)

IfMatch = Annotated[str | None, Header(description='Entity tag of the product you read, e.g. "3"')]


@router.get("/groups")
async def list_groups(session: SessionDep) -> list[GroupOut]:
    """The product groups in force."""
    return [GroupOut.model_validate(row) for row in await session.scalars(queries.groups())]


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
    response.headers["ETag"] = entity_tag(product)
    response.headers["Location"] = f"/api/v1/products/{product.id}"
    return ProductOut.model_validate(product)


@router.get("/products/{product_id}")
async def get_product(
    session: SessionDep, actor: ActorDep, product_id: UUID, response: Response
) -> ProductDetail:
    """One product with its photos."""
    product = await service.get_product(session, actor, product_id)
    photos = await session.scalars(queries.photos_of(product_id))
    response.headers["ETag"] = entity_tag(product)
    return ProductDetail(
        **ProductOut.model_validate(product).model_dump(),
        photos=[PhotoOut.model_validate(photo) for photo in photos],
    )


@router.patch("/products/{product_id}")
async def update_product(
    session: SessionDep,
    actor: SignedInActorDep,
    product_id: UUID,
    given: ProductPatch,
    response: Response,
    if_match: IfMatch = None,
) -> ProductOut:
    """Change the fields you send. ``If-Match`` names the revision you read."""
    product = await service.update_product(session, actor, product_id, given, revision=_revision(if_match))
    await session.flush()
    await session.refresh(product)
    response.headers["ETag"] = entity_tag(product)
    return ProductOut.model_validate(product)


@router.get("/products/{product_id}/revisions")
async def list_revisions(session: SessionDep, actor: SignedInActorDep, product_id: UUID) -> list[RevisionOut]:
    """Who changed what and when, the latest first."""
    await service.get_product(session, actor, product_id)
    rows = await session.scalars(queries.revisions_of(actor, product_id))
    return [RevisionOut.model_validate(row) for row in rows]


@router.post("/products/{product_id}/photos", status_code=status.HTTP_201_CREATED)
async def add_photo(
    session: SessionDep,
    actor: SignedInActorDep,
    media: MediaDep,
    product_id: UUID,
    photo: Annotated[UploadFile, File(description="JPEG, PNG, WebP, GIF or HEIC, at most 20 MB")],
    caption: Annotated[str, Form(max_length=300)] = "",
) -> PhotoOut:
    """Add a photo. It is stored anew without what the camera wrote into it."""
    product = await service.get_product(session, actor, product_id)
    content = await photo.read(LARGEST_MB * 1_000_000 + 1)
    if len(content) > LARGEST_MB * 1_000_000:
        raise PictureTooLarge(f"Ảnh lớn hơn {LARGEST_MB} MB. Hãy chọn ảnh nhỏ hơn hoặc giảm chất lượng ảnh.")
    stored = await media.put_picture(content)
    return PhotoOut.model_validate(await service.add_photo(session, actor, product, stored, caption=caption))


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


def entity_tag(product: Product) -> str:
    """The product's ETag."""
    return f'"{product.revision}"'


def _revision(if_match: str | None) -> int:
    if if_match is None:
        raise RevisionMissing('Hãy gửi kèm If-Match với phiên bản đã đọc, ví dụ If-Match: "3".')
    number = if_match.strip().removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise RevisionChanged('If-Match không phải phiên bản của sản phẩm này; ghi ví dụ If-Match: "3".')
    return int(number)
