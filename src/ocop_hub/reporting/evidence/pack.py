"""Hồ sơ minh chứng: what the hub can show of one product when it is presented for recognition again.

Listing proofs with their grade, day and kept picture; the trace link with its label; the lots with their log; the
story; every certificate. Nothing is judged here: the council reads, we only lay out what was recorded.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product, ProductGroup
from ocop_hub.catalogue.queries import photos_of, same_product
from ocop_hub.catalogue.queries import visible_to as products_visible_to
from ocop_hub.certificates.models import Certificate, RecognitionDecision
from ocop_hub.certificates.queries import visible_to as certificates_visible_to
from ocop_hub.certificates.validity import CertificateState, certificate_state, end_day
from ocop_hub.db import aside
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.media import Media, MediaNotFound
from ocop_hub.places.models import AdminUnit
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.models import Evidence, Listing, MarketplaceAccount, MarketplaceRow
from ocop_hub.publishing.queries import listings_visible_to
from ocop_hub.traceability.errors import LabelUnreadable, LotStateRefuses, ProductHasNoLabel
from ocop_hub.traceability.labels.label import label_facts, label_png
from ocop_hub.traceability.models import EventKind, Lot, LotState
from ocop_hub.traceability.queries import standing_events_of
from ocop_hub.traceability.queries import visible_to as lots_visible_to

#: The latest looks at each listing, lots and photos that go into a pack.
LOOKS: Final = 5
LOTS: Final = 12
PHOTOS: Final = 4
_PICTURE: Final = re.compile(r"pictures/[0-9a-f]{2}/[0-9a-f]{64}\.jpg")


@dataclass(frozen=True, slots=True)
class Look:
    """One time the listing was looked at. ``picture``: the file's name in the pack, "" without one."""

    at: datetime
    grade: Grade
    state: ListingState
    url: str
    by: str
    picture: str


