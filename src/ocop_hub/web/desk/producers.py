"""Chủ thể: the list of those an actor works for or looks after, and one producer's own page."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.db import SessionDep
from ocop_hub.desk.helped import Helped, helped
from ocop_hub.errors import HubError, NotFound
from ocop_hub.kit.vietqr import BANKS
from ocop_hub.places.dataset import UnitRow
from ocop_hub.places.finder import finder
from ocop_hub.producers import consents, service
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.producers.models import ConsentPurpose, Producer, ProducerKind
from ocop_hub.producers.numbers import is_personal
from ocop_hub.producers.queries import PERSONS
from ocop_hub.producers.schemas import ProducerPatch
from ocop_hub.web import goods
from ocop_hub.web.desk.finding import Cursor, Words
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, done_notices, invalid, problems, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

PRODUCERS: Final = DESK + "/co-so"
KINDS: Final = {
    ProducerKind.ENTERPRISE: N_("Doanh nghiệp"),
    ProducerKind.COOPERATIVE: N_("Hợp tác xã"),
    ProducerKind.COOPERATIVE_GROUP: N_("Tổ hợp tác"),
    ProducerKind.HOUSEHOLD: N_("Hộ kinh doanh"),
}
CONSENTS: Final = {
    ConsentPurpose.PHONE: N_("Số điện thoại"),
    ConsentPurpose.EMAIL: N_("Thư điện tử"),
    ConsentPurpose.ADDRESS: N_("Địa chỉ chi tiết (số nhà, thôn, bản)"),
}
_OPEN_FIELDS: Final = ("name", "kind", "phone", "email", "gln", "address")
_BANK_FIELDS: Final = ("bank_bin", "bank_account", "bank_holder")


def producer_path(producer_id: UUID) -> str:
    """The page of a producer on the desk."""
    return f"{PRODUCERS}/{producer_id}"


@router.get(PRODUCERS)
async def list_producers(
    request: Request, session: SessionDep, actor: SignedInActorDep, q: Words = "", sau: Cursor = ""
) -> Response:
    """All whom the actor works for or looks after; who has only one goes straight to it."""
    if actor.role is Role.PRODUCER and len(actor.producers) == 1:
        return see(producer_path(next(iter(actor.producers))))
    lang = request_language(request)
    rows, after = await helped(session, actor, words=q, cursor=sau)
    context: dict[str, Any] = {
        "action": PRODUCERS,
        "q": q,
        "producers": [_row(each, lang) for each in rows],
        "next": f"{PRODUCERS}?q={q}&sau={after}" if after else "",
        "ask_href": f"{DESK}/lam-ho" if actor.role is Role.HELPER else "",
        "duplicates_href": f"{DESK}/trung" if actor.is_office else "",
    }
    return render(request, "desk/producers.html", context, notices=done_notices(request))


def _row(each: Helped, lang: Lang) -> dict[str, Any]:
    producer = each.producer
    return {
        "name": producer.name,
        "href": producer_path(producer.id),
        "kind": translate(lang, KINDS[producer.kind]),
        "place": place_of(producer),
        "products": each.products,
        "products_href": f"{DESK}?chu_the={producer.id}",
        "waiting": each.waiting,
        "claimed": producer.claimed_at is not None,
    }


def place_of(producer: Producer) -> str:
    """The unit where it is today, in full."""
    unit = finder().unit(producer.current_unit_id or producer.province_id or "")
    return unit.full_name if unit else ""


@router.get(PRODUCERS + "/{producer_id}")
async def show(request: Request, session: SessionDep, actor: SignedInActorDep, producer_id: UUID) -> Response:
    """Hồ sơ cơ sở."""
    producer = await service.get_producer(session, actor, producer_id)
    return await _page(request, session, actor, producer, _values(producer), [])


@router.post(PRODUCERS + "/{producer_id}")
async def save(request: Request, session: SessionDep, actor: SignedInActorDep, producer_id: UUID) -> Response:
    """Save what was typed. An empty tax number leaves the one that is kept; a hyphen takes it away."""
    producer = await own_producer(session, actor, producer_id)
    values = await typed(request)
    given: dict[str, Any] = {name: values[name] for name in _OPEN_FIELDS if name in values}
    if values.get("tax_number"):
        given["tax_number"] = "" if values["tax_number"] == "-" else values["tax_number"]
    if values.get("unit_id"):
        given["unit_id"] = values["unit_id"]
    bank = {name: values[name] for name in _BANK_FIELDS if name in values}
    # Who may not change the account sends it back as it stood.
    given |= {name: text for name, text in bank.items() if text != (getattr(producer, name) or "")}
    try:
        patch = ProducerPatch.model_validate(given)
    except ValidationError as error:
        return await _page(request, session, actor, producer, values, invalid(error))
    saved = await tried(session, lambda: service.update_producer(session, actor, producer_id, patch))
    if isinstance(saved, HubError):
        await session.refresh(producer)
        return await _page(request, session, actor, producer, values, problems(saved, "name"))
    return see(producer_path(producer_id), "co-so")


@router.post(PRODUCERS + "/{producer_id}/dong-y")
async def consent(
    request: Request, session: SessionDep, actor: SignedInActorDep, producer_id: UUID
) -> Response:
    """Give and withdraw consents as the boxes are ticked."""
    form = await request.form()
    wanted = {each for each in ConsentPurpose if form.get(f"dong-y-{each.value}")}
    await consents.set_consents(session, actor, producer_id, wanted)
    return see(producer_path(producer_id), "dong-y")


@router.get(PRODUCERS + "/{producer_id}/noi")
async def find_place(
    request: Request,
    session: SessionDep,
    actor: SignedInActorDep,
    producer_id: UUID,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Choose the unit by its name, old or new."""
    producer = await own_producer(session, actor, producer_id)
    found = [unit for unit in finder().search(q, 20) if unit.level == "commune"] if q else []
    context = {
        "q": q,
        "action": f"{producer_path(producer_id)}/noi",
        "choose_action": producer_path(producer_id),
        "units": [{"id": unit.id, "name": _in_full(unit)} for unit in found],
        "back_href": producer_path(producer_id),
    }
    return render(
        request, "desk/place.html", context, breadcrumbs=crumbs(request_language(request), producer)
    )


