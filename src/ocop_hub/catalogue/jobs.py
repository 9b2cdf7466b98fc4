"""In the background: photos asked for by their address are fetched, recordings that were deleted are forgotten."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import select

from ocop_hub.catalogue.models import FetchState, PhotoFetch, SpokenStory
from ocop_hub.catalogue.photo_urls import FETCH_JOB, LEASE, PAUSES, wake_up
from ocop_hub.catalogue.photos import add_photo
from ocop_hub.catalogue.service import for_change
from ocop_hub.catalogue.spoken import FOLDER as SPOKEN_FOLDER
from ocop_hub.db import SYSTEM, Database, Scope, ScopeKind, apply_scope
from ocop_hub.errors import HubError
from ocop_hub.jobs import JobContext, JobKind, Payload, SweepKind, enqueue_many
from ocop_hub.kit import clock
from ocop_hub.media import LARGEST_MB, UNUSED_AFTER, Media
from ocop_hub.outbound import Outbound, OutboundFailed, OutboundTooLarge
from ocop_hub.producers.actor import Actor, Role

log = structlog.get_logger(__name__)

#: Key of this room's part of the job context's resources.
PHOTO_SOURCES = "catalogue.photo_sources"
_BROKE = "Đã tải được ảnh nhưng nơi cất ảnh đang gặp lỗi. Hãy bấm tải lại sau, hoặc báo người quản trị."


@dataclass(frozen=True, slots=True)
class PhotoSources:
    """Where photos come from and go to."""

    outbound: Outbound
    media: Media


async def fetch_photo(context: JobContext, payload: Payload) -> None:
    """Fetch one photo: claim it, get it without a transaction open, keep it or say why not."""
    sources: PhotoSources = context.resources[PHOTO_SOURCES]
    fetch_id = UUID(payload["fetch_id"])
    url = await _claim(context.database, fetch_id)
    if url is None:
        return
    try:
        content = await sources.outbound.fetch_file(url, largest=LARGEST_MB * 1_000_000)
        await _keep(context.database, sources.media, fetch_id, content)
    except HubError as refused:
        await _refuse(context.database, fetch_id, refused)


async def _claim(database: Database, fetch_id: UUID) -> str | None:
    """The address, when it is due and nobody else is at it."""
    async with database.session(SYSTEM) as session:
        fetch = await session.get(PhotoFetch, fetch_id, with_for_update=True)
        if fetch is None or fetch.state is not FetchState.WAITING or fetch.next_at > clock.now():
            return None
        if fetch.tries > len(PAUSES):
            # Each try ended without a word of what is wrong: a store that is away, or a fault of ours.
            fetch.state, fetch.problem = FetchState.FAILED, _BROKE
            return None
        fetch.tries += 1
        fetch.next_at = clock.now() + max(LEASE, _pause_after(fetch.tries))
        return fetch.url


def _pause_after(tries: int) -> timedelta:
    return PAUSES[min(tries, len(PAUSES)) - 1]


async def _keep(database: Database, media: Media, fetch_id: UUID, content: bytes) -> None:
    picture = await media.put_picture(content)
    async with database.session(SYSTEM) as session:
        fetch = await session.get(PhotoFetch, fetch_id, with_for_update=True)
        if fetch is None:  # dropped meanwhile
            return
        # From here on with the sight of its producer only, in the name of whoever asked.
        await apply_scope(session, Scope(ScopeKind.OWN, producers=frozenset({fetch.producer_id})))
        actor = Actor(Role.PRODUCER, producers=frozenset({fetch.producer_id}), via=fetch.asked_by)
        product = await for_change(session, actor, fetch.product_id)
        received = hashlib.sha256(content).hexdigest()
        await add_photo(session, actor, product, picture, received_sha256=received)
        fetch.state = FetchState.DONE


async def _refuse(database: Database, fetch_id: UUID, refused: HubError) -> None:
    """Try again where the other side gave no answer; else say to the person what is wrong."""
    async with database.session(SYSTEM) as session:
        fetch = await session.get(PhotoFetch, fetch_id, with_for_update=True)
        if fetch is None:
            return
        fetch.problem = refused.detail
        no_answer = isinstance(refused, OutboundFailed) and not isinstance(refused, OutboundTooLarge)
        if no_answer and fetch.tries <= len(PAUSES):
            fetch.next_at = clock.now() + _pause_after(fetch.tries)
        else:
            fetch.state = FetchState.FAILED
        log.info("photo not fetched", fetch=str(fetch_id), reason=refused.code, tries=fetch.tries)


async def wake_fetches(context: JobContext) -> None:
    """The sweep: what is due, also after a wake-up or a worker was lost."""
    async with context.database.session(SYSTEM) as session:
        due = await session.scalars(
            select(PhotoFetch.id).where(
                PhotoFetch.state == FetchState.WAITING, PhotoFetch.next_at <= clock.now()
            )
        )
        await enqueue_many(session, FETCH_JOB, [wake_up(each) for each in due])


async def forget_recordings(context: JobContext) -> None:
    """Delete the sound of recordings that no product has any more: a voice is personal data."""
    sources: PhotoSources = context.resources[PHOTO_SOURCES]

    async def used(keys: Collection[str]) -> set[str]:
        async with context.database.session(SYSTEM) as session:
            found = select(SpokenStory.media_key).where(SpokenStory.media_key.in_(keys))
            return set(await session.scalars(found))

    await sources.media.forget_unused(SPOKEN_FOLDER, used, written_before=clock.now() - UNUSED_AFTER)


JOBS = (JobKind(FETCH_JOB, fetch_photo, at_once=8),)
SWEEPS = (
    SweepKind("catalogue.photos", wake_fetches, every=timedelta(seconds=10)),
    SweepKind("catalogue.recordings", forget_recordings, every=timedelta(hours=6)),
)
