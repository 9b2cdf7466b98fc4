"""Entering and changing a product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import queries as catalogue
from ocop_hub.catalogue import service
from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.schemas import ProductIn, ProductPatch
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.kit.values import parse_grams, parse_price
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.producers.queries import visible_to as producers_visible_to
from ocop_hub.web import goods
from ocop_hub.web.desk_product import product_path
from ocop_hub.web.forms import Problem, invalid, problems, read, see, tried, typed
from ocop_hub.web.front import DESK
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

NEW: Final = DESK + "/san-pham/moi"
#: Fields of the form that go into the product as they are typed.
_PLAIN: Final = ("name", "group_code", "unit", "description", "storage")


@router.get(NEW)
async def new(request: Request, session: SessionDep, actor: SignedInActorDep) -> Response:
    """An empty form."""
    return await _form(request, session, actor, values={}, errors=[])


@router.post(NEW)
async def create(request: Request, session: SessionDep, actor: SignedInActorDep) -> Response:
    """A new product of a producer for whom the actor may act."""
    values = await typed(request)
    errors = _without_name(values)
    given = _given(values, errors)
    chosen = values.get("producer_id", "")
    if not errors:
        try:
            product = ProductIn.model_validate({**given, "producer_id": chosen})
        except ValidationError as error:
            errors = invalid(error)
        else:
            made = await tried(session, lambda: service.create_product(session, actor, product))
            if isinstance(made, NotFound):
                raise made
            if not isinstance(made, HubError):
                return see(product_path(made.id), "tao")
            errors = problems(made, "name")
    return await _form(request, session, actor, values=values, errors=errors)


@router.get(DESK + "/san-pham/{product_id}/sua")
async def edit(request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID) -> Response:
    """The form with what the product says now."""
    product = await _own(session, actor, product_id)
    return await _form(request, session, actor, values=_values(product), errors=[], product=product)


@router.post(DESK + "/san-pham/{product_id}/sua")
async def save(request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID) -> Response:
    """Save the fields; the revision that was seen goes with them."""
    product = await _own(session, actor, product_id)
    values = await typed(request)
    errors = _without_name(values)
    given = _given(values, errors)
    if not errors:
        try:
            patch = ProductPatch.model_validate(given)
        except ValidationError as error:
            errors = invalid(error)
        else:
            seen = values.get("revision", "")
            revision = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0
            saved = await tried(
                session,
                lambda: service.update_product(session, actor, product_id, patch, revision=revision),
            )
            if not isinstance(saved, HubError):
                return see(product_path(product_id), "sua")
            errors = problems(saved, "name")
    return await _form(request, session, actor, values=values, errors=errors, product=product)


async def _own(session: AsyncSession, actor: Actor, product_id: UUID) -> Product:
    product = await service.get_product(session, actor, product_id)
    if not actor.may_change(product.producer_id):
        raise NotFound("Không có sản phẩm này, hoặc bạn không có quyền sửa.")
    return product


def _without_name(values: Mapping[str, str]) -> list[Problem]:
    """The first thing to mend: a product has a name."""
    if values.get("name"):
        return []
    return [{"field": "name", "problem": "Chưa có tên sản phẩm. Hãy ghi tên như trên bao bì."}]


def _given(values: Mapping[str, str], errors: list[Problem]) -> dict[str, Any]:
    """The product's fields from the form; what cannot be read goes to ``errors``."""
    return {
        **{name: values[name] for name in _PLAIN if name in values},
        "price_vnd": read(values, "price_vnd", parse_price, errors),
        "net_weight_g": read(values, "net_weight_g", parse_grams, errors),
        "gtin": values.get("gtin") or None,
    }


def _values(product: Product) -> dict[str, str]:
    """The product as its form says it."""
    return {
        "name": product.name,
        "group_code": product.group_code,
        "unit": product.unit,
        "description": product.description,
        "storage": product.storage,
        "price_vnd": "" if product.price_vnd is None else str(product.price_vnd),
        "net_weight_g": "" if product.net_weight_g is None else str(product.net_weight_g),
        "gtin": product.gtin or "",
        "revision": str(product.revision),
    }


async def _form(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    *,
    values: Mapping[str, str],
    errors: list[Problem],
    product: Product | None = None,
) -> Response:
    lang = request_language(request)
    groups = [(g.code, goods.group_name(g, lang)) for g in await session.scalars(catalogue.groups())]
    producers: list[tuple[str, str]] = []
    if product is None:
        producers = await own_producers(session, actor)
    back = product_path(product.id) if product is not None else DESK
    context: dict[str, Any] = {
        "action": f"{back}/sua" if product is not None else NEW,
        "is_new": product is None,
        "values": {name: values.get(name, "") for name in (*_PLAIN, "price_vnd", "net_weight_g", "gtin")},
        "revision": values.get("revision", ""),
        "producer_id": values.get("producer_id", producers[0][0] if producers else ""),
        "producer_options": goods.options(producers, lang, first=""),
        "group_options": goods.options(groups, lang, first=""),
        "errors": errors,
        "back_href": back,
        "may_enter": product is not None or bool(producers),
    }
    title = product.name if product is not None else translate(lang, N_("Thêm sản phẩm"))
    crumbs = [Link(translate(lang, N_("Sản phẩm")), DESK), Link(title, back, current=product is None)]
    if product is not None:
        crumbs.append(Link(translate(lang, N_("Sửa")), request.url.path, current=True))
    status = 422 if errors else 200
    return render(request, "desk/edit.html", context, status=status, breadcrumbs=crumbs)


async def own_producers(session: AsyncSession, actor: Actor) -> list[tuple[str, str]]:
    """Ids and names of those for whom the actor enters things."""
    if not actor.producers:
        return []
    found = await session.scalars(
        producers_visible_to(actor).where(Producer.id.in_(actor.producers)).order_by(Producer.sort_key)
    )
    return [(str(producer.id), producer.name) for producer in found]
