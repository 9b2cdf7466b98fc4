"""Stars that a producer typed ("chưa đối chiếu"), matched by an officer to the decision that gave them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.queries import visible_to
from ocop_hub.catalogue.service import clear_declared_stars, get_product
from ocop_hub.certificates.errors import DecisionIncomplete
from ocop_hub.certificates.models import Certificate, RecognitionDecision
from ocop_hub.certificates.queries import valid_at
from ocop_hub.certificates.service import Grant, grant_certificate
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import Actor, require_office


def declared_only(actor: Actor) -> Select[Product]:
    """Products with typed stars that no certificate in force answers for: outside every percentage."""
    certified = select(Certificate.product_id).where(valid_at(clock.now()))
    return visible_to(actor).where(Product.declared_stars.is_not(None), Product.id.not_in(certified))


async def match_to_decision(
    session: AsyncSession, actor: Actor, product_id: UUID, decision_id: UUID, *, stars: int
) -> Certificate:
    """The certificate that the decision gave the product; from now on its stars are counted.

    ``stars`` are what the decision says, which need not be what was typed. Raises NotFound, Forbidden, what
    ``grant_certificate`` raises, and :class:`DecisionIncomplete` for a decision without a day.
    """
    require_office(actor)
    product = await get_product(session, actor, product_id)
    decision = await session.get(RecognitionDecision, decision_id)
    if decision is None:
        raise NotFound("Không tìm thấy quyết định này.")
    if decision.issued_on is None:
        raise DecisionIncomplete("Quyết định này chưa có ngày ký. Hãy ghi ngày ký trước khi đối chiếu.")
    certificate = await grant_certificate(
        session,
        actor,
        Grant(
            product_id=product.id,
            producer_id=product.producer_id,
            decision_id=decision.id,
            stars=stars,
            issued_on=decision.issued_on,
            certified_unit_id=product.certified_unit_id or product.current_unit_id,
        ),
    )
    await clear_declared_stars(session, actor, product.id)
    return certificate


async def turn_down(session: AsyncSession, actor: Actor, product_id: UUID, *, reason: str) -> None:
    """Say that no decision gave the product its typed stars: they are taken away, with the reason on record.

    Raises NotFound, Forbidden, and :class:`DecisionIncomplete` without a reason.
    """
    require_office(actor)
    if not clean(reason):
        raise DecisionIncomplete("Hãy ghi vì sao không đối chiếu được, để chủ thể biết.")
    product = await get_product(session, actor, product_id)
    audit.record(
        session,
        actor=actor.label,
        action="certificates.turn_down_stars",
        subject=f"product:{product.id}",
        producer_id=product.producer_id,
        stars=product.declared_stars,
        reason=clean(reason),
    )
    await clear_declared_stars(session, actor, product.id)
