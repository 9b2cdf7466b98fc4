"""A product's photos: added once each, in an order of which the first is the main one.

A phone sends a photo again until it is told that it arrived. So the same bytes are the same photo, and the answer
says what arrived: the hash of the bytes as they came, before they were re-encoded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue import queries
from ocop_hub.catalogue.content import plain
from ocop_hub.catalogue.errors import TooManyPhotos
from ocop_hub.catalogue.models import Product, ProductPhoto
from ocop_hub.catalogue.service import for_change, wake_readiness
from ocop_hub.db import aside
from ocop_hub.errors import NotFound
from ocop_hub.kit.ids import new_id
from ocop_hub.media import Media
from ocop_hub.producers.actor import Actor

MAX_PHOTOS = 20


class Picture(Protocol):
    """A stored picture, as the media room gives it."""

    @property
    def key(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def size_bytes(self) -> int: ...

    @property
    def look(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Received:
    """A photo and what came in for it: ``sha256`` and ``size_bytes`` are of the bytes that were sent."""

    photo: ProductPhoto
    sha256: str
    size_bytes: int


async def receive_photo(
    session: AsyncSession, actor: Actor, media: Media, product_id: UUID, content: bytes, *, caption: str = ""
) -> Received:
    """Take in the bytes of a photo; the same bytes again are the same photo.

    The picture is kept first, :func:`ocop_hub.db.aside`. Raises NotFound, what ``Media.put_picture`` raises, and
    :class:`TooManyPhotos`; then nothing was changed.
    """
    product = await for_change(session, actor, product_id)
    sha256 = hashlib.sha256(content).hexdigest()
    photos = (await session.scalars(queries.photos_of(product_id))).all()
    photo = next((photo for photo in photos if photo.received_sha256 == sha256), None)
    if photo is None:
        async with aside(session):
            picture = await media.put_picture(content)
        photo = await add_photo(session, actor, product, picture, caption=caption, received_sha256=sha256)
    return Received(photo, sha256, len(content))


async def add_photo(
    session: AsyncSession,
    actor: Actor,
    product: Product,
    picture: Picture,
    *,
    caption: str = "",
    received_sha256: str = "",
) -> ProductPhoto:
    """The photo, last in the product's order; the same picture again is the same photo.

    Raises NotFound unless the actor may change the product, :class:`TooManyPhotos` beyond 20.
    """
    await for_change(session, actor, product.id)
    photos = (await session.scalars(queries.photos_of(product.id))).all()
    known = next((photo for photo in photos if photo.sha256 == picture.sha256), None)
    if known is not None:
        return known
    if len(photos) >= MAX_PHOTOS:
        raise TooManyPhotos(f"Mỗi sản phẩm có nhiều nhất {MAX_PHOTOS} ảnh. Hãy xóa bớt một ảnh trước.")
    photo = ProductPhoto(
        id=new_id(),
        product_id=product.id,
        producer_id=product.producer_id,
        sha256=picture.sha256,
        media_key=picture.key,
        width=picture.width,
        height=picture.height,
        size_bytes=picture.size_bytes,
        look=picture.look,
        received_sha256=received_sha256,
        position=max((p.position for p in photos), default=-1) + 1,
        caption=plain(caption),
    )
    session.add(photo)
    await _changed(session, actor, product, "catalogue.add_photo", photo)
    return photo


async def change_photo(
    session: AsyncSession,
    actor: Actor,
    product_id: UUID,
    photo_id: UUID,
    *,
    position: int | None = None,
    caption: str | None = None,
) -> ProductPhoto:
    """Give the photo another place (from 0, the main one; beyond the end is last) or caption. Raises NotFound."""
    product = await for_change(session, actor, product_id)
    photos, photo = await _among(session, product_id, photo_id)
    if caption is not None:
        photo.caption = plain(caption)[:300]
    if position is not None:
        photos.remove(photo)
        photos.insert(position, photo)
    _number(photos)
    await _changed(session, actor, product, "catalogue.change_photo", photo)
    return photo


async def remove_photo(session: AsyncSession, actor: Actor, product_id: UUID, photo_id: UUID) -> None:
    """Take the photo off the product. Raises NotFound.

    The file stays as long as another product or a step of a lot shows the same picture.
    """
    product = await for_change(session, actor, product_id)
    photos, photo = await _among(session, product_id, photo_id)
    photos.remove(photo)
    _number(photos)
    await session.delete(photo)
    await _changed(session, actor, product, "catalogue.remove_photo", photo)


async def _among(
    session: AsyncSession, product_id: UUID, photo_id: UUID
) -> tuple[list[ProductPhoto], ProductPhoto]:
    photos = list(await session.scalars(queries.photos_of(product_id)))
    photo = next((each for each in photos if each.id == photo_id), None)
    if photo is None:
        raise NotFound("Ảnh này đã được xóa. Hãy tải lại trang.")
    return photos, photo


def _number(photos: Sequence[ProductPhoto]) -> None:
    """Places without gaps: photos of merged products may stand at the same one."""
    for place, photo in enumerate(photos):
        photo.position = place


async def _changed(
    session: AsyncSession, actor: Actor, product: Product, action: str, photo: ProductPhoto
) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=action,
        subject=f"product:{product.id}",
        producer_id=product.producer_id,
        photo=str(photo.id),
    )
    await wake_readiness(session, product.id)
