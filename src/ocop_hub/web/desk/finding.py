"""What a list of products is asked for in its address: the box, the filters, and their choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import queries as catalogue
from ocop_hub.desk.queries import Shown, Wanted, units_with_products
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.web import goods
from ocop_hub.web.desk.lacking import FIELD_NAMES, PAPER_NAMES
from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import N_, translate

Words = Annotated[str, Query(max_length=300)]
Choice = Annotated[str, Query(max_length=60)]
Cursor = Annotated[str, Query(max_length=1_000)]

SHOWN_LABELS: Final = {
    Shown.LIVE: N_("Đang hiển thị"),
    Shown.NOWHERE: N_("Chưa hiển thị trên sàn nào"),
    Shown.NEEDS_PERSON: N_("Chờ bạn làm"),
    Shown.REJECTED: N_("Sàn trả lại"),
    Shown.NOT_SENT: N_("Chưa gửi"),
    Shown.UNKNOWN: N_("Chưa kiểm tra được"),
}
STARS: Final = ("3", "4", "5")


@dataclass(frozen=True, slots=True)
class Asked:
    """The query of a list's address; what is no choice of ours counts as not chosen."""

    query: dict[str, str]
    wanted: Wanted


def asked(
    q: Words = "",
    state: Choice = "",
    san: Choice = "",
    nhom: Choice = "",
    sao: Choice = "",
    noi: Choice = "",
    thieu: Choice = "",
    chu_the: Choice = "",
) -> Asked:
    """``q`` words; ``state`` on ``san`` (a marketplace); ``nhom`` group; ``sao`` stars; ``noi`` unit; ``thieu`` lack;
    ``chu_the`` the id of one producer.
    """
    shown = Shown(state) if state in set(Shown) else None
    stars = int(sao) if sao in STARS else None
    try:
        producer_id = UUID(chu_the) if chu_the else None
    except ValueError:
        producer_id = None
    query = {
        "q": q,
        "state": shown.value if shown else "",
        "san": san,
        "nhom": nhom,
        "sao": sao if stars else "",
        "noi": noi,
        "thieu": thieu,
        "chu_the": str(producer_id) if producer_id else "",
    }
    wanted = Wanted(
        words=q,
        shown=shown,
        marketplace=san,
        group=nhom,
        stars=stars,
        unit_id=noi,
        lacks=thieu,
        producer_id=producer_id,
    )
    return Asked(query, wanted)


AskedDep = Annotated[Asked, Depends(asked)]


async def filters(
    session: AsyncSession, actor: Actor, given: Asked, *, home_province: str, lang: Lang
) -> list[dict[str, Any]]:
    """The selects above a list, the state on marketplaces first; ``value``: what is chosen."""
    marketplaces = await _marketplaces(session)
    groups = [(each.code, goods.group_name(each, lang)) for each in await session.scalars(catalogue.groups())]
    units = await units_with_products(session, actor, home_province)
    lacks = [
        *((key, translate(lang, N_("Chưa đủ để lên %(name)s"), name=name)) for key, name in marketplaces),
        *(
            (key, translate(lang, N_("Chưa đủ cho %(name)s"), name=translate(lang, name)))
            for key, name in PAPER_NAMES.items()
        ),
        *((f"field:{key}", translate(lang, name)) for key, name in FIELD_NAMES.items()),
    ]
    choices: list[tuple[str, str, list[tuple[str, str]]]] = [
        (
            "state",
            N_("Trạng thái trên sàn"),
            [(each.value, translate(lang, text)) for each, text in SHOWN_LABELS.items()],
        ),
        ("san", N_("Sàn"), marketplaces),
        ("nhom", N_("Nhóm sản phẩm"), groups),
        ("sao", N_("Hạng sao"), [(n, translate(lang, N_("%(n)s sao"), n=n)) for n in STARS]),
        ("noi", N_("Đơn vị hành chính"), units),
        ("thieu", N_("Còn thiếu gì"), lacks),
    ]
    return [
        {
            "name": name,
            "label": translate(lang, label),
            "options": goods.options(options, lang),
            "value": given.query[name],
        }
        for name, label, options in choices
    ]


async def _marketplaces(session: AsyncSession) -> list[tuple[str, str]]:
    rows = await session.execute(
        select(MarketplaceRow.key, MarketplaceRow.name)
        .where(MarketplaceRow.has_adapter, MarketplaceRow.open_during.contains(func.now()))
        .order_by(MarketplaceRow.position)
    )
    return [(key, name) for key, name in rows]
