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
from ocop_hub.errors import HubError, NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.values import parse_date
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.live_sessions import (
    LiveSession,
    NewSession,
    change_session,
    enter_session,
    sessions_visible_to,
)
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
    #: The session that is changed; None for a new one.
    session_id: UUID | None = None
    product_ids: tuple[str, ...] = ()


def share_path(product_id: UUID) -> str:
    """The page from which a product is shared."""
    return PATH.format(product_id=product_id)


@router.get(PATH)
async def page(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    product_id: UUID,
    phien: UUID | None = None,
) -> Response:
    """Words, photo and link to post; what was posted. ``phien``: the session whose form is open to be changed."""
    product = await own(session, actor, product_id)
    held = await _held(session, actor, product, phien) if phien is not None else Typed()
    return await _show(request, session, settings, actor, product, [], held)


async def _held(session: AsyncSession, actor: Actor, product: Product, session_id: UUID) -> Typed:
    """A session of the producer as its form was filled. Raises :class:`NotFound`."""
    held = await session.scalar(
        sessions_visible_to(actor).where(
            LiveSession.id == session_id, LiveSession.producer_id == product.producer_id
        )
    )
    if held is None:
        raise NotFound("Không tìm thấy phiên bán hàng trực tuyến này.")
    values = {
        "held_on": f"{held.held_on:%d/%m/%Y}",
        "channel": held.channel,
        "title": held.title,
        "session_url": held.url,
        "viewers": "" if held.viewers is None else str(held.viewers),
        "orders": "" if held.orders is None else str(held.orders),
    }
    return Typed(
        session=values, session_id=held.id, product_ids=tuple(str(each) for each in held.product_ids)
    )


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
    """Ghi một phiên bán hàng trực tuyến, or write anew the one that ``session_id`` names."""
    product = await own(session, actor, product_id)
    form = await request.form()
    values = {name: value.strip()[:400] for name, value in form.items() if isinstance(value, str)}
    chosen = tuple(each for each in form.getlist("products") if isinstance(each, str))[:MOST_PRODUCTS]
    errors: list[Problem] = []
    changed = _id(values.get("session_id", ""))
    new = _session(values, chosen, errors)
    if new is not None:
        held = await tried(
            session,
            lambda: (
                change_session(session, actor, changed, new)
                if changed is not None
                else enter_session(session, actor, product.producer_id, new)
            ),
        )
        if isinstance(held, NotFound):
            raise held
        if not isinstance(held, HubError):
            return see(f"{share_path(product_id)}#phien", "phien-sua" if changed else "phien")
        # The other form of the page has a field of this name.
        errors = [
            {**each, "field": "url_session"} if each["field"] == "url" else each
            for each in problems(held, "held_on")
        ]
    said = Typed(session=values, session_id=changed, product_ids=chosen)
    return await _show(request, session, settings, actor, product, errors, said, status=422)


def _id(text: str) -> UUID | None:
    """The id of the session that the form changes; None for a new one. Raises :class:`NotFound`."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound("Không tìm thấy phiên bán hàng trực tuyến này.") from None


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
    chosen = typed.product_ids if typed.session_id else typed.product_ids or (str(product.id),)
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
        "session_id": str(typed.session_id or ""),
        "today": clock.today(),
        "products": [
            {"value": str(key), "label": name, "chosen": str(key) in chosen} for key, name in names.items()
        ],
        "sessions": await _sessions(session, actor, product, names),
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
    session: AsyncSession, actor: Actor, product: Product, names: dict[UUID, str]
) -> list[dict[str, Any]]:
    held = await session.scalars(
        sessions_visible_to(actor).where(LiveSession.producer_id == product.producer_id).limit(MOST_SESSIONS)
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
            "change_href": f"{share_path(product.id)}?phien={each.id}#f-held_on",
        }
        for each in held
    ]
