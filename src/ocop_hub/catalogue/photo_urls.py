"""Photos by their address: asked for at once, fetched in the background, each with its own outcome.

A product never waits for a picture, and a bad one never fails it: the outcome stands beside the address until
the person drops it or asks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import jobs
from ocop_hub.catalogue.errors import TooManyPhotos
from ocop_hub.catalogue.models import FetchState, PhotoFetch
from ocop_hub.catalogue.photos import MAX_PHOTOS
from ocop_hub.catalogue.service import for_change
from ocop_hub.errors import FieldProblem, Malformed, NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.outbound import OutboundLimits, OutboundRefused, check_url
from ocop_hub.producers.actor import Actor

FETCH_JOB: Final = "catalogue.fetch_photo"
#: Characters of an address; longer ones are pictures written out as text.
LONGEST_URL: Final = 2_000
#: How long a worker may be at one before another takes it up; longer than a fetch may last.
LEASE: Final = timedelta(minutes=2)
#: Waits after the first, second … attempt that got no answer; after the last the person is told.
PAUSES: Final = (timedelta(seconds=30), timedelta(minutes=5))


#: Rows of one statement, well below the 32,767 parameters that PostgreSQL takes.
_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """One photo of one product, by its address."""

    product_id: UUID
    producer_id: UUID
    url: str


class NotAnAddress(Malformed):
    code = "photo-url-wrong"
    title = "Đường dẫn ảnh chưa đúng"


def fetches_of(product_id: UUID) -> Select[PhotoFetch]:
    """What was asked for and is not a photo yet, the earliest first."""
    return (
        select(PhotoFetch)
        .where(PhotoFetch.product_id == product_id, PhotoFetch.state != FetchState.DONE)
        .order_by(PhotoFetch.created_at, PhotoFetch.id)
    )


async def ask_photos(
    session: AsyncSession, actor: Actor, product_id: UUID, urls: Sequence[str]
) -> list[PhotoFetch]:
    """Ask for the photos at the addresses; one that was asked for before is asked again only if it failed.

    Raises NotFound, :class:`NotAnAddress` naming every wrong address, :class:`TooManyPhotos` beyond 20 at once.
    """
    product = await for_change(session, actor, product_id)
    wanted = list(dict.fromkeys(url.strip() for url in urls if url.strip()))
    wrong = [problem for url in wanted if (problem := address_problem(url))]
    if wrong or not wanted:
        detail = "; ".join(wrong) or "Chưa có đường dẫn nào. Hãy dán đường dẫn của ảnh."
        raise NotAnAddress(detail, fields=[FieldProblem("urls", "wrong", each) for each in wrong or [detail]])
    if len(wanted) > MAX_PHOTOS:
        raise TooManyPhotos(f"Mỗi lần gửi nhiều nhất {MAX_PHOTOS} đường dẫn. Hãy bớt đường dẫn.")
    return await ask_known(session, actor, [Wanted(product.id, product.producer_id, url) for url in wanted])


async def ask_known(session: AsyncSession, actor: Actor, wanted: Iterable[Wanted]) -> list[PhotoFetch]:
    """As :func:`ask_photos`, for addresses already looked at and products the actor is known to change."""
    every = list(dict.fromkeys(wanted))
    asked: list[PhotoFetch] = []
    for start in range(0, len(every), _AT_ONCE):
        asked += await _ask(session, actor, every[start : start + _AT_ONCE])
    await jobs.enqueue_many(session, FETCH_JOB, [wake_up(each.id) for each in asked])
    return asked


async def _ask(session: AsyncSession, actor: Actor, wanted: Sequence[Wanted]) -> Sequence[PhotoFetch]:
    rows = [
        {
            "id": new_id(),
            "product_id": each.product_id,
            "producer_id": each.producer_id,
            "url": each.url,
            "state": FetchState.WAITING,
            "problem": "",
            "tries": 0,
            "next_at": clock.now(),
            "asked_by": actor.label,
        }
        for each in wanted
    ]
    again = {"state": FetchState.WAITING, "problem": "", "tries": 0, "next_at": clock.now()}
    asked = await session.scalars(
        insert(PhotoFetch)
        .values(rows)
        .on_conflict_do_update(
            index_elements=["product_id", "url"], set_=again, where=PhotoFetch.state == FetchState.FAILED
        )
        .returning(PhotoFetch),
        execution_options={"populate_existing": True},
    )
    return asked.all()


async def ask_again(session: AsyncSession, actor: Actor, product_id: UUID, fetch_id: UUID) -> None:
    """Fetch it once more from the start. Raises NotFound."""
    fetch = await _own(session, actor, product_id, fetch_id)
    if fetch.state is FetchState.FAILED:
        fetch.state, fetch.problem, fetch.tries, fetch.next_at = FetchState.WAITING, "", 0, clock.now()
        await jobs.enqueue_many(session, FETCH_JOB, [wake_up(fetch.id)])


async def drop(session: AsyncSession, actor: Actor, product_id: UUID, fetch_id: UUID) -> None:
    """Forget the address; a photo that came from it stays. Raises NotFound."""
    await session.delete(await _own(session, actor, product_id, fetch_id))


def address_problem(url: str) -> str:
    """What is wrong with an address as it is written, or nothing; where it leads is checked when it is fetched."""
    if len(url) > LONGEST_URL:
        return f"Đường dẫn dài hơn {LONGEST_URL} ký tự: {url[:60]}…"
    try:
        # Ports and private networks are judged by the settings of the process that fetches.
        check_url(url, OutboundLimits(allow_loopback=True))
    except OutboundRefused as refused:
        return f"{url[:100]}: {refused.detail}"
    return ""


def wake_up(fetch_id: UUID) -> tuple[jobs.Payload, str]:
    """What the wake-up for a fetch carries, and the key under which one is enough."""
    return {"fetch_id": str(fetch_id)}, f"{FETCH_JOB}:{fetch_id}"


async def _own(session: AsyncSession, actor: Actor, product_id: UUID, fetch_id: UUID) -> PhotoFetch:
    await for_change(session, actor, product_id)
    fetch: PhotoFetch | None = await session.scalar(
        select(PhotoFetch)
        .where(PhotoFetch.id == fetch_id, PhotoFetch.product_id == product_id)
        .with_for_update()
    )
    if fetch is None:
        raise NotFound("Không có đường dẫn này. Hãy tải lại trang.")
    return fetch
