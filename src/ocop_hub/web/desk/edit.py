"""Entering and changing a product: one thing per page, each saved by itself.

A new product is a draft from its first step on, so it can be left and come back to. What somebody else saved
meanwhile is set beside what was typed; a change of other fields is no conflict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import approval, service, variants
from ocop_hub.catalogue import queries as catalogue
from ocop_hub.catalogue.models import Product, ProductRevision, ProductStatus
from ocop_hub.catalogue.schemas import ProductIn, ProductPatch
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.producers.queries import visible_to as producers_visible_to
from ocop_hub.web import goods
from ocop_hub.web.desk import product_steps
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.desk.product_steps import BY_SLUG, STEPS, Step, step_href
from ocop_hub.web.desk.product_words import Words, words
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, done_notices, invalid, problems, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

NEW: Final = DESK + "/san-pham/moi"
_FIRST: Final = STEPS[0]


@router.get(NEW)
async def new(request: Request, session: SessionDep, actor: SignedInActorDep) -> Response:
    """The first step of a product that is not there yet."""
    return await _step(request, session, actor, _FIRST, values={}, errors=[])


@router.post(NEW)
async def create(request: Request, session: SessionDep, actor: SignedInActorDep) -> Response:
    """A draft of a producer for whom the actor may act; on to its next step."""
    values = await typed(request)
    errors = _without_name(values)
    given = product_steps.from_form(_FIRST, values, errors)
    if not errors:
        try:
            product = ProductIn.model_validate({**given, "producer_id": values.get("producer_id", "")})
        except ValidationError as error:
            errors = invalid(error)
        else:
            made = await tried(session, lambda: service.create_product(session, actor, product, draft=True))
            if isinstance(made, NotFound):
                raise made
            if not isinstance(made, HubError):
                return see(step_href(made.id, STEPS[1].slug), "nhap")
            errors = problems(made, "name")
    return await _step(request, session, actor, _FIRST, values=values, errors=errors)


@router.get(DESK + "/san-pham/{product_id}/sua")
async def summary(
    request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID
) -> Response:
    """Everything the product says, step by step, with the way to change it; and handing it in."""
    product = await own_product(session, actor, product_id)
    return await show_summary(request, session, product)


@router.get(DESK + "/san-pham/{product_id}/sua/{step}")
async def edit(
    request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID, step: str
) -> Response:
    """One step with what the product says now, and what an officer remarked on it."""
    product = await own_product(session, actor, product_id)
    asked = _named(step)
    values = product_steps.to_form(product)
    remarks = await _remarks(session, product)
    errors: list[Problem] = [
        {"field": product_steps.asked_as(asked, name), "problem": text}
        for name, text in remarks.items()
        if name in asked.fields
    ]
    return await _step(request, session, actor, asked, values=values, errors=errors, product=product)


@router.post(DESK + "/san-pham/{product_id}/sua/{step}")
async def save(
    request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID, step: str
) -> Response:
    """Save one step; the revision that was seen goes with it."""
    product = await own_product(session, actor, product_id)
    asked = _named(step)
    values = await typed(request)
    errors = _without_name(values) if asked is _FIRST else []
    given = product_steps.from_form(asked, values, errors, product)
    errors += await _meanwhile(request, session, product, asked, values, given)
    if not errors:
        try:
            patch = ProductPatch.model_validate(given)
        except ValidationError as error:
            errors = invalid(error)
        else:
            revision = product.revision
            saved = await tried(
                session, lambda: service.update_product(session, actor, product_id, patch, revision=revision)
            )
            if not isinstance(saved, HubError):
                return _on(saved, asked)
            errors = problems(saved, asked.fields[0])
            await session.refresh(product)  # what was taken back is not in memory any more
    for each in errors:
        each["field"] = product_steps.asked_as(asked, each["field"])
    return await _step(
        request, session, actor, asked, values=values, errors=errors, product=product, status=422
    )


@router.post(DESK + "/san-pham/{draft_id}/gui")
async def hand_in(request: Request, session: SessionDep, actor: SignedInActorDep, draft_id: UUID) -> Response:
    """Hand the draft or the returned product in."""
    product = await own_product(session, actor, draft_id)
    done = await tried(session, lambda: approval.submit(session, actor, draft_id))
    if not isinstance(done, HubError):
        return see(product_path(draft_id), "gui" if done.status is ProductStatus.SUBMITTED else "xong")
    await session.refresh(product)
    return await show_summary(request, session, product, errors=problems(done, "name"))


async def own_product(session: AsyncSession, actor: Actor, product_id: UUID) -> Product:
    """The product, if the actor may change it. Raises NotFound."""
    product = await service.get_product(session, actor, product_id)
    if not actor.may_change(product.producer_id):
        raise NotFound("Không có sản phẩm này, hoặc bạn không có quyền sửa.")
    return product


def seen_revision(values: Mapping[str, str]) -> int:
    """The revision that a form was made from; 0, which no product has, where it does not say."""
    seen = values.get("revision", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0


def _named(slug: str) -> Step:
    if slug not in BY_SLUG:
        raise NotFound("Không có trang này. Hãy mở lại sản phẩm từ danh sách.")
    return BY_SLUG[slug]


def _on(product: Product, step: Step) -> Response:
    """A draft goes on to its next step, anything else back to the summary."""
    later = STEPS[STEPS.index(step) + 1 :]
    if product.status is ProductStatus.DRAFT and later:
        return see(step_href(product.id, later[0].slug), "nhap")
    return see(step_href(product.id), "sua")


def _without_name(values: Mapping[str, str]) -> list[Problem]:
    """The first thing to mend: a product has a name."""
    if values.get("name"):
        return []
    return [{"field": "name", "problem": "Chưa có tên sản phẩm. Hãy ghi tên như trên bao bì."}]


async def _meanwhile(
    request: Request,
    session: AsyncSession,
    product: Product,
    step: Step,
    values: Mapping[str, str],
    given: Mapping[str, Any],
) -> list[Problem]:
    """What somebody else saved of this step's fields since the person saw them, beside what was typed."""
    seen = seen_revision(values)
    if seen == product.revision:
        return []
    newer = await session.scalars(
        select(ProductRevision).where(ProductRevision.product_id == product.id, ProductRevision.number > seen)
    )
    changed = {name for revision in newer for name in revision.after}
    lang = request_language(request)
    spoken = await words(session, lang)
    return [
        {
            "field": name,
            "problem": translate(
                lang,
                N_(
                    "Người khác vừa lưu ô này: “%(theirs)s”. Bạn đang gõ: “%(yours)s”. Sửa nếu cần rồi lưu lại."
                ),
                theirs=spoken.value(name, getattr(product, name)),
                yours=spoken.value(name, given.get(name)),
            ),
        }
        for name in step.fields
        if name in changed and name in given and _differs(getattr(product, name), given[name])
    ]


