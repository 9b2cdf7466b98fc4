"""Trùng: producers and products that may be one, side by side; merged, and split again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import merging as products
from ocop_hub.catalogue.models import Product, ProductGroup
from ocop_hub.certificates.models import Certificate
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.places.finder import finder
from ocop_hub.producers import merging as producers
from ocop_hub.producers.access import OfficeActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.merging import Duplicate
from ocop_hub.producers.models import Merge, MergeKind, Producer
from ocop_hub.producers.numbers import is_personal
from ocop_hub.publishing.models import Listing
from ocop_hub.traceability.models import Lot
from ocop_hub.web.desk.producers import KINDS, place_of
from ocop_hub.web.forms import Problem, done_notices, problems, see, tried, typed
from ocop_hub.web.i18n import translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language

router = APIRouter(include_in_schema=False)

DUPLICATES: Final = DESK + "/trung"
#: What one looks through at a time; the rest comes when these are answered.
_MOST_PAIRS: Final = 20
_MOST_MERGES: Final = 30

Side = dict[str, Any]


@router.get(DUPLICATES)
async def duplicates(request: Request, session: SessionDep, actor: OfficeActorDep) -> Response:
    """Pairs that may be one, and what was merged."""
    return await _page(request, session, actor, [])


@router.post(DUPLICATES)
async def merge(request: Request, session: SessionDep, actor: OfficeActorDep) -> Response:
    """Let one of a pair be the other from now on."""
    values = await typed(request)
    kept, gone = _id(values.get("giu", "")), _id(values.get("bo", ""))
    if kept == gone:
        # One button says which is kept; the form carries both.
        gone = _id(values.get("bo2", ""))
    work = producers.merge_producers if values.get("loai") == MergeKind.PRODUCER else products.merge_products
    reason = values.get("reason", "")[:500]
    done = await tried(session, lambda: work(session, actor, gone, kept, reason=reason))
    if isinstance(done, HubError):
        if done.status == 404:
            raise done
        return await _page(request, session, actor, problems(done, "reason"))
    return see(DUPLICATES, "gop")


@router.post(DUPLICATES + "/{merge_id}/tach")
async def split(request: Request, session: SessionDep, actor: OfficeActorDep, merge_id: UUID) -> Response:
    """Undo a merge."""
    done = await tried(session, lambda: products.undo(session, actor, merge_id))
    if isinstance(done, HubError):
        if done.status == 404:
            raise done
        return await _page(request, session, actor, problems(done, "reason"))
    return see(DUPLICATES, "tach")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("Không có chủ thể hoặc sản phẩm này.") from None


async def _page(request: Request, session: AsyncSession, actor: Actor, errors: list[Problem]) -> Response:
    lang = request_language(request)
    of_producers = await producers.duplicates(session, actor, limit=_MOST_PAIRS)
    of_products = await products.duplicates(session, actor, limit=_MOST_PAIRS)
    sides = await _producers(session, lang, _ids(of_producers)) | await _products(session, _ids(of_products))
    context: dict[str, Any] = {
        "action": DUPLICATES,
        "errors": errors,
        "producers": [_pair(each, sides) for each in of_producers],
        "products": [_pair(each, sides) for each in of_products],
        "merges": await _merges(session),
    }
    return render(
        request,
        "officer/duplicates.html",
        context,
        status=422 if errors else 200,
        notices=[] if errors else done_notices(request),
    )


def _ids(pairs: Sequence[Duplicate]) -> set[UUID]:
    return {side for each in pairs for side in (each.first_id, each.second_id)}


def _pair(each: Duplicate, sides: dict[UUID, Side]) -> dict[str, Any]:
    return {
        "sides": [sides[each.first_id], sides[each.second_id]],
        "same_tax_number": each.same_tax_number,
    }


async def _producers(session: AsyncSession, lang: Any, ids: set[UUID]) -> dict[UUID, Side]:
    """Both sides as a person compares them; counts of what each brings along."""
    counted = await _counts(session, Product.producer_id, ids, Product.merged_into_id.is_(None))
    lots = await _counts(session, Lot.producer_id, ids)
    listings = await _counts(session, Listing.producer_id, ids)
    found = await session.scalars(select(Producer).where(Producer.id.in_(ids)))
    return {
        each.id: {
            "id": str(each.id),
            "name": each.name,
            "href": f"{DESK}/co-so/{each.id}",
            "about": [
                translate(lang, KINDS[each.kind]),
                place_of(each),
                "" if is_personal(each.tax_number) else each.tax_number or "",
            ],
            "claimed": each.claimed_at is not None,
            "products": counted.get(each.id, 0),
            "lots": lots.get(each.id, 0),
            "listings": listings.get(each.id, 0),
        }
        for each in found
    }


async def _products(session: AsyncSession, ids: set[UUID]) -> dict[UUID, Side]:
    certificates = await _counts(session, Certificate.product_id, ids)
    lots = await _counts(session, Lot.product_id, ids)
    listings = await _counts(session, Listing.product_id, ids)
    found = await session.execute(
        select(Product, Producer.name, ProductGroup.name_vi)
        .join(Producer, Producer.id == Product.producer_id)
        .join(ProductGroup, ProductGroup.code == Product.group_code)
        .where(Product.id.in_(ids))
    )
    return {
        product.id: {
            "id": str(product.id),
            "name": product.name,
            "href": f"{DESK}/san-pham/{product.id}",
            "about": [producer, group, _unit(product), product.gtin or ""],
            "claimed": False,
            "certificates": certificates.get(product.id, 0),
            "lots": lots.get(product.id, 0),
            "listings": listings.get(product.id, 0),
        }
        for product, producer, group in found
    }


def _unit(product: Product) -> str:
    unit = finder().unit(product.current_unit_id or "")
    return unit.full_name if unit else product.commune_as_written


async def _counts(session: AsyncSession, column: Any, ids: set[UUID], *conditions: Any) -> dict[UUID, int]:
    rows = await session.execute(
        select(column, func.count()).where(column.in_(ids), *conditions).group_by(column)
    )
    return {row[0]: row[1] for row in rows}


async def _merges(session: AsyncSession) -> list[dict[str, Any]]:
    """The last merges that stand, with the names as they were and are."""
    found = list(
        await session.scalars(
            select(Merge)
            .where(Merge.undone_at.is_(None))
            .order_by(Merge.merged_at.desc())
            .limit(_MOST_MERGES)
        )
    )
    ids = {side for each in found for side in (each.from_id, each.into_id)}
    names: dict[UUID, str] = {}
    for model in (Producer, Product):
        names |= {
            row[0]: row[1]
            for row in await session.execute(select(model.id, model.name).where(model.id.in_(ids)))
        }
    return [
        {
            "at": each.merged_at,
            "gone": names.get(each.from_id, ""),
            "kept": names.get(each.into_id, ""),
            "reason": each.reason,
            "split_action": f"{DUPLICATES}/{each.id}/tach",
        }
        for each in found
    ]
