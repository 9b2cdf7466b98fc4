"""A small cast for tests of products: producers with names, actors who act for them, products of theirs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.schemas import ProductIn
from ocop_hub.catalogue.service import create_product
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import fold, sort_key
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.producers.models import Producer, ProducerKind

QUANG_NINH = "p-22-20260901"
LAO_CAI = "p-15-20250701"
CO_TO = "c-07192-20250701"

OFFICER = Actor(Role.OFFICER_PROVINCE, user_id=UUID(int=1), name="Cán bộ cấp tỉnh")


def acting_for(*producers: Producer) -> Actor:
    """A member of these producers."""
    return Actor(Role.PRODUCER, user_id=UUID(int=2), producers=frozenset(p.id for p in producers))


async def make_producer(
    session: AsyncSession, name: str = "HTX Hoa Hồng", *, province_id: str = QUANG_NINH, unit_id: str = CO_TO
) -> Producer:
    """A producer of the province."""
    producer = Producer(
        id=new_id(),
        kind=ProducerKind.COOPERATIVE,
        name=name,
        name_folded=fold(name),
        sort_key=sort_key(name),
        province_id=province_id,
        current_unit_id=unit_id,
    )
    session.add(producer)
    await session.flush()
    return producer


async def make_product(
    session: AsyncSession, producer: Producer, name: str = "Mực một nắng", **given: Any
) -> Product:
    """A product of the producer, entered by an officer."""
    data = ProductIn(producer_id=producer.id, name=name, group_code="thuc_pham", **given)
    return await create_product(session, OFFICER, data)