def _differs(stored: Any, given: Any) -> bool:
    """Whether two values read differently; a text's ends do not count."""
    if isinstance(stored, str) and isinstance(given, str):
        return stored.split() != given.split()
    return (stored or None) != (given or None)


async def _remarks(session: AsyncSession, product: Product) -> Mapping[str, str]:
    if product.status is not ProductStatus.RETURNED:
        return {}
    review = await approval.last_review(session, product.id)
    return review.remarks if review is not None else {}


async def show_summary(
    request: Request, session: AsyncSession, product: Product, *, errors: Sequence[Problem] = ()
) -> Response:
    """The page of all steps."""
    lang = request_language(request)
    spoken = await words(session, lang)
    remarks = await _remarks(session, product)
    review = (
        await approval.last_review(session, product.id) if remarks or product.status in _WAITING else None
    )
    packs = variants.as_json(await variants.variants_of(session, product.id, retired=False))
    context: dict[str, Any] = {
        "name": product.name,
        "state": product.status.value,
        "note": review.note if review is not None and product.status is ProductStatus.RETURNED else "",
        "sections": [_section(product, step, spoken, remarks, packs) for step in STEPS],
        "photos_href": f"{product_path(product.id)}/anh",
        "photos_remark": remarks.get("photos", ""),
        "history_href": f"{product_path(product.id)}/lich-su",
        "back_href": product_path(product.id),
        "submit_action": f"{product_path(product.id)}/gui" if product.status in _WAITING else "",
        "errors": list(errors),
    }
    crumbs = _crumbs(lang, product, translate(lang, N_("Sửa")), step_href(product.id))
    notices = [] if errors else done_notices(request)
    status = 422 if errors else 200
    return render(request, "desk/steps.html", context, status=status, breadcrumbs=crumbs, notices=notices)


_WAITING: Final = (ProductStatus.DRAFT, ProductStatus.RETURNED)


