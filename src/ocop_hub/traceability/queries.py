"""Questions about lots, events, codes and links. Every tenant question starts from :func:`visible_to`."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import aliased

from ocop_hub.catalogue.models import Product, ProductGtin
from ocop_hub.catalogue.queries import of_visible_producer
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.traceability.models import EpcisCapture, Lot, LotState, ResolverLink, TraceCode, TraceEvent


def visible_to(actor: Actor) -> Select[Lot]:
    """The lots this actor may see; the public sees those that were published."""
    lots = select(Lot).where(of_visible_producer(actor, Lot.producer_id))
    return lots.where(Lot.state != LotState.DRAFT) if actor.role is Role.PUBLIC else lots


def events_of(lot_id: UUID) -> Select[TraceEvent]:
    """All events of a lot as they were written, corrected ones too, in the order they happened."""
    return (
        select(TraceEvent)
        .where(TraceEvent.lot_id == lot_id)
        .order_by(TraceEvent.occurred_at, TraceEvent.recorded_at, TraceEvent.id)
    )


def standing_events_of(lot_id: UUID) -> Select[TraceEvent]:
    """The events that hold: those no later event corrects, and that were not declared an error."""
    later = aliased(TraceEvent)
    return events_of(lot_id).where(
        ~exists().where(later.corrects_id == TraceEvent.id), ~TraceEvent.epcis.has_key("errorDeclaration")
    )


def chain_of(lot_id: UUID) -> Select[TraceEvent]:
    """All events of a lot in the order they were written, which is the order of their hashes."""
    return (
        select(TraceEvent)
        .where(TraceEvent.lot_id == lot_id)
        .order_by(TraceEvent.position, TraceEvent.recorded_at, TraceEvent.id)
    )


def event_of_hash(lot_id: UUID, digest: str) -> Select[TraceEvent]:
    """The event of a lot with that hash which was written first."""
    return chain_of(lot_id).where(TraceEvent.event_hash == digest).limit(1)


def lots_named(gtin: str, code: str, lot_id: UUID | None) -> Select[Lot]:
    """The lot with that id, or with that code of the product behind a GTIN, as far as the session sees.

    The GTIN may be that of any pack of the product, and packs go over when products are merged while lots stay
    where they were: the product's own lot comes before one of a product merged into it. One lot at most.
    """
    if lot_id is not None:
        return select(Lot).where(Lot.id == lot_id)
    return (
        select(Lot)
        .join(Product, Product.id == Lot.product_id)
        .join(
            ProductGtin,
            or_(ProductGtin.product_id == Product.id, ProductGtin.product_id == Product.merged_into_id),
        )
        .where(ProductGtin.gtin == gtin, Lot.code == code)
        .order_by(ProductGtin.product_id != Product.id)
        .limit(1)
    )


def captures_of(actor: Actor) -> Select[EpcisCapture]:
    """The EPCIS documents handed in for producers that this actor sees."""
    return select(EpcisCapture).where(of_visible_producer(actor, EpcisCapture.producer_id))


def events_visible_to(actor: Actor) -> Select[TraceEvent]:
    """Every event of the producers that this actor sees."""
    return select(TraceEvent).where(of_visible_producer(actor, TraceEvent.producer_id))


def trace_code_of(product_id: UUID, lot_id: UUID | None) -> Select[TraceCode]:
    """The code first made for a product, or for a lot of it."""
    which = TraceCode.lot_id.is_(None) if lot_id is None else TraceCode.lot_id == lot_id
    return (
        select(TraceCode)
        .where(TraceCode.product_id == product_id, which)
        .order_by(TraceCode.created_at, TraceCode.code)
        .limit(1)
    )


def links_of(product_id: UUID, lot_id: UUID | None) -> Select[ResolverLink]:
    """The resolver's links of a product and, with a lot, of that lot."""
    of_product = ResolverLink.lot_id.is_(None)
    which = of_product if lot_id is None else or_(of_product, ResolverLink.lot_id == lot_id)
    return (
        select(ResolverLink)
        .where(ResolverLink.product_id == product_id, which)
        .order_by(ResolverLink.link_type, ResolverLink.title, ResolverLink.href)
    )
