"""What products lack, worked out from the rows and kept for lists; the statements do not grow with the products."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product, ProductGroup, ProductPhoto, ProductSubGroup
from ocop_hub.certificates.models import Certificate
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Marketplace, Mode, Picture, Reason
from ocop_hub.marketplaces.registry import ADAPTERS
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.adapters import Adapters
from ocop_hub.publishing.draft import Subject
from ocop_hub.publishing.mapping import categories as mapping
from ocop_hub.publishing.models import MarketplaceKind, MarketplaceRow, ProductReadiness
from ocop_hub.publishing.readiness.rules import PAPERS, Facts, lacking
from ocop_hub.publishing.subject import load_subjects
from ocop_hub.traceability.models import Lot, LotState

#: By target, what it lacks; targets without a word are ready and left out.
Lacks = dict[str, tuple[Reason, ...]]

#: What is kept is worked out anew after this at the latest: days pass, lots and certificates come and go.
STALE_AFTER: Final = timedelta(days=1)
#: Products of one sweep.
AT_ONCE: Final = 500


async def open_adapters(session: AsyncSession, adapters: Adapters) -> dict[str, Marketplace]:
    """Adapters of the marketplaces that are open today, in the marketplaces' order; channels ask for nothing."""
    keys = await session.scalars(
        select(MarketplaceRow.key)
        .where(
            MarketplaceRow.has_adapter,
            MarketplaceRow.kind != MarketplaceKind.CHANNEL,
            MarketplaceRow.open_during.contains(func.now()),
        )
        .order_by(MarketplaceRow.position)
    )
    return {key: adapters.get(key) for key in keys if key in ADAPTERS}


async def lacks_of(
    session: AsyncSession,
    product_ids: Collection[UUID],
    adapters: Mapping[str, Marketplace],
    *,
    public_url: str,
) -> dict[UUID, Lacks]:
    """What each product lacks now, for the marketplaces of ``adapters`` and for the papers."""
    subjects = await load_subjects(session, product_ids, public_url=public_url)
    facts = await _facts(session, product_ids, subjects)
    today = clock.today()
    mappings = {key: await mapping.load(session, key) for key in adapters}
    found: dict[UUID, Lacks] = {}
    for product_id, told in facts.items():
        subject, photos = subjects[product_id]
        told_of: Lacks = {}
        for key, adapter in adapters.items():
            pictures = tuple(_picture(photo) for photo in photos[: adapter.capabilities.max_pictures])
            chosen = mappings[key].of(subject, {})
            draft = replace(mapping.drafted(subject, {}, chosen, adapter.capabilities), pictures=pictures)
            refused = (*chosen.problems, *adapter.validate(draft))
            told_of[key] = lacking(key, told, today, refused=refused, parcels=_parcels(adapter))
        for paper in PAPERS if told.ships else ():
            told_of[paper] = lacking(paper, told, today)
        found[product_id] = {target: reasons for target, reasons in told_of.items() if reasons}
    return found


async def forbidden(
    session: AsyncSession,
    adapter: Marketplace,
    subjects: Mapping[UUID, tuple[Subject, Sequence[ProductPhoto]]],
) -> dict[UUID, tuple[Reason, ...]]:
    """What of these products no marketplace, or not this one, may be sent; the adapter itself is not asked."""
    facts = await _facts(session, subjects.keys(), subjects)
    today = clock.today()
    return {
        product_id: lacking(adapter.key, told, today, parcels=_parcels(adapter))
        for product_id, told in facts.items()
    }


def _parcels(adapter: Marketplace) -> bool:
    return adapter.capabilities.mode is Mode.API


async def keep(
    session: AsyncSession,
    product_ids: Collection[UUID],
    adapters: Mapping[str, Marketplace],
    *,
    public_url: str,
) -> None:
    """Work out and store what these products lack."""
    found = await lacks_of(session, product_ids, adapters, public_url=public_url)
    if not found:
        return
    products = await session.execute(
        select(Product.id, Product.producer_id, Product.revision).where(Product.id.in_(found))
    )
    rows = [_row(each.id, each.producer_id, each.revision, found[each.id]) for each in products]
    adding = insert(ProductReadiness).values(rows)
    await session.execute(
        adding.on_conflict_do_update(
            index_elements=["product_id"],
            set_={name: adding.excluded[name] for name in rows[0] if name != "product_id"},
        )
    )


