"""What ``publish`` and ``listing unlist`` share when they are asked for a producer or a whole commune."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ocop_hub.cli.output import OutputFormat, print_json

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from ocop_hub.cli.publishing import Desk
    from ocop_hub.publishing.bulk.service import Wish
    from ocop_hub.publishing.models_beside import BulkKind

#: Seconds between two looks at the rows while waiting.
LOOK_EVERY = 0.3
#: Refused products whose reason is told; the counts are always whole.
MOST_PROBLEMS = 50

ProducerOption = Annotated[
    str, typer.Option("--producer", help="All products of this producer: id or name.", show_default=False)
]
UnitOption = Annotated[
    str,
    typer.Option(
        "--unit",
        help="All products of this commune's producers: its id or code of today.",
        show_default=False,
    ),
]


def only_one(one: str, producer: str, unit: str, *, name: str) -> None:
    """Raises :class:`typer.BadParameter` unless exactly one of the three is given."""
    if sum(map(bool, (one, producer, unit))) != 1:
        raise typer.BadParameter(f"Give one of {name}, --producer and --unit.")


def run_bulk(
    kind: BulkKind, key: str, *, producer: str, unit: str, wait: bool, timeout: float, format: OutputFormat
) -> None:
    """Begin the run, say how far it is; exit status 1 when ``wait`` ends with something left undone."""
    import asyncio

    told = asyncio.run(_run(kind, key, producer, unit, timeout if wait else 0.0))
    if format is OutputFormat.JSON:
        print_json(told)
    else:
        _print(told)
    if wait and (not told["over"] or told["refused"]):
        raise typer.Exit(1)


async def _run(kind: BulkKind, key: str, producer: str, unit: str, timeout: float) -> dict[str, Any]:
    import asyncio
    import contextlib

    from ocop_hub.cli.choose import check_marketplace
    from ocop_hub.cli.publishing import open_publishing
    from ocop_hub.db import SYSTEM
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.publishing.bulk import service as bulk
    from ocop_hub.publishing.lane.controller import drain
    from ocop_hub.publishing.preview import adapter_of

    async with open_publishing() as desk:
        check_marketplace(key)
        adapter_of(desk.outside, key)
        async with desk.database.session(SYSTEM) as session:
            wish = await _wish(session, kind, key, producer, unit)
            run_id = (await bulk.begin(session, SYSTEM_ACTOR, wish)).id
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not (await _told(desk, run_id))["over"]:
                    # A worker may be at it as well: locked rows and leases keep the two apart.
                    await bulk.work(desk.database, run_id)
                    await drain(desk.database, desk.outside, key)
                    await asyncio.sleep(LOOK_EVERY)
        return await _told(desk, run_id)


async def _wish(session: AsyncSession, kind: BulkKind, key: str, producer: str, unit: str) -> Wish:
    from ocop_hub.cli.choose import find_commune, find_producer
    from ocop_hub.publishing.bulk.service import Wish

    if producer:
        return Wish(kind, key, producer_id=(await find_producer(session, producer)).id)
    return Wish(kind, key, unit_id=(await find_commune(session, unit)).id)


async def _told(desk: Desk, run_id: UUID) -> dict[str, Any]:
    """The run as the API shows it, with the refused products."""
    from ocop_hub.db import SYSTEM
    from ocop_hub.publishing.bulk import service as bulk
    from ocop_hub.publishing.models_beside import BulkRow, BulkState

    async with desk.database.session(SYSTEM) as session:
        run, done = await bulk.get_run(session, run_id), await bulk.progress(session, run_id)
        refused = await session.scalars(
            bulk.rows_of(run_id).where(BulkRow.state == BulkState.REFUSED).limit(MOST_PROBLEMS)
        )
        return {
            "id": str(run.id),
            "kind": run.kind.value,
            "marketplace_key": run.marketplace_key,
            "scope_name": run.scope_name,
            "total": done.total,
            "waiting": done.waiting,
            "refused": done.refused,
            "by_state": {state.value: count for state, count in sorted(done.by_state.items())},
            "not_sent": done.not_sent,
            "held": done.held,
            "over": done.over,
            "problems": [{"product_id": str(row.product_id), "problem": row.problem} for row in refused],
        }


def _print(told: dict[str, Any]) -> None:
    typer.echo(f"{told['id']}  {told['kind']}  {told['marketplace_key']}  {told['scope_name']}")
    counts = {
        "total": told["total"],
        "waiting": told["waiting"],
        "refused": told["refused"],
        "held": told["held"],
    }
    for name, count in {**counts, **told["by_state"]}.items():
        typer.echo(f"  {name}: {count}")
    for each in told["problems"]:
        typer.echo(f"  {each['product_id']}  {each['problem']}")
