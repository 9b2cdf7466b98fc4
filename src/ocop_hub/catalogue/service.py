"""Entering and changing products. Every change is one revision, one audit row and one wake-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit, jobs
from ocop_hub.catalogue import queries
from ocop_hub.catalogue.content import changed_only, name_keys, plain, plain_lines, snapshot
from ocop_hub.catalogue.errors import (
    GtinTaken,
    PlaceWasSplit,
    ProductIncomplete,
    RevisionChanged,
    TooManyPhotos,
    UnknownGroup,
    UnknownPlace,
)
from ocop_hub.catalogue.models import Product, ProductGroup, ProductPhoto, ProductRevision, ProductStatus
from ocop_hub.catalogue.schemas import ProductIn, ProductPatch
from ocop_hub.errors import FieldProblem, NotFound
from ocop_hub.gs1.identifiers import gtin14
from ocop_hub.kit.ids import new_id
from ocop_hub.places.finder import finder
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.service import get_producer

#: Wakes the room above, which works out what each sàn still wants of the product.
READINESS = "publishing.readiness"
MAX_PHOTOS = 20


class Picture(Protocol):
    """A stored picture, as the media room gives it."""

    @property
    def key(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def size_bytes(self) -> int: ...


async def get_product(session: AsyncSession, actor: Actor, product_id: UUID) -> Product:
    """The product; NotFound when it is missing or not the actor's to see."""
    product: Product | None = await session.scalar(queries.visible_to(actor).where(Product.id == product_id))
    if product is None:
        raise NotFound("Không có sản phẩm này, hoặc bạn không có quyền xem.")
    return product


async def products_by_id(
    session: AsyncSession, actor: Actor, product_ids: Sequence[UUID]
) -> dict[UUID, Product]:
    """Those of the products that the actor may see."""
    found = await session.scalars(queries.visible_to(actor).where(Product.id.in_(product_ids)))
    return {product.id: product for product in found}


async def create_product(session: AsyncSession, actor: Actor, given: ProductIn) -> Product:
    """A new product of a producer for whom the actor may act; a producer's stars are kept as declared.

    Raises NotFound, :class:`UnknownGroup`, :class:`UnknownPlace`, :class:`PlaceWasSplit`, :class:`GtinTaken`,
    and what ``gs1.identifiers.gtin14`` raises.
    """
    producer = await get_producer(session, actor, given.producer_id)
    if not actor.may_change(producer.id):
        raise NotFound("Không có chủ thể này, hoặc bạn không có quyền nhập cho chủ thể.")
    values = await _values(session, given.model_dump(exclude={"producer_id"}))
    if values["certified_unit_id"] is None:
        values |= {"current_unit_id": producer.current_unit_id, "province_id": producer.province_id}
    product = Product(
        id=new_id(), producer_id=producer.id, status=ProductStatus.APPROVED, revision=1, **values
    )
    await _add(session, product)
    await _record_change(session, actor, product, "catalogue.create_product", {})
    return product


async def update_product(
    session: AsyncSession, actor: Actor, product_id: UUID, given: ProductPatch, *, revision: int
) -> Product:
    """The product with the fields that were sent; nothing is written where nothing differs.

    ``revision`` is the one the person saw. Raises :class:`RevisionChanged` when another change came between,
    and what :func:`create_product` raises.
    """
    product = await _for_change(session, actor, product_id)
    if product.revision != revision:
        raise RevisionChanged(
            f"Bạn đang sửa phiên bản {revision}, nhưng sản phẩm đã có phiên bản {product.revision}. "
            "Hãy tải lại trang rồi sửa lại."
        )
    before = snapshot(product)
    for name, value in (await _values(session, given.given())).items():
        setattr(product, name, value)
    if snapshot(product) == before:
        return product
    product.revision += 1
    await _add(session, product)
    await _record_change(session, actor, product, "catalogue.update_product", before)
    return product


async def clear_declared_stars(session: AsyncSession, actor: Actor, product_id: UUID) -> Product:
    """The product without stars of the producer's own: a decision speaks for them now. Raises NotFound."""
    product = await _for_change(session, actor, product_id)
    if product.declared_stars is not None:
        before = snapshot(product)
        product.declared_stars = None
        product.revision += 1
        await _record_change(session, actor, product, "catalogue.match_stars", before)
    return product


async def add_photo(
    session: AsyncSession, actor: Actor, product: Product, picture: Picture, *, caption: str = ""
) -> ProductPhoto:
    """The photo, last in the product's order; the same picture again is the same photo.

    Raises NotFound unless the actor may change the product, :class:`TooManyPhotos` beyond 20.
    """
    await _for_change(session, actor, product.id)
    photos = (await session.scalars(queries.photos_of(product.id))).all()
    known = next((photo for photo in photos if photo.sha256 == picture.sha256), None)
    if known is not None:
        return known
    if len(photos) >= MAX_PHOTOS:
        raise TooManyPhotos(f"Mỗi sản phẩm có nhiều nhất {MAX_PHOTOS} ảnh. Hãy xóa bớt một ảnh trước.")
    photo = ProductPhoto(
        id=new_id(),
        product_id=product.id,
        producer_id=product.producer_id,
        sha256=picture.sha256,
        media_key=picture.key,
        width=picture.width,
        height=picture.height,
        size_bytes=picture.size_bytes,
        position=max((p.position for p in photos), default=-1) + 1,
        caption=plain(caption),
    )
    session.add(photo)
    _audit(session, actor, product, "catalogue.add_photo", photo=str(photo.id))
    await wake_readiness(session, product.id)
    return photo


