"""Open data: closed figures, and the catalogue's public fields, once the province has published them.

Off until an office publishes, which is an act with a date, a document and terms of use; taken back by another act.
Only closed figures are open: a figure without a document number never is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Select, and_, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue.models import Product, ProductGroup
from ocop_hub.catalogue.queries import visible_to
from ocop_hub.certificates.models import Certificate
from ocop_hub.certificates.validity import last_day
from ocop_hub.errors import FieldProblem
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.paging import BadCursor, cut, read_cursor
from ocop_hub.kit.text import clean
from ocop_hub.places.models import AdminUnit
from ocop_hub.places.queries import province_in_force
from ocop_hub.producers.actor import PUBLIC_ACTOR, Actor, require_office
from ocop_hub.producers.models import Producer, ProducerKind
from ocop_hub.reporting.errors import LicenceMissing, OpenDataOff
from ocop_hub.reporting.models import ClosedFigure, OpenDataAct, ReportPeriod

LONGEST_TEXT: Final = 300


@dataclass(frozen=True, slots=True)
class Terms:
    """What an office says when it publishes."""

    licence: str
    licence_url: str = ""
    document_number: str = ""
    catalogue: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed figure with its period; the last correction where there are several."""

    period: ReportPeriod
    figure: ClosedFigure


@dataclass(frozen=True, slots=True)
class OpenProduct:
    """What everybody may know of a product. ``producer_name`` is empty for a household: it names a person."""

    id: UUID
    name: str
    group_code: str
    group_name: str
    producer_name: str
    producer_kind: ProducerKind
    unit_code: str
    unit_name: str
    stars: int | None
    certificate_number: str
    valid_until: date | None
    gtin: str


def acts(province: str) -> Select[OpenDataAct]:
    """Every act of the province, the last first."""
    query = select(OpenDataAct).where(OpenDataAct.province == province)
    return query.order_by(OpenDataAct.acted_at.desc(), OpenDataAct.id.desc())


async def in_force(session: AsyncSession, province: str) -> OpenDataAct | None:
    """The act that holds, when it publishes; else None."""
    act: OpenDataAct | None = await session.scalar(acts(province).limit(1))
    return act if act is not None and act.published else None


async def published(session: AsyncSession, province: str, *, catalogue: bool = False) -> OpenDataAct:
    """The act by which data are open. Raises :class:`OpenDataOff`, for the catalogue also where only figures are."""
    act = await in_force(session, province)
    if act is None:
        raise OpenDataOff("Dữ liệu này chưa được công bố. Khi cấp tỉnh công bố, địa chỉ này sẽ mở.")
    if catalogue and not act.catalogue:
        raise OpenDataOff("Danh mục sản phẩm chưa được công bố thành dữ liệu mở.")
    return act


async def publish(session: AsyncSession, actor: Actor, province: str, terms: Terms) -> OpenDataAct:
    """Publish from now on, under these terms. Raises :class:`LicenceMissing`, and Forbidden unless an office acts."""
    require_office(actor)
    licence, address = clean(terms.licence), terms.licence_url.strip()
    problems = []
    if not licence or len(licence) > LONGEST_TEXT:
        problems.append(FieldProblem("licence", "missing", "Hãy ghi điều kiện sử dụng, tối đa 300 ký tự."))
    if address and (urlsplit(address).scheme != "https" or len(address) > LONGEST_TEXT):
        problems.append(FieldProblem("licence_url", "invalid", "Đường dẫn phải bắt đầu bằng https://."))
    if len(terms.document_number) > LONGEST_TEXT:
        problems.append(FieldProblem("document_number", "invalid", "Số văn bản tối đa 300 ký tự."))
    if problems:
        raise LicenceMissing(" ".join(each.problem for each in problems), fields=problems)
    return await _act(
        session,
        actor,
        OpenDataAct(
            id=new_id(),
            province=province,
            published=True,
            catalogue=terms.catalogue,
            licence=licence,
            licence_url=address,
            document_number=clean(terms.document_number),
            acted_by=actor.label,
            acted_at=clock.now(),
        ),
    )


