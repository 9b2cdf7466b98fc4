"""``ocop-hub report indicators`` and ``report evidence``: the other numbers, and a product's evidence pack."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from ocop_hub.reporting.evidence.pack import EvidencePack


class TableFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


def indicators(
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="End of this day in Vietnam; default: today")
    ] = None,
    format: Annotated[
        TableFormat, typer.Option(help="text for people; json, csv for programs; xlsx to send")
    ] = TableFormat.TEXT,
    out: Annotated[Path | None, typer.Option(help="Write here; needed for xlsx")] = None,
) -> None:
    """The other numbers of the province: producers, labels, scans, stalls, helpers, live streams, typed figures.

    Examples: ocop-hub report indicators
              ocop-hub report indicators --as-of 2026-09-30 --format json
              ocop-hub report indicators --format xlsx --out chi-tieu-khac.xlsx
    """
    if format is TableFormat.XLSX and out is None:
        raise typer.BadParameter("xlsx is a file: say where with --out", param_hint="--out")
    content = asyncio.run(_indicators(as_of.date() if as_of else None, format))
    if out is None:
        typer.get_binary_stream("stdout").write(content)
    else:
        out.write_bytes(content)
        typer.echo(f"Đã ghi {out}.")


async def _indicators(as_of: date | None, format: TableFormat) -> bytes:
    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.db import SYSTEM
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.reporting.coverage import question_for
    from ocop_hub.reporting.indicators.definitions import measure_all, years
    from ocop_hub.reporting.indicators.files import indicators_csv, indicators_xlsx, table
    from ocop_hub.reporting.indicators.routes import indicators_out
    from ocop_hub.reporting.indicators.values import latest_values

    async with open_runtime() as runtime, runtime.database.session(SYSTEM) as session:
        home = runtime.settings.home_province
        question = await question_for(session, province=home, as_of=as_of)
        measured = await measure_all(session, SYSTEM_ACTOR, question)
        typed = list(await session.scalars(latest_values(home, question.as_of)))
        series = await years(session, SYSTEM_ACTOR, question)
    if format is TableFormat.JSON:
        return indicators_out(question, measured, series, typed).model_dump_json(indent=2).encode() + b"\n"
    if format is TableFormat.CSV:
        return indicators_csv(measured, typed)
    if format is TableFormat.XLSX:
        return indicators_xlsx(question, measured, typed)
    lines = [f"Tính đến ngày {question.as_of:%d/%m/%Y}, cách tính số {question.rule.number}."]
    for name, part, value, unit, *_ in table(measured, typed):
        lines.append(f"  {part}: {value}" if part else f"{name}: {value} {unit}")
    return "\n".join([*lines, ""]).encode()


def evidence(
    product: Annotated[str, typer.Argument(help="Id, GTIN, or the product's code in another system")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A name that ends with .pdf or .zip")],
) -> None:
    """A product's evidence pack for its next recognition, as PDF or as zip with pictures, data and hashes.

    Examples: ocop-hub report evidence 08936003721777 -o ho-so.pdf
              ocop-hub report evidence 01a201cc-9f18-7090-af40-2f07689534cc -o ho-so.zip
    """
    from ocop_hub.reporting.evidence.files import evidence_pdf, evidence_zip

    writers = {".pdf": evidence_pdf, ".zip": evidence_zip}
    write = writers.get(output.suffix.lower())
    if write is None:
        raise typer.BadParameter("the name must end with .pdf or .zip", param_hint="--output")
    pack = asyncio.run(_evidence(product))
    output.write_bytes(write(pack))
    typer.echo(f"Đã ghi {output}: {pack.product_name}.")


async def _evidence(product: str) -> EvidencePack:
    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.db import SYSTEM
    from ocop_hub.media import open_media
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.reporting.evidence.pack import evidence_pack

    async with open_runtime() as runtime, runtime.database.session(SYSTEM) as session:
        product_id = await _product_id(session, product)
        media, url = open_media(runtime.settings), runtime.settings.public_url
        return await evidence_pack(session, media, SYSTEM_ACTOR, product_id, public_url=url)


async def _product_id(session: AsyncSession, text: str) -> UUID:
    """The product that is meant. Raises NotFound."""
    from sqlalchemy import or_

    from ocop_hub.catalogue.models import Product
    from ocop_hub.catalogue.queries import visible_to
    from ocop_hub.errors import NotFound
    from ocop_hub.producers.actor import SYSTEM_ACTOR

    try:
        return UUID(text)
    except ValueError:
        pass  # then it is one of its codes
    named = visible_to(SYSTEM_ACTOR).where(
        or_(Product.gtin.in_([text, text.zfill(14)]), Product.external_code == text)
    )
    found: UUID | None = await session.scalar(named.with_only_columns(Product.id).limit(1))
    if found is None:
        raise NotFound(f"Không có sản phẩm nào mang mã “{text[:60]}”.")
    return found
