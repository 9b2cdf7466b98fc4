"""Shapes of the producers' JSON API. A tax number, phone or e-mail is not among them: a household's are personal data."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ocop_hub.producers.actor import Role
from ocop_hub.producers.models import ProducerKind


class ProducerOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: ProducerKind
    name: str
    gln: str | None
    certified_unit_id: str | None
    current_unit_id: str | None
    province_id: str | None
    claimed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class MeOut(BaseModel):
    """Who the service takes you for, and for which producers you may act."""

    id: UUID
    name: str
    role: Role
    language: str
    unit_id: str
    producers: list[UUID]
