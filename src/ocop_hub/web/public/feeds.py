"""The feeds: every product that can be bought, for any site that reads Google's or Meta's format."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import PUBLIC, SessionDep, SettingsDep, apply_scope
from ocop_hub.errors import NotFound
from ocop_hub.marketplaces.feeds import DIALECTS, Dialect, FeedItem, csv_feed, xml_feed
from ocop_hub.publishing.feed import feed_items
from ocop_hub.settings import Settings
from ocop_hub.web.pages import site
from ocop_hub.web.public.front import CATALOGUE

router = APIRouter(tags=["feeds"])

#: Readers come a few times a day; a price may be this old with them.
MAX_AGE_S = 3_600


@router.get(
    "/feeds/{feed_key}.xml",
    response_class=Response,
    responses={200: {"content": {"application/rss+xml": {}}, "description": "RSS 2.0 với các trường g:"}},
)
async def get_xml(request: Request, session: SessionDep, settings: SettingsDep, feed_key: str) -> Response:
    """Every product that can be bought, as RSS 2.0; ``google`` or ``meta``. Public, without sign-in."""
    dialect = _dialect(feed_key)
    place = site(settings)
    title = f"Sản phẩm OCOP {place.type_label} {place.place}".strip()
    base = settings.public_url.rstrip("/")

    def make(items: list[FeedItem]) -> bytes:
        return xml_feed(items, dialect, title=title, link=base + CATALOGUE, description=title)

    return await _answer(request, session, settings, make, "application/rss+xml; charset=utf-8")


@router.get(
    "/feeds/{feed_key}.csv",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {}}, "description": "Các trường như bản XML, mỗi sản phẩm một dòng"}
    },
)
async def get_csv(request: Request, session: SessionDep, settings: SettingsDep, feed_key: str) -> Response:
    """The same as CSV, UTF-8."""
    dialect = _dialect(feed_key)
    return await _answer(
        request, session, settings, lambda items: csv_feed(items, dialect), "text/csv; charset=utf-8"
    )


def _dialect(key: str) -> Dialect:
    if key not in DIALECTS:
        raise NotFound("Không có nguồn dữ liệu này. Có: " + ", ".join(DIALECTS) + ".")
    return DIALECTS[key]


async def _answer(
    request: Request,
    session: AsyncSession,
    settings: Settings,
    make: Callable[[list[FeedItem]], bytes],
    media_type: str,
) -> Response:
    await apply_scope(session, PUBLIC)

    def page_of(product_id: UUID) -> str:
        return f"{CATALOGUE}/{product_id}"

    items = await feed_items(
        session,
        public_url=settings.public_url.rstrip("/"),
        home_province=settings.home_province,
        page_of=page_of,
    )
    content = await asyncio.to_thread(make, items)
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"Cache-Control": f"public, max-age={MAX_AGE_S}", "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
