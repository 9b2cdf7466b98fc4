"""The photos of a product: taken or chosen many at once, put in order, described, dropped.

Everything works without script. With it, ``static/outbox.js`` takes the chosen files over and sends them by the
API, one by one, until the server has confirmed each.
"""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, File, Request, Response, UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import photo_urls, photos, queries
from ocop_hub.catalogue.models import FetchState, PhotoFetch, Product, ProductPhoto
from ocop_hub.catalogue.service import get_product
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.media import LARGEST_MB, Media, MediaDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.settings import Settings
from ocop_hub.web import goods
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.forms import Problem, attempted, done_notices, problems, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

PATH: Final = DESK + "/san-pham/{product_id}/anh"


def photos_path(product_id: UUID) -> str:
    """The page of a product's photos."""
    return PATH.format(product_id=product_id)


async def own(session: AsyncSession, actor: Actor, product_id: UUID) -> Product:
    """The product if the actor may change it; else NotFound."""
    product = await get_product(session, actor, product_id)
    if not actor.may_change(product.producer_id):
        raise NotFound("Không có sản phẩm này, hoặc bạn không có quyền sửa.")
    return product


@router.get(PATH)
async def page(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, product_id: UUID
) -> Response:
    """The photos, the way to add more, and what is still being fetched."""
    product = await own(session, actor, product_id)
    return await _show(request, session, settings, product, [])


@router.post(PATH)
async def add(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    media: MediaDep,
    product_id: UUID,
    photos: Annotated[list[UploadFile] | None, File()] = None,
) -> Response:
    """Add photos; each good one is kept, and each that is no picture is named."""
    product = await own(session, actor, product_id)
    chosen = [photo for photo in photos or [] if photo.filename]
    wrong: list[Problem] = []
    for photo in chosen:
        refused = await _keep(session, actor, media, product, photo)
        if refused is not None:
            wrong.append({"field": "photos", "problem": f"{photo.filename}: {refused.detail}"})
    if not chosen:
        wrong.append({"field": "photos", "problem": "Chưa chọn ảnh nào. Hãy chọn một hoặc nhiều ảnh."})
    if wrong:
        return await _show(request, session, settings, product, wrong)
    return see(photos_path(product_id), "anh")


async def _keep(
    session: AsyncSession, actor: Actor, media: Media, product: Product, photo: UploadFile
) -> HubError | None:
    content = await photo.read(LARGEST_MB * 1_000_000 + 1)
    refused = await attempted(photos.receive_photo(session, actor, media, product.id, content))
    return refused if isinstance(refused, HubError) else None


@router.post(PATH + "/duong-dan")
async def ask(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, product_id: UUID
) -> Response:
    """Ask for photos by their addresses, one on each line."""
    product = await own(session, actor, product_id)
    written = (await typed(request)).get("urls", "")
    asked = await tried(
        session, lambda: photo_urls.ask_photos(session, actor, product_id, written.splitlines())
    )
    if isinstance(asked, HubError):
        return await _show(request, session, settings, product, problems(asked, "urls"), urls=written)
    return see(f"{photos_path(product_id)}#duong-dan", "anh-duong-dan")


@router.post(PATH + "/duong-dan/{fetch_id}")
async def change_fetch(
    request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID, fetch_id: UUID
) -> Response:
    """Fetch an address again, or forget it."""
    await own(session, actor, product_id)
    act = photo_urls.ask_again if (await typed(request)).get("viec") == "lai" else photo_urls.drop
    await act(session, actor, product_id, fetch_id)
    return see(f"{photos_path(product_id)}#duong-dan")


@router.post(PATH + "/{photo_id}")
async def change(
    request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID, photo_id: UUID
) -> Response:
    """What the pressed button says: the caption is kept with every one of them but the last."""
    await own(session, actor, product_id)
    values = await typed(request)
    if values.get("viec") == "xoa":
        await photos.remove_photo(session, actor, product_id, photo_id)
        return see(photos_path(product_id), "anh-xoa")
    to = values.get("viec", "")
    position = int(to) if to.isascii() and to.isdigit() and len(to) < 3 else None
    await photos.change_photo(
        session, actor, product_id, photo_id, position=position, caption=values.get("caption")
    )
    return see(f"{photos_path(product_id)}#anh-{photo_id}", "anh-sua")


async def _show(
    request: Request,
    session: AsyncSession,
    settings: Settings,
    product: Product,
    errors: list[Problem],
    *,
    urls: str = "",
) -> Response:
    path = photos_path(product.id)
    shown = (await session.scalars(queries.photos_of(product.id))).all()
    fetches = await session.scalars(photo_urls.fetches_of(product.id))
    context: dict[str, Any] = {
        "product": {"id": str(product.id), "name": product.name},
        "back_href": product_path(product.id),
        "story_href": f"{product_path(product.id)}/ke-chuyen",
        "action": path,
        "max_mb": min(settings.max_upload_mb, LARGEST_MB),
        "photos": [_photo(photo, n, len(shown), path) for n, photo in enumerate(shown)],
        "most": photos.MAX_PHOTOS,
        "fetches": [_fetch(each, path) for each in fetches],
        "urls": urls,
        "errors": errors,
    }
    lang = request_language(request)
    crumbs = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(product.name, product_path(product.id)),
        Link(translate(lang, N_("Ảnh")), path, current=True),
    ]
    return render(
        request,
        "desk/photos.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=crumbs,
        notices=done_notices(request),
    )


def _photo(photo: ProductPhoto, place: int, count: int, path: str) -> dict[str, Any]:
    return {
        "id": str(photo.id),
        "picture": goods.picture(photo),
        "caption": photo.caption,
        "action": f"{path}/{photo.id}",
        # Where a button would put it; None hides the button.
        "up": place - 1 if place else None,
        "down": place + 1 if place + 1 < count else None,
    }


def _fetch(fetch: PhotoFetch, path: str) -> dict[str, Any]:
    return {
        "url": fetch.url,
        "failed": fetch.state is FetchState.FAILED,
        "problem": fetch.problem,
        "action": f"{path}/duong-dan/{fetch.id}",
    }
