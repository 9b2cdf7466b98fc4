"""Loading what listings are built from: a number of statements that does not grow with the listings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product, ProductGroup, ProductPhoto, ProductStatus
from ocop_hub.certificates.models import Certificate
from ocop_hub.marketplaces.contract import Picture
from ocop_hub.places.models import AdminUnit
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.adapters import ReadPicture
from ocop_hub.publishing.draft import Subject
from ocop_hub.traceability.models import TraceCode


async def load_subjects(
    session: AsyncSession, product_ids: Collection[UUID], *, public_url: str
) -> dict[UUID, tuple[Subject, tuple[ProductPhoto, ...]]]:
    """The subjects of these products, each with its photos in order. Four statements."""
    rows = await session.execute(
        select(Product, Producer.name, AdminUnit.full_name, ProductGroup.name_vi)
        .join(ProductGroup, ProductGroup.code == Product.group_code)
        .join(Producer, Producer.id == Product.producer_id)
        .outerjoin(AdminUnit, AdminUnit.id == func.coalesce(Product.current_unit_id, Product.province_id))
        .where(Product.id.in_(product_ids))
    )
    stars = await _stars_today(session, product_ids)
    codes = await _product_codes(session, product_ids)
    photos: dict[UUID, list[ProductPhoto]] = defaultdict(list)
    for photo in await session.scalars(
        select(ProductPhoto)
        .where(ProductPhoto.product_id.in_(product_ids))
        .order_by(ProductPhoto.position, ProductPhoto.id)
    ):
        photos[photo.product_id].append(photo)
    return {
        product.id: (
            Subject(
                product_id=product.id,
                revision=product.revision,
                name=product.name,
                description=product.description,
                storage=product.storage,
                price_vnd=product.price_vnd,
                unit=product.unit,
                net_weight_g=product.net_weight_g,
                gtin=product.gtin or "",
                group_code=product.group_code,
                group_name=group_name,
                producer_name=producer_name,
                place_name=place or "",
                ingredients=product.ingredients,
                warnings=product.warnings,
                shelf_life=product.shelf_life,
                approved=product.status is ProductStatus.APPROVED,
                stars=stars.get(product.id),
                trace_url=_trace_url(public_url, product, codes.get(product.id, "")),
                sub_group_code=product.sub_group_code or "",
            ),
            tuple(photos[product.id]),
        )
        for product, producer_name, place, group_name in rows
    }


async def load_pictures(
    photos: Collection[ProductPhoto], read: ReadPicture, *, public_url: str
) -> tuple[Picture, ...]:
    """The photos with their bytes and their addresses under ``public_url``; outside any transaction."""
    return tuple(
        [
            Picture(
                photo.sha256,
                "image/jpeg",
                photo.width,
                photo.height,
                await read(photo.media_key),
                f"{public_url}/media/{photo.media_key}",
            )
            for photo in photos
        ]
    )


async def _stars_today(session: AsyncSession, product_ids: Collection[UUID]) -> dict[UUID, int]:
    rows = await session.execute(
        select(Certificate.product_id, Certificate.stars).where(
            Certificate.product_id.in_(product_ids), Certificate.valid.contains(func.now())
        )
    )
    return {row.product_id: row.stars for row in rows}


async def _product_codes(session: AsyncSession, product_ids: Collection[UUID]) -> dict[UUID, str]:
    rows = await session.execute(
        select(TraceCode.product_id, TraceCode.code).where(
            TraceCode.product_id.in_(product_ids), TraceCode.lot_id.is_(None)
        )
    )
    return {row.product_id: row.code for row in rows}


def _trace_url(public_url: str, product: Product, code: str) -> str:
    if product.gtin:
        return f"{public_url}/01/{product.gtin}"
    return f"{public_url}/t/{code}" if code else ""