def _section(
    product: Product, step: Step, spoken: Words, remarks: Mapping[str, str], packs: list[dict[str, Any]]
) -> dict[str, Any]:
    said = [(name, getattr(product, name)) for name in step.fields]
    if step.slug == "gia":
        said.append(("variants", packs))
    return {
        "title": translate(spoken.lang, step.title),
        "href": step_href(product.id, step.slug),
        "rows": [
            {
                "label": spoken.name(name),
                "value": spoken.value(name, value),
                "remark": remarks.get(name, ""),
                "href": product_steps.field_href(product.id, name),
            }
            for name, value in said
        ],
    }


def _crumbs(lang: Lang, product: Product | None, title: str, href: str) -> list[Link]:
    crumbs = [Link(translate(lang, N_("Sản phẩm")), DESK)]
    if product is not None:
        crumbs.append(Link(product.name, product_path(product.id)))
    return [*crumbs, Link(title, href, current=True)]


async def _step(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    step: Step,
    *,
    values: Mapping[str, str],
    errors: list[Problem],
    product: Product | None = None,
    status: int | None = None,
) -> Response:
    lang = request_language(request)
    producers = await own_producers(session, actor) if product is None else []
    drafting = product is None or product.status is ProductStatus.DRAFT
    context: dict[str, Any] = {
        "action": step_href(product.id, step.slug) if product is not None else NEW,
        "is_new": product is None,
        "step": step.slug,
        "title": translate(lang, step.title),
        "hint": translate(lang, step.hint) if step.hint else "",
        "number": STEPS.index(step) + 1,
        "count": len(STEPS),
        "drafting": drafting,
        "values": {name: values.get(name, "") for name in product_steps.asked(step)},
        "revision": str(product.revision) if product is not None else "",
        "producer_id": values.get("producer_id", producers[0][0] if producers else ""),
        "producer_options": goods.options(producers, lang, first=""),
        "group_options": await _groups(session, lang) if step is _FIRST else [],
        "languages": [
            {"code": code, "name": translate(lang, name)} for code, name in product_steps.LANGUAGES.items()
        ],
        "variants": await _packs(session, product.id, lang)
        if product is not None and step.slug == "gia"
        else [],
        "new_variant_href": f"{product_path(product.id)}/quy-cach/moi" if product is not None else "",
        "errors": errors,
        "back_href": step_href(product.id) if product is not None else DESK,
        "may_enter": product is not None or bool(producers),
    }
    title = translate(lang, N_("Thêm sản phẩm")) if product is None else context["title"]
    crumbs = _crumbs(lang, product, title, request.url.path)
    answered = status if status is not None else (422 if errors and product is None else 200)
    notices = done_notices(request) if request.method == "GET" else []
    return render(request, "desk/edit.html", context, status=answered, breadcrumbs=crumbs, notices=notices)


async def _packs(session: AsyncSession, product_id: UUID, lang: Lang) -> list[dict[str, str]]:
    """Each pack in words, and where it is changed."""
    spoken = await words(session, lang)
    return [
        {
            "text": spoken.value("variants", [pack]),
            "href": f"{product_path(product_id)}/quy-cach/{pack['id']}",
        }
        for pack in variants.as_json(await variants.variants_of(session, product_id))
    ]


async def _groups(session: AsyncSession, lang: Lang) -> list[dict[str, str]]:
    """Groups, each followed by its sub-groups: one choice for both."""
    below: dict[str, list[tuple[str, str]]] = {}
    for each in await session.scalars(catalogue.sub_groups()):
        name = each.name_en if lang == "en" else each.name_vi
        below.setdefault(each.group_code, []).append((f"{each.group_code}/{each.code}", name))
    options: list[tuple[str, str]] = []
    for group in await session.scalars(catalogue.groups()):
        name = goods.group_name(group, lang)
        options.append((group.code, name))
        options += [(value, f"{name}: {sub_group}") for value, sub_group in below.get(group.code, [])]
    return goods.options(options, lang, first="")


async def own_producers(session: AsyncSession, actor: Actor) -> list[tuple[str, str]]:
    """Ids and names of those for whom the actor enters things."""
    if not actor.producers:
        return []
    found = await session.scalars(
        producers_visible_to(actor).where(Producer.id.in_(actor.producers)).order_by(Producer.sort_key)
    )
    return [(str(producer.id), producer.name) for producer in found]
