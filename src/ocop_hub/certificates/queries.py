"""Questions about certificates and decisions."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, literal, select

from ocop_hub.catalogue.queries import of_visible_producer
from ocop_hub.certificates.models import Certificate, RecognitionDecision
from ocop_hub.kit.clock import day_end
from ocop_hub.producers.actor import Actor


def visible_to(actor: Actor) -> Select[Certificate]:
    """Certificates the actor may see; they are public, so only a producer's or officer's own view is narrower."""
    return select(Certificate).where(of_visible_producer(actor, Certificate.producer_id))


def valid_at(moment: datetime) -> ColumnElement[bool]:
    """Certificates that hold at a moment. A withdrawn one ended when it was withdrawn."""
    return Certificate.valid.contains(literal(moment))


def valid_on(as_of: date) -> ColumnElement[bool]:
    """Certificates that hold at the end of a business day, which is what "as of" means."""
    return valid_at(day_end(as_of) - timedelta(microseconds=1))


def decisions() -> Select[RecognitionDecision]:
    """All recognition decisions: published documents, open to everyone."""
    return select(RecognitionDecision)