async def wake_readiness(session: AsyncSession, product_id: UUID) -> None:
    """Wake the room that works out what a product still lacks."""
    await jobs.enqueue_many(session, READINESS, [readiness_wake_up(product_id)])


def readiness_wake_up(product_id: UUID) -> tuple[jobs.Payload, str]:
    """What the wake-up for a product carries, and the key under which one is enough."""
    return {"product_id": str(product_id)}, f"{READINESS}:{product_id}"


async def _for_change(session: AsyncSession, actor: Actor, product_id: UUID) -> Product:
    product: Product | None = await session.scalar(
        queries.visible_to(actor).where(Product.id == product_id).with_for_update()
    )
    if product is None or not actor.may_change(product.producer_id):
        raise NotFound("Không có sản phẩm này, hoặc bạn không có quyền sửa.")
    return product


async def _values(session: AsyncSession, sent: dict[str, Any]) -> dict[str, Any]:
    values = dict(sent)
    for name in ("name", "name_en", "unit", "external_code", "commune_as_written"):
        if name in values:
            values[name] = plain(values[name])
    for name in ("description", "description_en", "storage"):
        if name in values:
            values[name] = plain_lines(values[name])
    if "name" in values:
        if not values["name"]:
            raise ProductIncomplete(
                "Tên sản phẩm đang trống. Hãy ghi tên sản phẩm.",
                fields=[FieldProblem("name", "missing", "Chưa có tên sản phẩm.")],
            )
        values |= name_keys(values["name"])
    if values.get("gtin") is not None:
        values["gtin"] = gtin14(values["gtin"].replace(" ", "").replace("-", "")) if values["gtin"] else None
    if "group_code" in values:
        await _check_group(session, values["group_code"])
    if values.get("certified_unit_id"):
        values |= place_today(values["certified_unit_id"])
    return values


async def _check_group(session: AsyncSession, code: str) -> None:
    if await session.get(ProductGroup, code) is None:
        raise UnknownGroup(
            "Không có nhóm sản phẩm này. Hãy chọn một nhóm trong danh sách.",
            fields=[FieldProblem("group_code", "unknown", "Chọn một nhóm trong /api/v1/groups.")],
        )


def place_today(unit_id: str) -> dict[str, str | None]:
    """The unit and province that hold a unit today.

    Raises :class:`UnknownPlace`, and :class:`PlaceWasSplit` where a person must say which of several it is.
    """
    places = finder()
    if places.unit(unit_id) is None:
        raise UnknownPlace(
            "Không có đơn vị hành chính này trong danh mục. Hãy chọn lại xã, phường hoặc đặc khu."
        )
    ends = places.current_of(unit_id)
    if len(ends) > 1:
        names = ", ".join(unit.full_name for end in ends if (unit := places.unit(end)) is not None)
        raise PlaceWasSplit(f"Địa bàn cũ này nay thuộc nhiều đơn vị: {names}. Hãy chọn đúng một đơn vị.")
    province = places.province_of(unit_id)
    return {
        "current_unit_id": ends[0] if ends else None,
        "province_id": province.id if province else None,
    }


async def _add(session: AsyncSession, product: Product) -> None:
    # The table decides about a GTIN used twice: under row-level security this actor may not see the other one.
    try:
        async with session.begin_nested():
            session.add(product)
    except IntegrityError as refused:
        if "uq_products_gtin" not in str(refused.orig):
            raise
        raise GtinTaken(
            f"Mã GTIN {product.gtin} đã dùng cho một sản phẩm khác. Hãy xem lại mã trên bao bì.",
            fields=[FieldProblem("gtin", "taken", "Mã đã dùng cho sản phẩm khác.")],
        ) from None


async def _record_change(
    session: AsyncSession, actor: Actor, product: Product, action: str, before: dict[str, Any]
) -> None:
    old, new = changed_only(before, snapshot(product))
    session.add(
        ProductRevision(
            product_id=product.id,
            producer_id=product.producer_id,
            number=product.revision,
            changed_by=actor.label,
            before=old,
            after=new,
        )
    )
    _audit(session, actor, product, action, revision=product.revision, fields=sorted(new))
    await wake_readiness(session, product.id)


def _audit(session: AsyncSession, actor: Actor, product: Product, action: str, **details: Any) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=action,
        subject=f"product:{product.id}",
        producer_id=product.producer_id,
        **details,
    )
