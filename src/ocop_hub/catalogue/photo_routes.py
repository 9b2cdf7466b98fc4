"""A product's photos and spoken stories over the API."""

from __future__ import annotations

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Header, Response, UploadFile, status

from ocop_hub.catalogue import photo_urls, photos, service, spoken
from ocop_hub.catalogue.photo_schemas import (
    Caption,
    PhotoPatch,
    PhotoUrlOut,
    PhotoUrlsIn,
    ReceivedOut,
    SpokenStoryOut,
)
from ocop_hub.catalogue.schemas import PhotoOut
from ocop_hub.db import SessionDep, aside
from ocop_hub.idempotency import HubRoute
from ocop_hub.media import LARGEST_MB, MediaDep
from ocop_hub.producers.access import SignedInActorDep

router = APIRouter(prefix="/api/v1/products/{product_id}", tags=["catalogue"], route_class=HubRoute)

_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{1,12})?")


@router.post("/photos", status_code=status.HTTP_201_CREATED)
async def add_photo(
    session: SessionDep,
    actor: SignedInActorDep,
    media: MediaDep,
    product_id: UUID,
    photo: Annotated[UploadFile, File(description="JPEG, PNG, WebP, GIF or HEIC, at most 20 MB")],
    caption: Annotated[Caption, Form()] = "",
) -> ReceivedOut:
    """Add a photo. It is stored anew without what the camera wrote into it.

    The same bytes again are the same photo, so a client may send until ``received_sha256`` is that of its own.
    """
    content = await photo.read(LARGEST_MB * 1_000_000 + 1)
    received = await photos.receive_photo(session, actor, media, product_id, content, caption=caption)
    return ReceivedOut(
        **PhotoOut.model_validate(received.photo).model_dump(),
        received_sha256=received.sha256,
        received_bytes=received.size_bytes,
    )


@router.patch("/photos/{photo_id}")
async def change_photo(
    session: SessionDep, actor: SignedInActorDep, product_id: UUID, photo_id: UUID, given: PhotoPatch
) -> PhotoOut:
    """Give a photo another place or caption."""
    changed = await photos.change_photo(
        session, actor, product_id, photo_id, position=given.position, caption=given.caption
    )
    return PhotoOut.model_validate(changed)


@router.delete("/photos/{photo_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_photo(
    session: SessionDep, actor: SignedInActorDep, product_id: UUID, photo_id: UUID
) -> None:
    """Take a photo off the product."""
    await photos.remove_photo(session, actor, product_id, photo_id)


@router.post("/photo-urls", status_code=status.HTTP_202_ACCEPTED)
async def ask_photos(
    session: SessionDep, actor: SignedInActorDep, product_id: UUID, given: PhotoUrlsIn
) -> list[PhotoUrlOut]:
    """Ask for photos by their addresses; each is fetched in the background, a bad one fails alone."""
    asked = await photo_urls.ask_photos(session, actor, product_id, given.urls)
    return [PhotoUrlOut.model_validate(each) for each in asked]


@router.get("/photo-urls")
async def list_photo_urls(
    session: SessionDep, actor: SignedInActorDep, product_id: UUID
) -> list[PhotoUrlOut]:
    """Addresses that wait or failed; those that were fetched are photos now."""
    await service.for_change(session, actor, product_id)
    return [
        PhotoUrlOut.model_validate(row) for row in await session.scalars(photo_urls.fetches_of(product_id))
    ]


@router.delete("/photo-urls/{fetch_id}", status_code=status.HTTP_204_NO_CONTENT)
async def drop_photo_url(
    session: SessionDep, actor: SignedInActorDep, product_id: UUID, fetch_id: UUID
) -> None:
    """Forget an address."""
    await photo_urls.drop(session, actor, product_id, fetch_id)


@router.post("/recordings", status_code=status.HTTP_201_CREATED)
async def add_recording(
    session: SessionDep,
    actor: SignedInActorDep,
    media: MediaDep,
    product_id: UUID,
    recording: Annotated[UploadFile, File(description="M4A, MP3, OGG, WebM or 3GP, at most 20 MB")],
) -> SpokenStoryOut:
    """Keep the product's story as someone tells it; only those who act for the product can hear it."""
    content = await recording.read(spoken.LARGEST_MB * 1_000_000 + 1)
    story = await spoken.keep_recording(session, actor, media, product_id, content)
    await session.flush()
    await session.refresh(story)
    return SpokenStoryOut.model_validate(story)


@router.get("/recordings")
async def list_recordings(
    session: SessionDep, actor: SignedInActorDep, product_id: UUID
) -> list[SpokenStoryOut]:
    """The recordings of a product, the latest first."""
    await service.for_change(session, actor, product_id)
    rows = await session.scalars(spoken.spoken_stories_of(product_id))
    return [SpokenStoryOut.model_validate(row) for row in rows]


@router.get("/recordings/{story_id}/audio", response_class=Response)
async def recording(
    session: SessionDep,
    actor: SignedInActorDep,
    media: MediaDep,
    product_id: UUID,
    story_id: UUID,
    range_: Annotated[str | None, Header(alias="Range")] = None,
) -> Response:
    """The recording itself, whole or the range of bytes that was asked for."""
    story = await spoken.get_recording(session, actor, product_id, story_id)
    start, end = _asked(range_, story.size_bytes)
    partial = end - start < story.size_bytes
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, no-store"}
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{story.size_bytes}"
    async with aside(session):
        content = await media.read_range(story.media_key, start, end)
    return Response(
        content,
        status_code=206 if partial else 200,
        media_type=story.media_type,
        headers=headers,
    )


@router.delete("/recordings/{story_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_recording(
    session: SessionDep, actor: SignedInActorDep, product_id: UUID, story_id: UUID
) -> None:
    """Delete a recording."""
    await spoken.remove_recording(session, actor, product_id, story_id)


def _asked(given: str | None, size: int) -> tuple[int, int]:
    """First byte and the one after the last; the whole where nothing, or nothing we can give, was asked for.

    A server may ignore a Range (RFC 9110 §14.2): several ranges and suffixes are, browsers send neither here.
    """
    found = _RANGE.fullmatch(given or "")
    if found is None:
        return 0, size
    start, last = int(found[1]), int(found[2]) if found[2] else size - 1
    return (start, min(last, size - 1) + 1) if start < size and start <= last else (0, size)