@dataclass(frozen=True, slots=True)
class ListingProof:
    marketplace: str
    stall: str
    state: ListingState
    not_sent: bool
    grade: Grade | None
    url: str
    looks: tuple[Look, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One công đoạn of a lot; ``chain_hash`` seals it and all before it."""

    kind: EventKind
    at: datetime
    place: str
    note: str
    chain_hash: str


@dataclass(frozen=True, slots=True)
class LotLog:
    code: str
    state: LotState
    produced_on: date | None
    best_before: date | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """One certificate of the product's history."""

    number: str
    stars: int
    state: CertificateState | None
    valid_from: date | None
    valid_until: date | None
    decision_number: str
    issuer: str


@dataclass(frozen=True, slots=True)
class EvidencePack:
    """Everything of one product on the day it was asked for; ``files`` are the pictures by their names."""

    product_id: UUID
    product_name: str
    group_name: str
    description: str
    story: str
    producer_name: str
    place: str
    made_at: datetime
    trace_uri: str
    page_url: str
    listings: tuple[ListingProof, ...]
    lots: tuple[LotLog, ...]
    certificates: tuple[Held, ...]
    photos: tuple[str, ...]
    label: str
    files: dict[str, bytes]


async def evidence_pack(
    session: AsyncSession, media: Media, actor: Actor, product_id: UUID, *, public_url: str
) -> EvidencePack:
    """Gather the pack, as far as the actor may see. Raises NotFound for a product that is not there for them."""
    row = (
        await session.execute(
            products_visible_to(actor)
            .where(Product.id == product_id)
            .join(Producer, Producer.id == Product.producer_id)
            .join(ProductGroup, ProductGroup.code == Product.group_code)
            .join(AdminUnit, AdminUnit.id == Product.current_unit_id, isouter=True)
            .add_columns(Producer.name, ProductGroup.name_vi, AdminUnit.full_name)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("Không có sản phẩm này, hoặc bạn không có quyền xem.")
    product, producer_name, group_name, place = row
    files: dict[str, bytes] = {}
    uri, label = await _label(session, actor, product, files, public_url)
    return EvidencePack(
        product_id=product.id,
        product_name=product.name,
        group_name=group_name,
        description=product.description,
        story=product.story,
        producer_name=producer_name,
        place=place or product.commune_as_written,
        made_at=clock.now(),
        trace_uri=uri,
        page_url=f"{public_url.rstrip('/')}/san-pham/{product.id}",
        listings=await _listings(session, media, actor, product_id, files),
        lots=await _lots(session, actor, product_id),
        certificates=await _certificates(session, actor, product_id),
        photos=await _photos(session, media, product_id, files),
        label=label,
        files=files,
    )


async def _label(
    session: AsyncSession, actor: Actor, product: Product, files: dict[str, bytes], public_url: str
) -> tuple[str, str]:
    """The address on the label and the label's file; empty where there is none yet."""
    try:
        facts = await label_facts(session, actor, product, None, public_url=public_url)
        files["tem.png"] = await label_png(facts)
    except (ProductHasNoLabel, LotStateRefuses, LabelUnreadable):
        return "", ""
    return facts.uri, "tem.png"


async def _listings(
    session: AsyncSession, media: Media, actor: Actor, product_id: UUID, files: dict[str, bytes]
) -> tuple[ListingProof, ...]:
    found = await session.execute(
        listings_visible_to(actor)
        .where(Listing.product_id == product_id)
        .join(MarketplaceAccount, MarketplaceAccount.id == Listing.account_id)
        .join(MarketplaceRow, MarketplaceRow.key == Listing.marketplace_key)
        .add_columns(MarketplaceRow.name, MarketplaceAccount.name)
        .order_by(MarketplaceRow.position, Listing.id)
    )
    listed = [(listing, marketplace, stall) for listing, marketplace, stall in found]
    looks = await _looks(session, [listing.id for listing, _, _ in listed])
    return tuple(
        [
            ListingProof(
                marketplace=marketplace,
                stall=stall,
                state=listing.state,
                not_sent=listing.not_sent,
                grade=listing.grade if listing.state is ListingState.LIVE else None,
                url=listing.public_url,
                looks=tuple([await _look(session, media, each, files) for each in looks[listing.id]]),
            )
            for listing, marketplace, stall in listed
        ]
    )


async def _looks(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[Evidence]]:
    """The latest looks at each listing, newest first."""
    order = func.row_number().over(partition_by=Evidence.listing_id, order_by=Evidence.seen_at.desc())
    ranked = select(Evidence.id, order.label("nth")).where(Evidence.listing_id.in_(ids)).subquery("ranked")
    found = await session.scalars(
        select(Evidence)
        .join(ranked, ranked.c.id == Evidence.id)
        .where(ranked.c.nth <= LOOKS)
        .order_by(Evidence.seen_at.desc())
    )
    looks: defaultdict[UUID, list[Evidence]] = defaultdict(list)
    for each in found:
        looks[each.listing_id].append(each)
    return looks


async def _look(session: AsyncSession, media: Media, look: Evidence, files: dict[str, bytes]) -> Look:
    name = ""
    kept = _kept_picture(look.checks)
    if kept:
        name = await _take(session, media, kept, f"minh-chung/{look.id}.jpg", files)
    return Look(look.seen_at, look.grade, look.state, look.url, look.seen_by, name)


def _kept_picture(checks: dict[str, Any]) -> str:
    """The key of the picture an officer kept of the page; "" without one."""
    kept = (value for value in checks.values() if isinstance(value, str) and _PICTURE.fullmatch(value))
    return next(kept, "")


async def _take(session: AsyncSession, media: Media, key: str, name: str, files: dict[str, bytes]) -> str:
    """The picture into the pack under a name; "" when the store has lost it."""
    try:
        async with aside(session):
            files[name] = await media.read_picture(key, 800)
    except MediaNotFound:
        return ""
    return name


async def _photos(
    session: AsyncSession, media: Media, product_id: UUID, files: dict[str, bytes]
) -> tuple[str, ...]:
    photos = await session.scalars(photos_of(product_id).limit(PHOTOS))
    names = [
        await _take(session, media, photo.media_key, f"anh/{number}.jpg", files)
        for number, photo in enumerate(photos, start=1)
    ]
    return tuple(name for name in names if name)


async def _lots(session: AsyncSession, actor: Actor, product_id: UUID) -> tuple[LotLog, ...]:
    lots = await session.scalars(
        lots_visible_to(actor)
        .where(Lot.product_id.in_(same_product(product_id)), Lot.state != LotState.DRAFT)
        .order_by(Lot.created_at.desc(), Lot.id)
        .limit(LOTS)
    )
    return tuple(
        [
            LotLog(lot.code, lot.state, lot.produced_on, lot.best_before, await _steps(session, lot.id))
            for lot in list(lots)
        ]
    )


async def _steps(session: AsyncSession, lot_id: UUID) -> tuple[Step, ...]:
    events = list(await session.scalars(standing_events_of(lot_id)))
    wanted = {each.unit_id for each in events if each.unit_id}
    units = await session.execute(select(AdminUnit.id, AdminUnit.full_name).where(AdminUnit.id.in_(wanted)))
    names = {row[0]: row[1] for row in units}
    return tuple(
        Step(
            kind=each.kind,
            at=each.occurred_at,
            place=", ".join(filter(None, (each.place_text, names.get(each.unit_id or "", "")))),
            note=each.note,
            chain_hash=each.chain_hash,
        )
        for each in events
    )


async def _certificates(session: AsyncSession, actor: Actor, product_id: UUID) -> tuple[Held, ...]:
    found = await session.execute(
        certificates_visible_to(actor)
        .where(Certificate.product_id == product_id)
        .join(RecognitionDecision, RecognitionDecision.id == Certificate.decision_id)
        .add_columns(RecognitionDecision)
        .order_by(func.lower(Certificate.valid).desc().nulls_last(), Certificate.id)
    )
    return tuple(
        Held(
            number=certificate.number,
            stars=certificate.stars,
            state=certificate_state(certificate, clock.now()),
            valid_from=clock.business_day(certificate.valid.lower) if certificate.valid.lower else None,
            valid_until=end_day(certificate),
            decision_number=decision.number,
            issuer=decision.issuer_name,
        )
        for certificate, decision in found
    )
