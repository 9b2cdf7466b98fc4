"""The demo's products: real ones, recognised under decisions, each with a picture."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.bulk import ListedProduct, store_products
from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.photos import add_photo
from ocop_hub.certificates.decisions import NewDecision, enter_decisions
from ocop_hub.certificates.service import Grant, grant_certificates
from ocop_hub.certificates.validity import default_issuer
from ocop_hub.intake.demo_pictures import MARK, card
from ocop_hub.intake.demo_rows import DemoRow, Recognition, read_rows
from ocop_hub.media import Media, StoredPicture
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.producers.bulk import ListedProducer, add_producers, find_producers
from ocop_hub.schema import packaged_folder

PRODUCTS = "ocop_products.csv"


@dataclass(frozen=True, slots=True)
class DemoLoaded:
    """How many rows a first start added; nothing on later ones."""

    products: int = 0
    producers: int = 0
    certificates: int = 0
    pictures: int = 0


@dataclass(frozen=True, slots=True)
class _Loaded:
    row: DemoRow
    product_id: UUID
    producer_id: UUID


async def load_ocop_products(
    session: AsyncSession, media: Media | None = None, *, path: Path | None = None
) -> DemoLoaded:
    """Load the shipped list into a catalogue that has no product yet; with ``media``, a picture for each.

    A catalogue with products is left alone: what people changed in a demo stays changed.
    """
    if await session.scalar(select(Product.id).limit(1)) is not None:
        return DemoLoaded()
    rows = await asyncio.to_thread(read_rows, path or packaged_folder("samples") / PRODUCTS)
    loaded, producers = await _load_products(session, rows)
    certificates = await _recognise(session, loaded)
    pictures = await _load_pictures(session, media, loaded) if media is not None else 0
    return DemoLoaded(len(loaded), producers, certificates, pictures)


async def _load_products(session: AsyncSession, rows: Sequence[DemoRow]) -> tuple[list[_Loaded], int]:
    listed = {each.key: each for row in reversed(rows) for each in [_producer(row)]}
    known = await find_producers(session, list(listed.values()))
    added = await add_producers(
        session, SYSTEM_ACTOR, [each for key, each in listed.items() if key not in known]
    )
    ids = {**added, **known}
    products = [ListedProduct(ids[_producer(row).key], row.name, row.content) for row in rows]
    stored = await store_products(session, SYSTEM_ACTOR, products)
    loaded = [
        _Loaded(row, answer.product_id, product.producer_id)
        for row, product, answer in zip(rows, products, stored, strict=True)
        if answer.product_id is not None
    ]
    return loaded, len(added)


def _producer(row: DemoRow) -> ListedProducer:
    place = row.place
    return ListedProducer(
        row.producer, place.province_id, row.kind, place.certified_unit_id, place.current_unit_id
    )


async def _recognise(session: AsyncSession, loaded: Sequence[_Loaded]) -> int:
    wanted = {new.key: new for each in loaded for r in each.row.recognitions for new in [_decision(each, r)]}
    decisions = await enter_decisions(session, SYSTEM_ACTOR, list(wanted.values()))
    grants = [
        Grant(
            product_id=each.product_id,
            producer_id=each.producer_id,
            decision_id=decisions[_decision(each, recognition).key].id,
            stars=each.row.stars,
            issued_on=recognition.on,
            certified_unit_id=each.row.place.certified_unit_id,
            certified_district_id=each.row.place.district_id,
        )
        for each in loaded
        for recognition in each.row.recognitions
    ]
    return (await grant_certificates(session, SYSTEM_ACTOR, grants)).added


def _decision(each: _Loaded, recognition: Recognition) -> NewDecision:
    return NewDecision(
        number=recognition.number,
        issued_on=recognition.on,
        issuer_level=default_issuer(each.row.stars, recognition.on),
        issuer_province_id=each.row.place.province_id,
        note=recognition.note,
    )


async def _load_pictures(session: AsyncSession, media: Media, loaded: Sequence[_Loaded]) -> int:
    stored = await asyncio.gather(*(_picture(media, each.row) for each in loaded))
    by_id = {
        product.id: product
        for product in await session.scalars(
            select(Product).where(Product.id.in_([each.product_id for each in loaded]))
        )
    }
    for each, picture in zip(loaded, stored, strict=True):
        await add_photo(session, SYSTEM_ACTOR, by_id[each.product_id], picture, caption=MARK)
    return len(stored)


async def _picture(media: Media, row: DemoRow) -> StoredPicture:
    return await media.put_picture(await asyncio.to_thread(card, row.name, row.content["group_code"]))
