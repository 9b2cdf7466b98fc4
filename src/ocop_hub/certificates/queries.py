"""Questions about certificates and decisions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.orm import aliased

from ocop_hub.catalogue.queries import of_visible_producer
from ocop_hub.certificates.models import Certificate, RecognitionDecision
from ocop_hub.certificates.validity import expires_within
from ocop_hub.producers.actor import Actor


def visible_to(actor: Actor) -> Select[Certificate]:
    """Certificates the actor may see; they are public, so only a producer's or officer's own view is narrower."""
    return select(Certificate).where(of_visible_producer(actor, Certificate.producer_id))


def valid_at(moment: datetime) -> ColumnElement[bool]:
    """Certificates that hold at a moment. A withdrawn one ended when it was withdrawn."""
    return Certificate.valid.contains(literal(moment))


def expiring(actor: Actor, at: datetime, *, days: int) -> Select[Certificate]:
    """Certificates whose last day is at most so many days away and that no later one follows, the first to lapse first.

    60 days ahead a renewal dossier is begun; 30 is the last day on which the issuer tells the producer.
    """
    later = aliased(Certificate)
    followed = (
        select(later.id)
        .where(
            later.product_id == Certificate.product_id,
            func.lower(later.valid) >= func.upper(Certificate.valid),
        )
        .exists()
    )
    return (
        visible_to(actor)
        .where(
            valid_at(at),
            Certificate.withdrawn_at.is_(None),
            func.upper(Certificate.valid) <= literal(expires_within(at, days)),
            ~followed,
        )
        .order_by(func.upper(Certificate.valid), Certificate.id)
    )


def decisions() -> Select[RecognitionDecision]:
    """All recognition decisions: published documents, open to everyone."""
    return select(RecognitionDecision)
