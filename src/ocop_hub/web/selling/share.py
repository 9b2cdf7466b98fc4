"""Chia sẻ & kênh khác: what to post of a product, the links of what was posted, and live-stream sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import queries as catalogue
from ocop_hub.catalogue.models import Product
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.desk import board
from ocop_hub.errors import HubError
from ocop_hub.kit import clock
from ocop_hub.kit.values import parse_date
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.live_sessions import LiveSession, NewSession, enter_session, sessions_visible_to
from ocop_hub.publishing.share import give_channel_link, share_text
from ocop_hub.publishing.subject import load_subjects
from ocop_hub.settings import Settings
from ocop_hub.web import goods
from ocop_hub.web.desk.photos import own
from ocop_hub.web.desk.product import is_posted, product_path
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, done_notices, problems, read, see, tried
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.labels import listing_code
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.selling.listing_text import sentence
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

PATH: Final = DESK + "/san-pham/{product_id}/chia-se"
#: Sessions and products of the producer shown at most.
MOST_SESSIONS: Final = 20
MOST_PRODUCTS: Final = 100
_FIELDS = ("held_on", "channel", "title", "session_url", "viewers", "orders")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the two forms after a refusal."""

    url: str = ""
    session: dict[str, str] | None = None
    product_ids: tuple[str, ...] = ()


def share_path(product_id: UUID) -> str:
    """The page from which a product is shared."""
    return PATH.format(product_id=product_id)


@router.get(PATH)
async def page(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, product_id: UUID
) -> Response:
    """Words, photo and link to post; what was posted."""
    product = await own(session, actor, product_id)
    return await _show(request, session, settings, actor, product, [], Typed())


@router.post(PATH)
async def give(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    outside: OutsideDep,
    product_id: UUID,
    url: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Dán đường dẫn of a post; the worker fetches it and holds it against the product."""
    product = await own(session, actor, product_id)
    given = await tried(
        session, lambda: give_channel_link(session, actor, outside, product_id=product_id, url=url)
    )
    if isinstance(given, HubError):
        return await _show(
            request,
            session,
            settings,
            actor,
            product,
            problems(given, "url"),
            Typed(url=url),
            status=given.status,
        )
    return see(share_path(product_id), "duong-dan")


@router.post(PATH + "/phien")
async def enter(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, product_id: UUID
) -> Response:
    """Ghi một phiên bán hàng trực tuyến."""
    product = await own(session, actor, product_id)
    form = await request.form()
    values = {name: value.strip()[:400] for name, value in form.items() if isinstance(value, str)}
    chosen = tuple(each for each in form.getlist("products") if isinstance(each, str))[:MOST_PRODUCTS]
    errors: list[Problem] = []
    new = _session(values, chosen, errors)
    if new is not None:
        held = await tried(session, lambda: enter_session(session, actor, product.producer_id, new))
        if not isinstance(held, HubError):
            return see(f"{share_path(product_id)}#phien", "phien")
        errors = problems(held, "held_on")
    said = Typed(session=values, product_ids=chosen)
    return await _show(request, session, settings, actor, product, errors, said, status=422)


def _session(values: dict[str, str], chosen: tuple[str, ...], errors: list[Problem]) -> NewSession | None:
    """The session as typed; None with ``errors`` filled where a value cannot be read."""
    held_on = read(values, "held_on", parse_date, errors)
    if held_on is None and not errors:
        errors.append({"field": "held_on", "problem": "Hãy ghi ngày của phiên, ví dụ 20/11/2026."})
    counts: dict[str, int | None] = {}
    for name in ("viewers", "orders"):
        text = values.get(name, "").replace(".", "")
        if text and not (text.isascii() and text.isdigit() and len(text) < 10):
            errors.append({"field": name, "problem": "Hãy ghi bằng chữ số, hoặc để trống nếu không đếm."})
        counts[name] = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    ids = []
    for each in chosen:
        try:
            ids.append(UUID(each))
        except ValueError:
            errors.append({"field": "products", "problem": "Hãy chỉ chọn sản phẩm của chủ thể này."})
    if errors or held_on is None:
        return None
    return NewSession(
        held_on=held_on,
        channel=values.get("channel", ""),
        title=values.get("title", ""),
        url=values.get("session_url", ""),
        product_ids=tuple(ids),
        viewers=counts["viewers"],
        orders=counts["orders"],
    )


async def _show(
    request: Request,
    session: AsyncSession,
    settings: Settings,
    actor: Actor,
    product: Product,
    errors: list[Problem],
    typed: Typed,
    *,
    status: int = 200,
) -> Response:
    lang = request_language(request)
    subjects = await load_subjects(session, [product.id], public_url=settings.public_url.rstrip("/"))
    subject, photos = subjects[product.id]
    names = await _names(session, actor, product.producer_id)
    action = share_path(product.id)
    chosen = typed.product_ids or (str(product.id),)
    context: dict[str, Any] = {
        "product": {"name": product.name, "group": subject.group_name},
        "back_href": product_path(product.id),
        "text": share_text(subject),
        "trace_href": subject.trace_url,
        "picture": goods.picture(photos[0], goods.LARGE) if photos else None,
        "picture_href": f"/media/{photos[0].media_key}" if photos else "",
        "action": action,
        "url": typed.url,
        "links": await _links(session, actor, product, lang),
        "session_action": f"{action}/phien",
        "values": dict.fromkeys(_FIELDS, "") | (typed.session or {}),
        "open": typed.session is not None,
        "today": clock.today(),
        "products": [
            {"value": str(key), "label": name, "chosen": str(key) in chosen} for key, name in names.items()
        ],
        "sessions": await _sessions(session, actor, product.producer_id, names),
        "errors": errors,
    }
    crumbs = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(product.name, product_path(product.id)),
        Link(translate(lang, N_("Chia sẻ & kênh khác")), action, current=True),
    ]
    return render(
        request,
        "desk/share.html",
        context,
        status=status,
        breadcrumbs=crumbs,
        notices=done_notices(request),
    )


async def _names(session: AsyncSession, actor: Actor, producer_id: UUID) -> dict[UUID, str]:
    """The producer's products in the order of their names."""
    products = await session.scalars(
        catalogue.visible_to(actor)
        .where(Product.producer_id == producer_id)
        .order_by(Product.sort_key)
        .limit(MOST_PRODUCTS)
    )
    return {each.id: each.name for each in products}


async def _links(session: AsyncSession, actor: Actor, product: Product, lang: Lang) -> list[dict[str, Any]]:
    """What was posted of the product, and what is known of it."""
    return [
        {
            "name": row.marketplace_name,
            "state": listing_code(row.listing.state, not_sent=row.listing.not_sent),
            "sentence": sentence(row, lang),
            "href": row.listing.public_url,
            "look_href": f"{DESK}/tin-dang/{row.listing.id}/kiem-tra",
        }
        for row in await board.board_of(session, actor, product)
        if row.listing is not None and is_posted(row)
    ]


async def _sessions(
    session: AsyncSession, actor: Actor, producer_id: UUID, names: dict[UUID, str]
) -> list[dict[str, Any]]:
    held = await session.scalars(
        sessions_visible_to(actor).where(LiveSession.producer_id == producer_id).limit(MOST_SESSIONS)
    )
    return [
        {
            "held_on": each.held_on,
            "channel": each.channel,
            "title": each.title,
            "href": each.url,
            "products": [names[one] for one in each.product_ids if one in names],
            "viewers": each.viewers,
            "orders": each.orders,
        }
        for each in held
    ]
