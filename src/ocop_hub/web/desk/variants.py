"""Quy cách khác: adding, changing and taking off sale a further pack of a product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import variants
from ocop_hub.catalogue.models import Product, ProductVariant
from ocop_hub.catalogue.schemas import VariantIn, VariantPatch
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.kit.values import parse_grams, parse_price
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.web.desk.edit import own_product, seen_revision
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.desk.product_steps import step_href
from ocop_hub.web.forms import Problem, invalid, problems, read, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

_PACKS: Final = DESK + "/san-pham/{product_id}/quy-cach"
_TEXTS: Final = ("label", "unit", "external_code")
_FIELDS: Final = ("label", "unit", "price_vnd", "net_weight_g", "gtin", "external_code")


@router.get(_PACKS + "/moi")
async def new(request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID) -> Response:
    """The form of another pack."""
    product = await own_product(session, actor, product_id)
    return _form(request, product, {}, [])


@router.post(_PACKS + "/moi")
async def add(request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID) -> Response:
    """Add a pack."""
    product = await own_product(session, actor, product_id)
    values = await typed(request)
    errors: list[Problem] = []
    given = _given(values, errors)
    if not errors:
        try:
            pack = VariantIn.model_validate(given)
        except ValidationError as error:
            errors = invalid(error)
        else:
            revision = seen_revision(values)
            made = await tried(
                session, lambda: variants.add_variant(session, actor, product_id, pack, revision=revision)
            )
            if not isinstance(made, HubError):
                return see(step_href(product_id, "gia") + "#quy-cach", "quy-cach")
            errors = problems(made, "label")
            await session.refresh(product)
    return _form(request, product, values, errors)


@router.get(_PACKS + "/{variant_id}")
async def edit(
    request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID, variant_id: UUID
) -> Response:
    """The form of a pack with what it says now."""
    product = await own_product(session, actor, product_id)
    pack = await _pack(session, product, variant_id)
    values = {name: "" if (value := getattr(pack, name)) is None else str(value) for name in _FIELDS}
    return _form(request, product, values, [], pack=pack)


@router.post(_PACKS + "/{variant_id}")
async def save(
    request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID, variant_id: UUID
) -> Response:
    """Save a pack, or with ``retired`` only take it off sale (1) or put it back (0)."""
    product = await own_product(session, actor, product_id)
    pack = await _pack(session, product, variant_id)
    values = await typed(request)
    errors: list[Problem] = []
    only = values.get("retired", "")
    given = {"retired": only == "1"} if only else _given(values, errors)
    if not errors:
        try:
            patch = VariantPatch.model_validate(given)
        except ValidationError as error:
            errors = invalid(error)
        else:
            revision = seen_revision(values)
            saved = await tried(
                session,
                lambda: variants.change_variant(
                    session, actor, product_id, variant_id, patch, revision=revision
                ),
            )
            if not isinstance(saved, HubError):
                return see(step_href(product_id, "gia") + "#quy-cach", "quy-cach")
            errors = problems(saved, "label")
            await session.refresh(product)  # what was taken back is not in memory any more
            await session.refresh(pack)
    return _form(request, product, values, errors, pack=pack)


async def _pack(session: AsyncSession, product: Product, variant_id: UUID) -> ProductVariant:
    found = next((p for p in await variants.variants_of(session, product.id) if p.id == variant_id), None)
    if found is None:
        raise NotFound("Không có quy cách này của sản phẩm.")
    return found


def _given(values: Mapping[str, str], errors: list[Problem]) -> dict[str, Any]:
    if not values.get("label"):
        errors.append({"field": "label", "problem": "Chưa ghi tên quy cách, ví dụ Túi 500 g."})
    return {
        **{name: values.get(name, "") for name in _TEXTS},
        "price_vnd": read(values, "price_vnd", parse_price, errors),
        "net_weight_g": read(values, "net_weight_g", parse_grams, errors),
        "gtin": values.get("gtin") or None,
    }


def _form(
    request: Request,
    product: Product,
    values: Mapping[str, str],
    errors: list[Problem],
    *,
    pack: ProductVariant | None = None,
) -> Response:
    lang = request_language(request)
    back = step_href(product.id, "gia")
    title = pack.label if pack is not None else translate(lang, N_("Thêm quy cách"))
    context: dict[str, Any] = {
        "title": title,
        "product_name": product.name,
        "action": f"{product_path(product.id)}/quy-cach/{pack.id if pack is not None else 'moi'}",
        "values": {name: values.get(name, "") for name in _FIELDS},
        "revision": str(product.revision),
        "is_new": pack is None,
        "retired": pack is not None and pack.retired,
        "errors": errors,
        "back_href": back,
    }
    crumbs = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(product.name, product_path(product.id)),
        Link(translate(lang, N_("Quy cách và giá bán")), back),
        Link(title, request.url.path, current=True),
    ]
    status = 422 if errors else 200
    return render(request, "desk/variant.html", context, status=status, breadcrumbs=crumbs)
