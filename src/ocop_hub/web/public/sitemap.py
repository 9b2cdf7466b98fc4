"""Where search engines find every public page: ``robots.txt``, and a sitemap in parts when there is much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from xml.sax.saxutils import escape

from fastapi import APIRouter, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.queries import visible_to
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.producers.actor import Actor
from ocop_hub.settings import Settings
from ocop_hub.web.public.front import CATALOGUE, DESK, PublicViewDep
from ocop_hub.web.public.makers import maker_path, unit_path

router = APIRouter(include_in_schema=False)

#: Addresses of one file; sitemaps.org allows 50,000 and 50 MB.
PER_FILE: Final = 10_000
_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_HEADERS: Final = {"Cache-Control": "public, max-age=3600"}
#: A path and the day it last changed.
Address = tuple[str, date | None]


@router.get("/robots.txt")
async def robots(settings: SettingsDep) -> Response:
    """What is for everyone, and where the list of it is. Trace pages say noindex themselves."""
    closed = "".join(f"Disallow: {path}\n" for path in (DESK, "/api/", "/dang-nhap"))
    text = f"User-agent: *\n{closed}\nSitemap: {_base(settings)}/sitemap.xml\n"
    return Response(text, media_type="text/plain", headers=_HEADERS)


@router.get("/sitemap.xml")
async def sitemap(session: SessionDep, settings: SettingsDep, everyone: PublicViewDep) -> Response:
    """Every public page, or the list of parts where they are more than one file holds."""
    found = await addresses(session, everyone)
    base = _base(settings)
    if len(found) <= PER_FILE:
        return _urls(base, found)
    return index(base, -(-len(found) // PER_FILE))


@router.get("/sitemap-{part}.xml")
async def sitemap_part(
    session: SessionDep, settings: SettingsDep, everyone: PublicViewDep, part: int
) -> Response:
    """One part; it begins with 1."""
    found = await addresses(session, everyone)
    shown = found[(part - 1) * PER_FILE : part * PER_FILE] if part > 0 else []
    if not shown:
        raise NotFound("Không có phần này của sơ đồ trang.")
    return _urls(_base(settings), shown)


async def addresses(session: AsyncSession, everyone: Actor) -> list[Address]:
    """Every page a search engine may show, in an order that new products do not move."""
    mine = visible_to(everyone).with_only_columns(
        Product.id, Product.producer_id, Product.current_unit_id, Product.updated_at
    )
    public = mine.subquery()
    products = await session.execute(select(public.c.id, public.c.updated_at).order_by(public.c.id))
    makers = await session.execute(
        select(public.c.producer_id, func.max(public.c.updated_at))
        .group_by(public.c.producer_id)
        .order_by(public.c.producer_id)
    )
    units = await session.execute(
        select(public.c.current_unit_id, func.max(public.c.updated_at))
        .where(public.c.current_unit_id.is_not(None))
        .group_by(public.c.current_unit_id)
        .order_by(public.c.current_unit_id)
    )
    return [
        ("/", None),
        (CATALOGUE, None),
        *((unit_path(unit_id), clock.business_day(at)) for unit_id, at in units),
        *((maker_path(producer_id), clock.business_day(at)) for producer_id, at in makers),
        *((f"{CATALOGUE}/{product_id}", clock.business_day(at)) for product_id, at in products),
    ]


def index(base: str, parts: int) -> Response:
    """The list of parts."""
    listed = "".join(
        f"<sitemap><loc>{escape(base)}/sitemap-{n}.xml</loc></sitemap>" for n in range(1, parts + 1)
    )
    return _xml(f'<sitemapindex xmlns="{_NAMESPACE}">{listed}</sitemapindex>')


def _urls(base: str, found: Sequence[Address]) -> Response:
    lines = "".join(
        f"<url><loc>{escape(base + path)}</loc>" + (f"<lastmod>{day}</lastmod>" if day else "") + "</url>\n"
        for path, day in found
    )
    return _xml(f'<urlset xmlns="{_NAMESPACE}">\n{lines}</urlset>')


def _xml(text: str) -> Response:
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n', media_type="application/xml", headers=_HEADERS
    )


def _base(settings: Settings) -> str:
    return settings.public_url.rstrip("/")
