"""Chờ duyệt: what producers handed in, approved or returned with a remark at each field; and who needs it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import approval, queries, service, variants
from ocop_hub.catalogue.approval_need import REVIEWED, need_today
from ocop_hub.catalogue.models import ApprovalNeed, Product
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError
from ocop_hub.kit import clock
from ocop_hub.kit.values import parse_date
from ocop_hub.producers.access import OfficeActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.web import goods
from ocop_hub.web.desk.edit import seen_revision
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.desk.product_steps import FIELD_NAMES, in_reading_order
from ocop_hub.web.desk.product_words import words
from ocop_hub.web.forms import Problem, done_notices, problems, read, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

APPROVALS: Final = DESK + "/duyet"
MOST_SHOWN: Final = 100
NEEDS: Final = {
    ApprovalNeed.NOBODY: N_("Không sản phẩm nào cần duyệt"),
    ApprovalNeed.UNCERTIFIED: N_("Duyệt sản phẩm chưa có giấy chứng nhận còn hạn"),
    ApprovalNeed.ALL: N_("Duyệt mọi sản phẩm"),
}
#: What the officer sees and may remark on: what must be seen again after a change, and what goes with it.
_SHOWN: Final = (
    *REVIEWED,
    "price_vnd",
    "unit",
    "net_weight_g",
    "gtin",
    "season_months",
    "variants",
    "photos",
)


@router.get(APPROVALS)
async def waiting(request: Request, session: SessionDep, actor: OfficeActorDep) -> Response:
    """What waits, the longest first, and the rule in force."""
    return await _list(request, session, actor, {}, [])


@router.post(APPROVALS)
async def set_rule(request: Request, session: SessionDep, actor: OfficeActorDep) -> Response:
    """Say from a day on which products need approval."""
    values = await typed(request)
    errors: list[Problem] = []
    valid_from = read(values, "valid_from", parse_date, errors)
    need = values.get("needed_for", "")
    if not values.get("valid_from"):
        errors.append({"field": "valid_from", "problem": "Chưa ghi ngày áp dụng."})
    if need not in set(ApprovalNeed):
        errors.append({"field": "needed_for", "problem": "Chưa chọn sản phẩm nào cần duyệt."})
    if not errors and valid_from is not None:
        done = await tried(
            session,
            lambda: approval.set_rule(session, actor, valid_from=valid_from, needed_for=ApprovalNeed(need)),
        )
        if not isinstance(done, HubError):
            return see(APPROVALS, "cach-duyet")
        errors = problems(done, "valid_from")
    return await _list(request, session, actor, values, errors)


@router.get(APPROVALS + "/{submitted_id}")
async def one(request: Request, session: SessionDep, actor: OfficeActorDep, submitted_id: UUID) -> Response:
    """One product as it was handed in, with a place for a remark at each field."""
    product = await service.get_product(session, actor, submitted_id)
    return await _one(request, session, product, {}, [])


@router.post(APPROVALS + "/{submitted_id}")
async def decide(
    request: Request, session: SessionDep, actor: OfficeActorDep, submitted_id: UUID
) -> Response:
    """Approve (``verdict=approved``) or return with the remarks typed."""
    product = await service.get_product(session, actor, submitted_id)
    values = await typed(request)
    revision, note = seen_revision(values), values.get("note", "")
    remarks = {n.removeprefix("r-"): text for n, text in values.items() if n.startswith("r-") and text}
    if values.get("verdict") == "approved":
        done = await tried(
            session, lambda: approval.approve(session, actor, submitted_id, revision=revision, note=note)
        )
    else:
        done = await tried(
            session,
            lambda: approval.send_back(
                session, actor, submitted_id, revision=revision, remarks=remarks, note=note
            ),
        )
    if isinstance(done, HubError):
        await session.refresh(product)  # what was taken back is not in memory any more
        return await _one(request, session, product, values, problems(done, "note"))
    return see(APPROVALS, "duyet" if values.get("verdict") == "approved" else "tra-lai")


async def _list(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    values: Mapping[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    rows = (await session.scalars(queries.waiting_for_approval(actor).limit(MOST_SHOWN))).all()
    names = await _producers(session, {row.producer_id for row in rows})
    rules = (await session.scalars(queries.approval_rules())).all()
    in_force = await need_today(session)
    context: dict[str, Any] = {
        "waiting": [
            {
                "name": row.name,
                "href": f"{APPROVALS}/{row.id}",
                "producer_name": names.get(row.producer_id, ""),
                "since": row.updated_at,
            }
            for row in rows
        ],
        "in_force": translate(lang, NEEDS[in_force]),
        "rules": [
            {"valid_from": rule.valid_from, "text": translate(lang, NEEDS[rule.needed_for])} for rule in rules
        ],
        "action": APPROVALS,
        "need_options": goods.options(
            [(need.value, translate(lang, text)) for need, text in NEEDS.items()], lang, first=""
        ),
        "values": {
            "needed_for": values.get("needed_for", in_force.value),
            "valid_from": values.get("valid_from", clock.today().isoformat()),
        },
        "errors": errors,
    }
    notices = [] if errors else done_notices(request)
    return render(request, "officer/approvals.html", context, status=422 if errors else 200, notices=notices)


async def _one(
    request: Request,
    session: AsyncSession,
    product: Product,
    values: Mapping[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    spoken = await words(session, lang)
    photos = (await session.scalars(queries.photos_of(product.id))).all()
    packs = variants.as_json(await variants.variants_of(session, product.id, retired=False))
    said = {n: getattr(product, n) for n in _SHOWN if n not in ("variants", "photos")} | {"variants": packs}
    names = await _producers(session, {product.producer_id})
    context: dict[str, Any] = {
        "name": product.name,
        "producer_name": names.get(product.producer_id, ""),
        "state": product.status.value,
        "waits": product.status.value == "submitted",
        "product_href": product_path(product.id),
        "action": f"{APPROVALS}/{product.id}",
        "revision": str(product.revision),
        "pictures": [goods.picture(photo) for photo in photos],
        "fields": [
            {
                "field": f"r-{name}",
                "label": translate(lang, FIELD_NAMES[name]),
                "value": "" if name == "photos" else spoken.value(name, said[name]),
                "remark": values.get(f"r-{name}", ""),
            }
            for name in in_reading_order(_SHOWN)
        ],
        "note": values.get("note", ""),
        "errors": errors,
    }
    crumbs = [
        Link(translate(lang, N_("Chờ duyệt")), APPROVALS),
        Link(product.name, request.url.path, current=True),
    ]
    return render(
        request, "officer/approval.html", context, status=422 if errors else 200, breadcrumbs=crumbs
    )


async def _producers(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    rows = await session.execute(select(Producer.id, Producer.name).where(Producer.id.in_(ids)))
    return {row.id: row.name for row in rows}
