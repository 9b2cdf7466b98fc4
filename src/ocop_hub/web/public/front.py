"""The first page: three doors, a label to scan, the province's figure, products of the province."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.certificates.models import Certificate
from ocop_hub.db import PUBLIC, SYSTEM, SessionDep, SettingsDep, apply_scope
from ocop_hub.desk import queries
from ocop_hub.desk.queries import Wanted, Window
from ocop_hub.kit.qr import qr_svg
from ocop_hub.places.queries import away_from
from ocop_hub.producers.access import ActorDep
from ocop_hub.producers.actor import PUBLIC_ACTOR, SYSTEM_ACTOR, Actor
from ocop_hub.producers.models import Producer
from ocop_hub.reporting.coverage import figure, question_for
from ocop_hub.settings import Settings
from ocop_hub.traceability.labels.label import is_loopback, trace_uri
from ocop_hub.traceability.models import Lot, LotState, TraceCode
from ocop_hub.traceability.queries import visible_to as lots_visible_to
from ocop_hub.web.goods import shelf
from ocop_hub.web.pages import render
from ocop_hub.web.render import request_language

router = APIRouter(include_in_schema=False)

DESK = "/ban-lam-viec"
CATALOGUE = "/san-pham"
REPORTS = "/bao-cao"
SAMPLE_QR = "/tem-mau.svg"
SHELF = 8


async def as_the_public(_actor: ActorDep, session: SessionDep) -> Actor:
    """What everyone sees, also to those who are signed in; their name still stands in the header."""
    await apply_scope(session, PUBLIC)
    return PUBLIC_ACTOR


PublicViewDep = Annotated[Actor, Depends(as_the_public)]


@dataclass(frozen=True, slots=True)
class SampleLabel:
    """A published lot of a certified product, and the address its label carries."""

    product_name: str
    producer_name: str
    lot_code: str
    uri: str


@router.get("/")
async def front(
    request: Request, session: SessionDep, settings: SettingsDep, everyone: PublicViewDep
) -> Response:
    """Three doors."""
    lang = request_language(request)
    context: dict[str, Any] = {
        "doors": {"producer": DESK, "buyer": CATALOGUE, "office": REPORTS},
        "label": _label(await sample_label(session, settings)),
        "products": [shelf(card, lang) for card in await _on_the_shelf(session, everyone, settings)],
        "product_count": await queries.count(session, everyone, Wanted()),
    }
    context["coverage"] = await _coverage(session, settings)
    return render(request, "front.html", context)


@router.get(SAMPLE_QR)
async def sample_qr(session: SessionDep, settings: SettingsDep, _everyone: PublicViewDep) -> Response:
    """The QR code of the label on the first page."""
    label = await sample_label(session, settings)
    if label is None:
        return Response(status_code=204)  # nothing published yet; the page shows no label then
    return Response(qr_svg(label.uri), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


async def _on_the_shelf(session: AsyncSession, everyone: Actor, settings: Settings) -> list[queries.Card]:
    """Certified products with a photo; where none has one yet, certified products."""
    for wanted in (Wanted(certified=True, pictured=True), Wanted(certified=True)):
        window = Window(limit=SHELF)
        found = await queries.page(session, everyone, wanted, window, home_province=settings.home_province)
        if found.cards:
            return found.cards
    return []


async def _coverage(session: AsyncSession, settings: Settings) -> dict[str, Any] | None:
    """The province's figure as of today; None where nothing is counted yet."""
    # One number for everyone, made of rows that the public may not read; so it is asked last, by the service.
    await apply_scope(session, SYSTEM)
    question = await question_for(session, province=settings.home_province)
    found = await figure(session, SYSTEM_ACTOR, question)
    await apply_scope(session, PUBLIC)
    counts = found.counts
    if counts.denominator == 0:
        return None
    return {
        "ratio": Fraction(counts.numerator, counts.denominator),
        "listed": counts.numerator,
        "counted": counts.denominator,
        "as_of": found.as_of,
        "closed": found.closed,
        "href": REPORTS,
    }


def _label(label: SampleLabel | None) -> dict[str, Any] | None:
    if label is None:
        return None
    return {
        "qr_src": SAMPLE_QR,
        "href": urlsplit(label.uri).path,
        "product_name": label.product_name,
        "producer_name": label.producer_name,
        "lot_code": label.lot_code,
        "trial": is_loopback(label.uri),
    }


async def sample_label(session: AsyncSession, settings: Settings) -> SampleLabel | None:
    """A published lot of a certified product, as the shelf below is ordered; None where there is none."""
    row = (
        await session.execute(
            lots_visible_to(PUBLIC_ACTOR)
            .join(Product, Product.id == Lot.product_id)
            .join(Producer, Producer.id == Product.producer_id)
            .join(TraceCode, TraceCode.lot_id == Lot.id)
            .join(Certificate, Certificate.product_id == Product.id)
            .where(Lot.state == LotState.RELEASED, Certificate.valid.contains(func.now()))
            .add_columns(Product, Producer.name, TraceCode.code)
            .order_by(
                away_from(Product.province_id, settings.home_province),
                Product.sort_key,
                Lot.created_at.desc(),
                Lot.id,
            )
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        return None
    lot, product, producer_name, code = row
    return SampleLabel(
        product.name, producer_name, lot.code, trace_uri(settings.public_url, product, lot, code)
    )


async def code_of_product(session: AsyncSession, product_id: UUID) -> str:
    """The product's own trace code, empty while nobody has made a label."""
    code: str | None = await session.scalar(
        select(TraceCode.code)
        .where(TraceCode.product_id == product_id)
        .order_by(TraceCode.lot_id.is_(None).desc(), TraceCode.created_at.desc())
        .limit(1)
    )
    return code or ""