def _in_full(unit: UnitRow) -> str:
    """The unit with what it lay in, which tells apart those of one name."""
    above = (finder().former_district_of(unit.id), finder().province_of(unit.id))
    return ", ".join([unit.full_name, *(each.full_name for each in above if each is not None)])


async def own_producer(session: AsyncSession, actor: Actor, producer_id: UUID) -> Producer:
    """The producer, if the actor may change it. Raises NotFound."""
    producer = await service.get_producer(session, actor, producer_id)
    if not actor.may_change(producer_id):
        raise NotFound("Không có chủ thể này, hoặc bạn không có quyền sửa.")
    return producer


def crumbs(lang: Lang, producer: Producer, here: str = "") -> list[Link]:
    """The way to a producer's page, and to one below it."""
    path = producer_path(producer.id)
    found = [Link(translate(lang, N_("Chủ thể")), PRODUCERS), Link(producer.name, path, current=not here)]
    return [*found, Link(translate(lang, here), "", current=True)] if here else found


def acting_for(actor: Actor, producer: Producer) -> str:
    """The producer's name where the actor works for it under a mandate."""
    return producer.name if producer.id in actor.mandated else ""


def _values(producer: Producer) -> dict[str, str]:
    names = (*_OPEN_FIELDS, *_BANK_FIELDS)
    return {name: str(getattr(producer, name) or "") for name in names} | {
        "tax_number": "" if is_personal(producer.tax_number) else producer.tax_number or ""
    }


async def _consents(session: AsyncSession, producer: Producer, lang: Lang) -> list[dict[str, Any]]:
    """What a person is asked to agree to, and when it was agreed to."""
    standing = await consents.given(session, producer.id)
    return [
        {
            "name": f"dong-y-{purpose.value}",
            "label": translate(lang, text),
            "given_at": standing[purpose].given_at if purpose in standing else None,
        }
        for purpose, text in CONSENTS.items()
    ]


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    producer: Producer,
    values: dict[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    path = producer_path(producer.id)
    owner = await service.is_owner(session, actor, producer.id)
    certified = finder().unit(producer.certified_unit_id or "")
    kinds = [(kind.value, translate(lang, text)) for kind, text in KINDS.items()]
    products = await session.scalar(
        select(func.count()).where(Product.producer_id == producer.id, Product.merged_into_id.is_(None))
    )
    context: dict[str, Any] = {
        "name": producer.name,
        "claimed": producer.claimed_at is not None,
        "action": path,
        "may_change": actor.may_change(producer.id),
        "values": {name: values.get(name, "") for name in (*_OPEN_FIELDS, *_BANK_FIELDS, "tax_number")},
        "has_personal_number": is_personal(producer.tax_number),
        "kind_options": goods.options(kinds, lang, first=""),
        "bank_options": goods.options(sorted(BANKS.items(), key=lambda b: b[1]), lang, first=N_("Chưa chọn")),
        "may_bank": owner or actor.is_office,
        "place": place_of(producer),
        "place_certified": certified.full_name if certified else "",
        "place_href": f"{path}/noi",
        "errors": errors,
        "card_href": f"/api/v1/producers/{producer.id}/payment-card.svg"
        if producer.bank_bin and producer.bank_account
        else "",
        "consent_action": f"{path}/dong-y" if owner and producer.kind in PERSONS else "",
        "consents": await _consents(session, producer, lang) if producer.kind in PERSONS else [],
        "products": products or 0,
        "products_href": f"{DESK}?chu_the={producer.id}",
        "members_href": f"{path}/nguoi",
        "mandates_href": f"{path}/lam-ho",
        "acts_href": f"{path}/viec-lam-ho",
        "code_action": f"{path}/ma-nhan" if actor.is_office else "",
    }
    return render(
        request,
        "desk/producer.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=crumbs(lang, producer),
        notices=[] if errors else done_notices(request),
        acting_for=acting_for(actor, producer),
    )
