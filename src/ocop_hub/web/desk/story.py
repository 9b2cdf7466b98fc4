"""Kể bằng lời: a product's story as its maker tells it, and the box into which a helper types it."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, File, Request, Response, UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import service, spoken
from ocop_hub.catalogue.models import Product, SpokenStory
from ocop_hub.catalogue.schemas import ProductPatch
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.web.desk.photos import own
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.forms import Problem, attempted, done_notices, problems, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

PATH: Final = DESK + "/san-pham/{product_id}/ke-chuyen"


def story_path(product_id: UUID) -> str:
    """The page on which a product's story is told and typed."""
    return PATH.format(product_id=product_id)


@router.get(PATH)
async def page(request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID) -> Response:
    """The recordings beside the typed story."""
    product = await own(session, actor, product_id)
    return await _show(request, session, product, [])


@router.post(PATH)
async def keep(
    request: Request,
    session: SessionDep,
    actor: SignedInActorDep,
    media: MediaDep,
    product_id: UUID,
    recording: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Keep a recording."""
    product = await own(session, actor, product_id)
    if recording is None or not recording.filename:
        missing = "Chưa chọn bản ghi âm nào. Hãy ghi âm hoặc chọn một tệp."
        return await _show(request, session, product, [{"field": "recording", "problem": missing}])
    content = await recording.read(spoken.LARGEST_MB * 1_000_000 + 1)
    kept = await attempted(spoken.keep_recording(session, actor, media, product_id, content))
    if isinstance(kept, HubError):
        return await _show(request, session, product, problems(kept, "recording"))
    return see(story_path(product_id), "ghi-am")


@router.post(PATH + "/chu")
async def write(request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID) -> Response:
    """Save the story as it was typed; where somebody saved the product meanwhile, both texts are shown."""
    product = await own(session, actor, product_id)
    values = await typed(request)
    seen = values.get("revision", "")
    revision = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0
    patch = ProductPatch(story=values.get("story", "")[:10_000])
    saved = await tried(
        session, lambda: service.update_product(session, actor, product_id, patch, revision=revision)
    )
    if isinstance(saved, HubError):
        return await _show(request, session, product, problems(saved, "story"), story=patch.story)
    return see(story_path(product_id), "chuyen")


@router.post(PATH + "/{story_id}/xoa")
async def remove(session: SessionDep, actor: SignedInActorDep, product_id: UUID, story_id: UUID) -> Response:
    """Delete a recording."""
    await spoken.remove_recording(session, actor, product_id, story_id)
    return see(story_path(product_id), "ghi-am-xoa")


async def _show(
    request: Request,
    session: AsyncSession,
    product: Product,
    errors: list[Problem],
    *,
    story: str | None = None,
) -> Response:
    lang = request_language(request)
    recordings = await session.scalars(spoken.spoken_stories_of(product.id))
    other = product.story if story is not None and story != product.story else ""
    context: dict[str, Any] = {
        "product": {"name": product.name},
        "action": story_path(product.id),
        "photos_href": f"{product_path(product.id)}/anh",
        "back_href": product_path(product.id),
        "recordings": [_recording(each) for each in recordings],
        "max_mb": spoken.LARGEST_MB,
        "story": product.story if story is None else story,
        # After a conflict the next try is made on what is there now: both texts are before the person's eyes.
        "revision": product.revision,
        "other_story": other,
        "errors": errors,
    }
    crumbs = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(product.name, product_path(product.id)),
        Link(translate(lang, N_("Kể bằng lời")), story_path(product.id), current=True),
    ]
    return render(
        request,
        "desk/story.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=crumbs,
        notices=done_notices(request),
    )


def _recording(story: SpokenStory) -> dict[str, Any]:
    return {
        "src": f"/api/v1/products/{story.product_id}/recordings/{story.id}/audio",
        "at": story.created_at,
        "delete_action": f"{story_path(story.product_id)}/{story.id}/xoa",
    }
