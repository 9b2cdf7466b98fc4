"""All that a buyer's page tells of a product or a lot, read once for a page that is then kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ocop_hub.catalogue.models import Product, ProductGroup, ProductVariant
from ocop_hub.catalogue.queries import photos_of
from ocop_hub.certificates.models import Certificate, IssuerLevel, RecognitionDecision
from ocop_hub.certificates.validity import CertificateState, certificate_state, end_day
from ocop_hub.kit import clock
from ocop_hub.places.models import AdminUnit
from ocop_hub.producers.models import Producer, ProducerKind
from ocop_hub.producers.queries import shown_publicly
from ocop_hub.traceability import queries
from ocop_hub.traceability.models import EventKind, LinkType, Lot, LotState
from ocop_hub.traceability.story.events import StoryEvent, story_events, written_place


class NoticeKind(StrEnum):
    """What stands above the page. The sentences live with the pages."""

    LOT_NOT_PUBLISHED = "lot_not_published"
    DATABASE_AWAY = "database_away"


@dataclass(frozen=True, slots=True)
class StoryPhoto:
    """``key`` in the media store; pixels."""

    key: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text and the language it is really in: Vietnamese where there is no translation."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class StoryProduct:
    """Vietnamese texts; ``translations``: the same fields by language, as far as they were translated.

    ``gtin``, ``net_weight_g``: of the pack whose label was scanned, else of the main one.
    """

    name: str
    group_vi: str
    group_en: str
    description: str
    storage: str
    gtin: str
    net_weight_g: int | None
    photo: StoryPhoto | None
    ingredients: str = ""
    warnings: str = ""
    shelf_life: str = ""
    story: str = ""
    declaration_number: str = ""
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def said(self, name: str, language: str) -> Spoken:
        """A text of the product in ``language`` where it has one, else in Vietnamese."""
        told = self.translations.get(language, {}).get(name, "")
        return Spoken(told, language) if told else Spoken(getattr(self, name), "vi")

    def in_every_language(self, name: str) -> list[Spoken]:
        """A text in Vietnamese and in every language it was translated to; empty where there is none."""
        base = getattr(self, name)
        told = [
            Spoken(texts[name], language) for language, texts in self.translations.items() if texts.get(name)
        ]
        return [Spoken(base, "vi"), *told] if base else []


@dataclass(frozen=True, slots=True)
class StoryProducer:
    """What ``producers.queries.shown_publicly`` lets buyers see; the rest is empty."""

    name: str
    kind: ProducerKind
    address: str
    place: str
    phone: str
    gln: str = ""
    tax_number: str = ""


@dataclass(frozen=True, slots=True)
class StoryCertificate:
    """``valid_until``: its last day, as the paper says."""

    number: str
    stars: int
    proposed_five: bool
    state: CertificateState
    valid_until: date | None
    decision_number: str
    decision_day: date | None
    issuer_level: IssuerLevel = IssuerLevel.PROVINCE
    issuer_name: str = ""

    @property
    def holds(self) -> bool:
        """True while stars and the mark may be shown as current."""
        return self.state in (CertificateState.VALID, CertificateState.EXPIRING)


@dataclass(frozen=True, slots=True)
class StoryRecall:
    reason: str
    on: datetime


@dataclass(frozen=True, slots=True)
class StoryLot:
    code: str
    display_name: str
    state: LotState
    produced_on: date | None
    packed_at: datetime | None
    packed_place: str
    best_before: date | None
    recall: StoryRecall | None
    #: The shelf life (HSD) is over; nothing to do with the certificate.
    expired: bool = False


@dataclass(frozen=True, slots=True)
class StoryShop:
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class TraceStory:
    """``path``: the canonical path of what was asked, ``/01/…`` or ``/t/…``; ``asked_lot``: as on the label."""

    path: str
    product: StoryProduct
    producer: StoryProducer
    certificate: StoryCertificate | None
    lot: StoryLot | None
    events: tuple[StoryEvent, ...]
    shops: tuple[StoryShop, ...]
    asked_lot: str = ""
    notice: NoticeKind | None = None

    def under(self, notice: NoticeKind) -> TraceStory:
        """The same story with a notice above it."""
        return replace(self, notice=notice)

    def of_product(self) -> TraceStory:
        """The story of the product alone, one level up."""
        return replace(self, lot=None, events=())


async def story(
    session: AsyncSession,
    *,
    path: str,
    product_id: UUID,
    lot_id: UUID | None,
    asked_gtin: str = "",
    asked_lot: str = "",
    lot_expected: bool = False,
) -> TraceStory | None:
    """The story of a product, or of one of its lots, as the session may see it; None when it is gone.

    ``asked_gtin``, ``asked_lot``: as on the label; empty for none. ``lot_expected``: the label names a lot. When none can be shown, the page says so above the product.
    """
    found = await _product(session, product_id)
    if found is None:
        return None
    product, producer = found
    lot = await session.get(Lot, lot_id) if lot_id is not None else None
    events = await story_events(session, lot.id) if lot is not None else ()
    return TraceStory(
        path=path,
        product=await _as_packed(session, product, asked_gtin),
        producer=producer,
        certificate=await certificate_on(session, product_id, clock.now()),
        lot=_lot(lot, events, producer.place) if lot is not None else None,
        events=events,
        shops=await _shops(session, product_id),
        asked_lot=asked_lot,
        notice=NoticeKind.LOT_NOT_PUBLISHED if lot_expected and lot is None else None,
    )


async def certificate_on(
    session: AsyncSession, product_id: UUID, moment: datetime
) -> StoryCertificate | None:
    """The certificate that holds at ``moment``; without one the latest that held before; else None."""
    result = await session.execute(
        select(Certificate, RecognitionDecision)
        .join(RecognitionDecision, RecognitionDecision.id == Certificate.decision_id)
        .where(Certificate.product_id == product_id, func.lower(Certificate.valid) <= moment)
        .order_by(func.lower(Certificate.valid).desc())
        .limit(1)
    )
    row = result.one_or_none()
    if row is None:
        return None
    certificate, decision = row
    state = certificate_state(certificate, moment)
    if state is None:
        return None
    return StoryCertificate(
        number=certificate.number,
        stars=certificate.stars,
        proposed_five=certificate.proposed_five,
        state=state,
        valid_until=end_day(certificate),
        decision_number=decision.number,
        decision_day=decision.issued_on,
        issuer_level=decision.issuer_level,
        issuer_name=decision.issuer_name,
    )


async def _product(session: AsyncSession, product_id: UUID) -> tuple[StoryProduct, StoryProducer] | None:
    province = aliased(AdminUnit)
    result = await session.execute(
        select(Product, ProductGroup, Producer, AdminUnit, province)
        .join(ProductGroup, ProductGroup.code == Product.group_code)
        .join(Producer, Producer.id == Product.producer_id)
        .outerjoin(
            AdminUnit, AdminUnit.id == func.coalesce(Product.current_unit_id, Producer.current_unit_id)
        )
        .outerjoin(province, province.id == AdminUnit.province_id)
        .where(Product.id == product_id)
    )
    row = result.one_or_none()
    if row is None:
        return None
    product, group, producer, unit, above = row
    told = StoryProduct(
        name=product.name,
        group_vi=group.name_vi,
        group_en=group.name_en,
        description=product.description,
        storage=product.storage,
        ingredients=product.ingredients,
        warnings=product.warnings,
        shelf_life=product.shelf_life,
        story=product.story,
        declaration_number=product.declaration_number,
        translations=product.translations,
        gtin=product.gtin or "",
        net_weight_g=product.net_weight_g,
        photo=await _photo(session, product_id),
    )
    public = await shown_publicly(session, producer)
    return told, StoryProducer(
        name=public.name,
        kind=producer.kind,
        address=public.address,
        place=written_place(unit, above),
        phone=public.phone,
        gln=public.gln,
        tax_number=public.tax_number,
    )


async def _as_packed(session: AsyncSession, product: StoryProduct, gtin: str) -> StoryProduct:
    """The product in the pack that the label names; its weight unknown where no such pack is."""
    if gtin in ("", product.gtin):
        return product
    grams = await session.scalar(select(ProductVariant.net_weight_g).where(ProductVariant.gtin == gtin))
    return replace(product, gtin=gtin, net_weight_g=grams)


async def _photo(session: AsyncSession, product_id: UUID) -> StoryPhoto | None:
    photo = (await session.execute(photos_of(product_id).limit(1))).scalar_one_or_none()
    return None if photo is None else StoryPhoto(photo.media_key, photo.width, photo.height)


async def _shops(session: AsyncSession, product_id: UUID) -> tuple[StoryShop, ...]:
    links = (await session.execute(queries.links_of(product_id, None))).scalars()
    return tuple(StoryShop(each.title, each.href) for each in links if each.link_type is LinkType.RETAILERS)


def _lot(lot: Lot, events: tuple[StoryEvent, ...], maker_place: str) -> StoryLot:
    by_kind = {each.kind: each for each in events}
    packing = by_kind.get(EventKind.PACKING)
    recall = by_kind.get(EventKind.RECALL)
    recalled = lot.state is LotState.RECALLED
    return StoryLot(
        code=lot.code,
        display_name=lot.display_name,
        state=lot.state,
        produced_on=lot.produced_on,
        packed_at=lot.packed_at,
        packed_place=(packing.place if packing else "") or maker_place,
        best_before=lot.best_before,
        recall=StoryRecall(lot.recall_note, recall.at if recall else clock.now()) if recalled else None,
        expired=lot.best_before is not None and lot.best_before < clock.today(),
    )
