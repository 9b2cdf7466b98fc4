"""Products out, in the columns that an import reads: what goes out and comes in again changes nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Found
from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue import queries
from ocop_hub.catalogue.models import Product, ProductGroup, ProductSubGroup
from ocop_hub.catalogue.season import season_text
from ocop_hub.certificates.models import Certificate, RecognitionDecision
from ocop_hub.certificates.validity import last_day
from ocop_hub.intake.columns import Field, name_of
from ocop_hub.intake.models import ExportMark
from ocop_hub.kit.clock import business_day
from ocop_hub.kit.formulas import neutral
from ocop_hub.places.dataset import UnitRow
from ocop_hub.places.finder import Finder, finder
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer, ProducerKind


class ExportFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


class ColumnNames(StrEnum):
    """How the columns are headed: as our own sheets are, or with the national system's field names."""

    OURS = "ours"
    NATIONAL = "national"


#: A cell of the sheet: text, or a whole number.
Value = str | int | None
Row = Mapping[Field, Value]

COLUMNS = (
    Field.CODE,
    Field.NAME,
    Field.PRODUCER,
    Field.PRODUCER_KIND,
    Field.GROUP,
    Field.STARS,
    Field.COMMUNE,
    Field.DISTRICT,
    Field.PROVINCE,
    Field.DECISION_NO,
    Field.ISSUED_ON,
    Field.EXPIRES_ON,
    Field.PRICE,
    Field.UNIT,
    Field.NET_WEIGHT,
    Field.DESCRIPTION,
    Field.GTIN,
    Field.SUB_GROUP,
    Field.INGREDIENTS,
    Field.WARNINGS,
    Field.STORAGE,
    Field.SHELF_LIFE,
    Field.SEASON,
    Field.DECLARATION,
    Field.TRADEMARK,
    Field.TRADEMARK_NO,
    Field.STORY,
)
#: Field names of the national system's public interface; what it has no name for keeps ours.
NATIONAL = {
    Field.CODE: "id",
    Field.NAME: "name",
    Field.PRODUCER: "manufacturer",
    Field.STARS: "ocop_star",
    Field.DESCRIPTION: "description",
    Field.STORY: "story",
    Field.DECISION_NO: "ocop_certificate_number",
    Field.ISSUED_ON: "issued_on",
    Field.EXPIRES_ON: "expiry_date",
}
_KINDS = {
    ProducerKind.ENTERPRISE: "Doanh nghiệp",
    ProducerKind.COOPERATIVE: "Hợp tác xã",
    ProducerKind.COOPERATIVE_GROUP: "Tổ hợp tác",
    ProducerKind.HOUSEHOLD: "Hộ kinh doanh",
}
#: A change is stamped when its transaction begins and seen when it ends: what was under way at the last export
#: is sent again.
_OVERLAP = timedelta(minutes=5)


async def exported(
    session: AsyncSession, actor: Actor, *, home_province: str, since: datetime | None = None
) -> list[Row]:
    """The actor's products with their latest certificate, the home province first; ``since``: only changed ones."""
    query = _changed(queries.visible_to(actor), since) if since else queries.visible_to(actor)
    latest = (
        select(Certificate)
        .ext(distinct_on(Certificate.product_id))
        .where(~func.isempty(Certificate.valid))
        .order_by(Certificate.product_id, func.lower(Certificate.valid).desc())
        .subquery()
    )
    found = await session.execute(
        queries.home_first(query, home_province)
        .join(Producer, Producer.id == Product.producer_id)
        .join(ProductGroup, ProductGroup.code == Product.group_code)
        .outerjoin(ProductSubGroup, ProductSubGroup.code == Product.sub_group_code)
        .outerjoin(latest, latest.c.product_id == Product.id)
        .outerjoin(RecognitionDecision, RecognitionDecision.id == latest.c.decision_id)
        .with_only_columns(
            Product,
            Producer.name.label("producer"),
            Producer.kind,
            ProductGroup.name_vi,
            ProductSubGroup.name_vi.label("sub_group"),
            latest.c.stars,
            latest.c.valid,
            latest.c.certified_unit_id.label("certified"),
            latest.c.certified_district_id.label("district"),
            RecognitionDecision.number,
        )
    )
    places = finder()
    return [_row(each, places) for each in found]


def _changed(query: Select[Product], since: datetime) -> Select[Product]:
    certified = select(Certificate.product_id).where(
        or_(Certificate.created_at > since, Certificate.withdrawn_at > since)
    )
    renamed = select(Producer.id).where(Producer.updated_at > since)
    return query.where(
        or_(Product.updated_at > since, Product.id.in_(certified), Product.producer_id.in_(renamed))
    )