async def take_back(session: AsyncSession, actor: Actor, province: str) -> OpenDataAct:
    """Stop publishing. Raises :class:`OpenDataOff` when nothing is, and Forbidden unless an office acts."""
    require_office(actor)
    await published(session, province)
    withdrawn = OpenDataAct(
        id=new_id(), province=province, published=False, acted_by=actor.label, acted_at=clock.now()
    )
    return await _act(session, actor, withdrawn)


async def _act(session: AsyncSession, actor: Actor, act: OpenDataAct) -> OpenDataAct:
    session.add(act)
    await session.flush()  # columns left out get their defaults
    audit.record(
        session,
        actor=actor.label,
        action="reporting.publish_open_data" if act.published else "reporting.take_back_open_data",
        subject=f"open_data_act:{act.id}",
        catalogue=act.catalogue,
        licence=act.licence,
        document_number=act.document_number,
    )
    return act


async def closed_figures(session: AsyncSession, province: str, *, limit: int | None = None) -> list[Closed]:
    """What the province has reported, the latest day first: of each period the last figure."""
    last = (
        select(ClosedFigure)
        .ext(distinct_on(ClosedFigure.period_id))
        .order_by(ClosedFigure.period_id, ClosedFigure.number.desc())
        .subquery("last")
    )
    query = (
        select(ReportPeriod, ClosedFigure)
        .join(ClosedFigure, ClosedFigure.period_id == ReportPeriod.id)
        .join(last, and_(last.c.id == ClosedFigure.id))
        .where(ReportPeriod.province == province)
        .order_by(ReportPeriod.as_of.desc())
        .limit(limit)
    )
    return [Closed(period, figure) for period, figure in await session.execute(query)]


def _products(province: str) -> Select[*tuple[Any, ...]]:
    held = (
        select(Certificate.product_id, Certificate.stars, Certificate.number, Certificate.valid)
        .where(Certificate.valid.contains(func.now()))
        .subquery("held")
    )
    query = (
        visible_to(PUBLIC_ACTOR)
        .join(ProductGroup, ProductGroup.code == Product.group_code)
        .join(Producer, Producer.id == Product.producer_id)
        .join(AdminUnit, AdminUnit.id == Product.current_unit_id, isouter=True)
        .join(held, held.c.product_id == Product.id, isouter=True)
    )
    if province:
        query = query.where(Product.province_id == province_in_force(province))
    return query.with_only_columns(
        Product.id,
        Product.name,
        Product.sort_key,
        Product.group_code,
        ProductGroup.name_vi,
        Producer.name.label("producer_name"),
        Producer.kind,
        AdminUnit.code.label("unit_code"),
        AdminUnit.full_name.label("unit_name"),
        held.c.stars,
        held.c.number,
        held.c.valid,
        Product.gtin,
        maintain_column_froms=True,
    )


async def products(
    session: AsyncSession, province: str, *, cursor: str = "", limit: int = 1_000
) -> tuple[list[OpenProduct], str | None]:
    """One page of the catalogue's public fields, in Vietnamese order, and the next cursor. Raises ``BadCursor``."""
    query = _products(province).order_by(Product.sort_key, Product.id).limit(limit + 1)
    if cursor:
        key, product_id = read_cursor(cursor, 2)
        try:
            mark = tuple_(literal(key), literal(UUID(product_id)))
        except ValueError:
            raise BadCursor(cursor) from None
        query = query.where(tuple_(Product.sort_key, Product.id) > mark)
    rows: Sequence[Any] = (await session.execute(query)).mappings().all()
    shown, after = cut(rows, limit, lambda row: (row["sort_key"], str(row["id"])))
    return [_open(row) for row in shown], after


def _open(row: Any) -> OpenProduct:
    household = row["kind"] is ProducerKind.HOUSEHOLD
    return OpenProduct(
        id=row["id"],
        name=row["name"],
        group_code=row["group_code"],
        group_name=row["name_vi"],
        producer_name="" if household else row["producer_name"],
        producer_kind=row["kind"],
        unit_code=row["unit_code"] or "",
        unit_name=row["unit_name"] or "",
        stars=row["stars"],
        certificate_number=row["number"] or "",
        valid_until=last_day(row["valid"]) if row["valid"] else None,
        gtin=row["gtin"] or "",
    )