def _row(product_id: UUID, producer_id: UUID, revision: int, lacks: Lacks) -> dict[str, object]:
    return {
        "product_id": product_id,
        "producer_id": producer_id,
        "revision": revision,
        "missing": {
            target: [{"field": each.field, "code": each.code, "text": each.text} for each in reasons]
            for target, reasons in lacks.items()
        },
        "targets": sorted(lacks),
        "fields": sorted({each.field for reasons in lacks.values() for each in reasons}),
        "checked_at": clock.now(),
    }


def stale() -> Select[UUID]:
    """Some products whose kept answer is of another revision, too old, or not there yet."""
    return (
        select(Product.id)
        .outerjoin(ProductReadiness, ProductReadiness.product_id == Product.id)
        .where(
            Product.merged_into_id.is_(None),
            or_(
                ProductReadiness.revision.is_distinct_from(Product.revision),
                ProductReadiness.checked_at < clock.now() - STALE_AFTER,
            ),
        )
        .limit(AT_ONCE)
    )


async def _facts(
    session: AsyncSession,
    product_ids: Collection[UUID],
    subjects: Mapping[UUID, tuple[Subject, Sequence[ProductPhoto]]],
) -> dict[UUID, Facts]:
    lots = await session.execute(
        select(Lot.product_id, Lot.code)
        .where(Lot.product_id.in_(product_ids), Lot.state.in_([LotState.RELEASED, LotState.CLOSED]))
        .ext(distinct_on(Lot.product_id))
        .order_by(Lot.product_id, Lot.created_at.desc(), Lot.id)
    )
    codes = {row.product_id: row.code for row in lots}
    rows = await session.execute(
        select(
            Product,
            Producer.address,
            func.coalesce(Producer.gln, Producer.tax_number, "").label("identifier"),
            ProductGroup.ships,
            func.coalesce(ProductSubGroup.restricted, False).label("restricted"),
            (_certified() & ~_certified(Certificate.valid.contains(func.now()))).label("lapsed"),
        )
        .join(Producer, Producer.id == Product.producer_id)
        .join(ProductGroup, ProductGroup.code == Product.group_code)
        .outerjoin(ProductSubGroup, ProductSubGroup.code == Product.sub_group_code)
        .where(Product.id.in_(product_ids))
    )
    return {row[0].id: _facts_of(row, *subjects[row[0].id], codes.get(row[0].id, "")) for row in rows}


def _certified(*when: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Certificate.product_id == Product.id, *when)


def _facts_of(
    row: Row[Product, str, str, bool, bool, bool],
    subject: Subject,
    photos: Sequence[ProductPhoto],
    lot_code: str,
) -> Facts:
    product, address, identifier, ships, restricted, lapsed = row
    return Facts(
        name=product.name,
        group_code=product.group_code,
        ships=ships,
        restricted=restricted,
        lapsed=lapsed,
        description=product.description,
        story=product.story,
        ingredients=product.ingredients,
        warnings=product.warnings,
        shelf_life=product.shelf_life,
        storage=product.storage,
        declaration_number=product.declaration_number,
        trademark=product.trademark,
        gtin=product.gtin or "",
        price_vnd=product.price_vnd,
        net_weight_g=product.net_weight_g,
        producer_address=address,
        producer_identifier=identifier,
        place=subject.place_name,
        lot_code=lot_code,
        pictures=[(photo.width, photo.height) for photo in photos],
    )


def _picture(photo: ProductPhoto) -> Picture:
    # Kept photos are re-encoded to at most 1,600 px, so their bytes need not be read to judge them.
    return Picture(photo.sha256, "image/jpeg", photo.width, photo.height, b"")
