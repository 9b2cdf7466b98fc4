"""Finding what a person named on the command line: by id, or by a name whose marks and case do not matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

import typer
from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.errors import Conflict, NotFound
from ocop_hub.kit.text import fold
from ocop_hub.marketplaces.registry import ADAPTERS, MARKETPLACES
from ocop_hub.places.models import AdminUnit, UnitLevel
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.models import AccountState, MarketplaceAccount

#: Names shown when several fit.
SHOWN = 10

Named = TypeVar("Named", Product, Producer)


class SeveralFound(Conflict):
    code = "several-found"
    title = "Có nhiều mục cùng tên"


def as_uuid(text: str) -> UUID | None:
    """The id, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def as_id(text: str, what: str) -> UUID:
    """The id. Raises :class:`NotFound`."""
    found = as_uuid(text)
    if found is None:
        raise NotFound(f"«{text}» không phải mã của {what}.")
    return found


def check_marketplace(key: str) -> None:
    """Raises :class:`typer.BadParameter` (exit status 2) for a key that no marketplace has.

    Ask once the installation's own marketplaces are loaded (``open_runtime``).
    """
    if key not in MARKETPLACES and key not in ADAPTERS:
        raise typer.BadParameter(f"không có sàn nào tên «{key}»; có: {', '.join(sorted(ADAPTERS))}.")


async def find_product(session: AsyncSession, text: str) -> Product:
    """The product; a whole name goes before a part of one. Raises :class:`NotFound`, :class:`SeveralFound`."""
    live = select(Product).where(Product.merged_into_id.is_(None))
    key = as_uuid(text)
    if key is not None:
        return _only(text, (await session.scalars(live.where(Product.id == key))).all())
    return await _named(session, live, Product, text)


async def find_producer(session: AsyncSession, text: str) -> Producer:
    """The producer, as :func:`find_product` finds a product."""
    key = as_uuid(text)
    if key is not None:
        return _only(text, (await session.scalars(select(Producer).where(Producer.id == key))).all())
    return await _named(session, select(Producer), Producer, text)


async def find_commune(session: AsyncSession, text: str) -> AdminUnit:
    """The commune in force with this id or official code. Raises :class:`NotFound`."""
    found = await session.scalar(
        select(AdminUnit).where(
            or_(AdminUnit.id == text, AdminUnit.code == text),
            AdminUnit.level == UnitLevel.COMMUNE,
            AdminUnit.valid_to.is_(None),
        )
    )
    if found is None:
        raise NotFound(f"Không có xã, phường nào đang có hiệu lực mang mã «{text}».")
    return found


async def _named(session: AsyncSession, query: Select[Named], entity: type[Named], text: str) -> Named:
    folded = fold(text)
    for condition in (entity.name_folded == folded, entity.name_folded.contains(folded, autoescape=True)):
        rows = (await session.scalars(query.where(condition).limit(SHOWN + 1))).all()
        if rows and folded:
            return _only(text, rows)
    raise NotFound(f"Không có mục nào tên «{text}».")


def _only(text: str, rows: Sequence[Named]) -> Named:
    if not rows:
        raise NotFound(f"Không có mục nào mang mã {text}.")
    if len(rows) > 1:
        shown = "\n".join(f"  {row.id}  {row.name}" for row in rows[:SHOWN])
        raise SeveralFound(f"Có nhiều mục tên «{text}». Hãy dùng mã:\n{shown}")
    return rows[0]


async def find_stall(
    session: AsyncSession, *, marketplace_key: str, producer_id: UUID | None = None, shop: str = ""
) -> MarketplaceAccount:
    """The stall by its id or the marketplace's, or the only one of the producer there.

    Raises :class:`NotFound`, :class:`SeveralFound`, and as :func:`check_marketplace`.
    """
    check_marketplace(marketplace_key)
    query = select(MarketplaceAccount).where(
        MarketplaceAccount.marketplace_key == marketplace_key,
        MarketplaceAccount.state != AccountState.CLOSED,
    )
    if producer_id is not None:
        query = query.where(MarketplaceAccount.producer_id == producer_id)
    if shop:
        query = query.where(
            or_(MarketplaceAccount.shop_id == shop, MarketplaceAccount.id == (as_uuid(shop) or UUID(int=0)))
        )
    rows = (await session.scalars(query.limit(SHOWN + 1))).all()
    if not rows:
        raise NotFound(
            f"Chủ thể chưa có gian hàng trên {marketplace_key}. "
            f"Hãy kết nối trước: ocop-hub marketplace connect {marketplace_key} --producer … --shop …"
        )
    if len(rows) > 1:
        shown = "\n".join(f"  {row.shop_id}  {row.name}" for row in rows[:SHOWN])
        raise SeveralFound(f"Có nhiều gian hàng. Hãy chọn bằng --shop:\n{shown}")
    return rows[0]
