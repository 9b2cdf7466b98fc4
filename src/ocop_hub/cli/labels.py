"""``ocop-hub labels``: sheets and files of labels for those who work at the server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from ocop_hub.settings import Settings
    from ocop_hub.traceability.labels.files import RunLabels
    from ocop_hub.traceability.models import Lot

app = typer.Typer(no_args_is_help=True, help="Sheets and files of trace labels.")

OutOption = Annotated[Path, typer.Option("--out", help="File to write; its folder must exist.")]
LayoutOption = Annotated[
    str, typer.Option("--layout", help="Size of the label paper; see ocop-hub labels layouts.")
]


@app.command()
def sheet(
    lot: Annotated[str, typer.Argument(help="Id of the lot, or its code when only one lot has it.")],
    out: OutOption,
    layout: LayoutOption = "a4-3x8",
    count: Annotated[int, typer.Option("--count", help="How many labels.")] = 24,
    serial: Annotated[bool, typer.Option("--serial", help="A serial of its own on each label.")] = False,
    offset_x: Annotated[float, typer.Option("--offset-x", help="Millimetres to the right.")] = 0.0,
    offset_y: Annotated[float, typer.Option("--offset-y", help="Millimetres down.")] = 0.0,
) -> None:
    """Plan a print run of a lot and write its labels as PDF.

    Example: ocop-hub labels sheet LO-2026-09 --layout a4-3x8 --count 24 --out tem.pdf
    """
    from ocop_hub.kit import clock
    from ocop_hub.media import open_media
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.traceability.labels import files as label_files
    from ocop_hub.traceability.labels import marks as label_marks
    from ocop_hub.traceability.labels import print_runs
    from ocop_hub.traceability.labels.layouts import layout_on
    from ocop_hub.traceability.labels.lot_keys import sealer_of
    from ocop_hub.traceability.models import RunKind

    async def work(session: AsyncSession, settings: Settings) -> RunLabels:
        sealer = sealer_of(settings)
        plan = print_runs.RunPlan(RunKind.SERIAL if serial else RunKind.LOT, count)
        run = await print_runs.plan_run(
            session,
            SYSTEM_ACTOR,
            await _find_lot(session, lot),
            plan,
            public_url=settings.public_url,
            sealer=sealer,
        )
        labels = await label_files.labels_of(session, run, sealer=sealer)
        paper = layout_on(layout, clock.today()).shifted(offset_x, offset_y)
        await print_runs.record_printing(session, SYSTEM_ACTOR, run, as_what=f"pdf, {paper.name}")
        mark = await label_marks.artwork_of(session, open_media(settings), run)
        out.write_bytes(await label_files.pdf(labels, paper, mark=mark))
        return labels

    labels = _run(work)
    typer.echo(f"{labels.name}, lô {labels.lot_code}: {labels.count} tem → {out}")


@app.command("csv")
def csv_file(
    run: Annotated[UUID, typer.Argument(help="Id of the print run.")],
    out: OutOption,
) -> None:
    """Write a print run for a print house: number, serial, address; the manifest goes beside it.

    Example: ocop-hub labels csv 01a2… --out dot-1.csv
    """
    import dataclasses
    import json

    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.traceability.labels import files as label_files
    from ocop_hub.traceability.labels import print_runs
    from ocop_hub.traceability.labels.lot_keys import sealer_of

    async def work(session: AsyncSession, settings: Settings) -> RunLabels:
        found = await print_runs.find_run(session, SYSTEM_ACTOR, run)
        await print_runs.record_printing(session, SYSTEM_ACTOR, found, as_what="csv")
        return await label_files.labels_of(session, found, sealer=sealer_of(settings))

    labels = _run(work)
    with out.open("wb") as file:
        for piece in labels.csv():
            file.write(piece)
    manifest = dataclasses.asdict(asyncio.run(label_files.manifest(labels)))
    beside = out.with_suffix(".manifest.json")
    beside.write_text(
        json.dumps(manifest, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8"
    )
    typer.echo(f"{labels.name}, lô {labels.lot_code}: {labels.count} tem → {out}, {beside}")


@app.command("layouts")
def list_layouts() -> None:
    """List the sizes of label paper that are known.

    Example: ocop-hub labels layouts
    """
    from ocop_hub.kit import clock
    from ocop_hub.traceability.labels.layouts import layout_on, layouts

    for key in layouts():
        typer.echo(f"{key:12} {layout_on(key, clock.today()).name}")


async def _find_lot(session: AsyncSession, named: str) -> Lot:
    """The lot of that id or code. Raises LotNotFound when there is none, or several have the code."""
    from sqlalchemy import select

    from ocop_hub.traceability.errors import LotNotFound
    from ocop_hub.traceability.models import Lot

    try:
        asked = Lot.id == UUID(named)
    except ValueError:
        asked = Lot.code == named.upper()
    lots = (await session.scalars(select(Lot).where(asked).limit(2))).all()
    if len(lots) != 1:
        why = "Không có lô" if not lots else "Nhiều lô cùng mang số"
        raise LotNotFound(f"{why} “{named}”. Hãy ghi mã định danh (id) của lô.")
    return lots[0]


def _run(work: Callable[[AsyncSession, Settings], Awaitable[RunLabels]]) -> RunLabels:
    """One transaction under the service's own scope."""
    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.db import SYSTEM

    async def main() -> RunLabels:
        async with open_runtime() as runtime, runtime.database.session(SYSTEM) as session:
            return await work(session, runtime.settings)

    return asyncio.run(main())