def _row(found: Found[*tuple[Any, ...]], places: Finder) -> Row:
    product, producer, kind, group, sub_group, stars, valid, certified, district, number = found
    unit = places.unit(certified or product.certified_unit_id or product.current_unit_id or "")
    province = places.province_of(unit.id) if unit else places.unit(product.province_id or "")
    former = places.unit(district) if district else None
    if unit:
        commune, of_district = unit.full_name, former.full_name if former else ""
    else:
        commune, of_district = _as_written(product.commune_as_written, former is not None, province, places)
    return {
        Field.CODE: product.external_code,
        Field.NAME: product.name,
        Field.PRODUCER: producer,
        Field.PRODUCER_KIND: _KINDS[kind],
        Field.GROUP: group,
        Field.STARS: stars or product.declared_stars,
        Field.COMMUNE: commune,
        Field.DISTRICT: of_district,
        Field.PROVINCE: province.full_name if province else "",
        Field.DECISION_NO: number or "",
        Field.ISSUED_ON: _day(business_day(valid.lower) if valid and valid.lower else None),
        Field.EXPIRES_ON: _day(last_day(valid) if valid else None),
        Field.PRICE: product.price_vnd,
        Field.UNIT: product.unit,
        Field.NET_WEIGHT: product.net_weight_g,
        Field.DESCRIPTION: product.description,
        Field.GTIN: product.gtin or "",
        Field.SUB_GROUP: sub_group or "",
        Field.INGREDIENTS: product.ingredients,
        Field.WARNINGS: product.warnings,
        Field.STORAGE: product.storage,
        Field.SHELF_LIFE: product.shelf_life,
        Field.SEASON: season_text(product.season_months),
        Field.DECLARATION: product.declaration_number,
        Field.TRADEMARK: product.trademark,
        Field.TRADEMARK_NO: product.trademark_number,
        Field.STORY: product.story,
    }


def _as_written(
    written: str, names_district: bool, province: UnitRow | None, places: Finder
) -> tuple[str, str]:
    """Commune and district of a place nobody could tell, so put that nobody can now either."""
    if names_district:
        commune, _, district = written.rpartition(", ")
        return commune, district
    found = places.find_commune(written, "", province.full_name if province else "")
    return ("", written) if found.new_unit_id else (written, "")


def _day(day: date | None) -> str:
    return f"{day.day:02}/{day.month:02}/{day.year}" if day else ""


def written(rows: Sequence[Row], format: ExportFormat, names: ColumnNames = ColumnNames.OURS) -> bytes:
    """The rows as a file; CSV with ``;`` and the mark that lets Excel see UTF-8. CPU work."""
    heads = [NATIONAL.get(f, name_of(f)) if names is ColumnNames.NATIONAL else name_of(f) for f in COLUMNS]
    return _xlsx(heads, rows) if format is ExportFormat.XLSX else _csv(heads, rows)


def _xlsx(heads: Sequence[str], rows: Sequence[Row]) -> bytes:
    out = io.BytesIO()
    # Cells are typed as text, so nothing that begins with "=" is a formula.
    import xlsxwriter  # loaded where a workbook is written, not in a web process at rest

    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as workbook:
        sheet = workbook.add_worksheet("Sản phẩm")
        bold = workbook.add_format({"bold": True, "bg_color": "#E8F1EA", "text_wrap": True})
        for at, head in enumerate(heads):
            sheet.write_string(0, at, head, bold)
        for number, row in enumerate(rows, start=1):
            for at, name in enumerate(COLUMNS):
                value = row[name]
                if isinstance(value, int):
                    sheet.write_number(number, at, value)
                elif value:
                    sheet.write_string(number, at, value)
        sheet.set_column(0, len(heads) - 1, 18)
        sheet.freeze_panes(1, 2)
    return out.getvalue()


def _csv(heads: Sequence[str], rows: Sequence[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerow(heads)
    for row in rows:
        cells = (row[name] for name in COLUMNS)
        writer.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue().encode("utf-8-sig")


async def last_export(session: AsyncSession, actor: Actor) -> datetime | None:
    """From when on to look for changes for this user; None before the first export."""
    if actor.user_id is None:
        return None
    mark = await session.get(ExportMark, actor.user_id)
    return mark.exported_at - _OVERLAP if mark else None


async def mark_export(session: AsyncSession, actor: Actor, at: datetime, *, rows: int) -> None:
    """Remember that the actor took the products out at ``at``."""
    if actor.user_id is not None:
        adding = insert(ExportMark).values(user_id=actor.user_id, exported_at=at)
        await session.execute(
            adding.on_conflict_do_update(index_elements=["user_id"], set_={"exported_at": at})
        )
    only: UUID | None = next(iter(actor.producers)) if len(actor.producers) == 1 else None
    audit.record(
        session, actor=actor.label, action="intake.export", subject="products", producer_id=only, rows=rows
    )
