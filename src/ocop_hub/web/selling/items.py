"""What already stands in a stall: each item is adopted for a product or set aside, one by one or all at once.

Where no interface tells of it, the owner pastes the addresses of the product pages.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.queries import visible_to
from ocop_hub.db import SessionDep
from ocop_hub.marketplaces.contract import Marketplace, Mode
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing import service
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.errors import NoAdapter
from ocop_hub.publishing.models import MarketplaceAccount, ShopItem
from ocop_hub.publishing.preview import adapter_of
from ocop_hub.publishing.queries import open_items
from ocop_hub.publishing.stalls import pasted
from ocop_hub.publishing.stalls.matching import SETTLING
from ocop_hub.web import goods
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import done_notices, see
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.selling.listing_text import because
from ocop_hub.web.selling.stalls import STALLS

router = APIRouter(include_in_schema=False)

_CHOOSE: Final = N_("Chọn sản phẩm")
_MOST_SHOWN: Final = 100
_MOST_PRODUCTS: Final = 300

_WRONG: Final = {
    pasted.Wrong.NOT_THIS_MARKET: N_(
        "Dòng %(number)s không phải trang sản phẩm của %(market)s. Hãy chép cả địa chỉ của trang sản phẩm."
    ),
    pasted.Wrong.LISTED: N_("Dòng %(number)s đã là một tin đăng của gian hàng này. Hãy xóa dòng đó."),
    pasted.Wrong.TOO_MANY: N_("Dòng %(number)s chưa được nhận: mỗi lần nhận 100 dòng. Hãy gửi tiếp."),
}
_UNREAD: Final = {
    pasted.Reading.GONE: N_("Trang này không còn sản phẩm. Hãy bỏ qua, hoặc dán đường dẫn khác."),
    pasted.Reading.NO_ANSWER: N_(
        "Trang không mở được. Hãy dán lại đường dẫn để thử lại, hoặc tự chọn sản phẩm."
    ),
    pasted.Reading.ELSEWHERE: N_(
        "Đường dẫn này mở ra một trang khác. Hãy chép lại địa chỉ trên trang sản phẩm."
    ),
    pasted.Reading.NO_TITLE: N_("Không đọc được tên sản phẩm trên trang. Hãy tự chọn sản phẩm, hoặc bỏ qua."),
    pasted.Reading.OTHER_SELLER: N_("Trang này ghi tên người bán khác. Hãy kiểm tra lại trước khi nhận."),
}


@router.get(STALLS + "/{stall_id}/muc")
async def show_items(
    request: Request, session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, stall_id: UUID
) -> Response:
    """Items nobody answered yet, those that look like a product first."""
    return await _page(request, session, actor, outside, stall_id, [])


@router.post(STALLS + "/{stall_id}/muc/duong-dan")
async def paste_links(
    request: Request, session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, stall_id: UUID
) -> Response:
    """Take pasted addresses; the lines that are none are shown again, the others are taken all the same."""
    account = await service.account_of(session, actor, stall_id)
    marketplace = adapter_of(outside, account.marketplace_key)
    text = str((await request.form()).get("links", ""))
    wrong = await pasted.paste(session, actor, marketplace, account_id=stall_id, text=text)
    if not wrong:
        return see(f"{STALLS}/{stall_id}/muc", "cac-duong-dan")
    await session.flush()
    return await _page(request, session, actor, outside, stall_id, wrong)


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    outside: Outside,
    stall_id: UUID,
    wrong: list[pasted.WrongLine],
) -> Response:
    account = await service.account_of(session, actor, stall_id)
    may_change = actor.may_change(account.producer_id)
    items = list(await session.scalars(open_items(actor, stall_id).limit(_MOST_SHOWN)))
    products = await _products(session, actor, account)
    names = dict(products)
    matched = [each for each in items if each.product_id in names]
    settled = sum(1 for each in matched if SETTLING.intersection(each.grounds))
    lang = request_language(request)
    marketplace = _market(outside, account)
    takes = may_change and marketplace is not None and pasted.takes_links(account, marketplace)
    market = marketplace.name if marketplace else account.marketplace_key
    context: dict[str, Any] = {
        "market_name": market,
        "stall_name": account.name,
        "adopt_all_href": f"{STALLS}/{stall_id}/muc" if may_change and settled > 1 else "",
        "paste_href": f"{STALLS}/{stall_id}/muc/duong-dan" if takes else "",
        "links": "\n".join(each.text for each in wrong),
        "errors": [
            {
                "field": "links",
                # The box now holds these lines only.
                "problem": translate(lang, _WRONG[each.why], number=number, market=market),
            }
            for number, each in enumerate(wrong, start=1)
        ],
        "matched": [_row(each, names, lang) for each in matched],
        "others": [_row(each, names, lang) for each in items if each.product_id not in names],
        "product_options": goods.options([(str(id), name) for id, name in products], lang, first=_CHOOSE),
        "may_change": may_change,
        "reading": account.mode is Mode.API and account.items_read_at is None,
        "back_href": STALLS,
    }
    status = 422 if wrong else 200
    return render(request, "desk/stall_items.html", context, status, notices=done_notices(request))


@router.post(STALLS + "/{stall_id}/muc")
async def adopt_all(session: SessionDep, actor: SignedInActorDep, stall_id: UUID) -> Response:
    """Adopt every item for the product that it looks like."""
    await service.adopt_matched(session, actor, account_id=stall_id)
    return see(f"{STALLS}/{stall_id}/muc", "nhan")


def _market(outside: Outside, account: MarketplaceAccount) -> Marketplace | None:
    """The adapter; a stall whose marketplace lost its own still shows its items."""
    try:
        return adapter_of(outside, account.marketplace_key)
    except NoAdapter:
        return None


async def _products(
    session: AsyncSession, actor: Actor, account: MarketplaceAccount
) -> list[tuple[UUID, str]]:
    """The producer's products that an item may be."""
    rows = await session.execute(
        visible_to(actor)
        .with_only_columns(Product.id, Product.name)
        .where(Product.producer_id == account.producer_id)
        .order_by(Product.sort_key, Product.id)
        .limit(_MOST_PRODUCTS)
    )
    return [(id, name) for id, name in rows]


def _row(item: ShopItem, names: dict[UUID, str], lang: Lang) -> dict[str, Any]:
    unread = next((text for reading, text in _UNREAD.items() if item.raw_state == reading), "")
    return {
        "title": item.title or item.public_url,
        "waiting": item.raw_state == pasted.Reading.WAITING,
        "problem": translate(lang, unread) if unread else "",
        "price_vnd": item.price_vnd,
        "link": item.public_url,
        "product_name": names.get(item.product_id, "") if item.product_id else "",
        "because": because(item, lang),
        "picture_only": not SETTLING.intersection(item.grounds),
        "adopt_href": f"{DESK}/muc/{item.id}/nhan",
        "ignore_href": f"{DESK}/muc/{item.id}/bo-qua",
    }
