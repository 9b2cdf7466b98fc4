"""``ocop-hub listing``: look at listings, have them looked at, take them down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ocop_hub.cli.bulk import ProducerOption, UnitOption, only_one, run_bulk
from ocop_hub.cli.output import FormatOption, OutputFormat, print_json, print_listing

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

app = typer.Typer(no_args_is_help=True, help="Listings (tin đăng): show, refresh, unlist.")

ListingArgument = Annotated[str, typer.Argument(help="Id of the listing.")]


@app.command()
def show(
    what: Annotated[str, typer.Argument(help="Id of a listing, or id or name of a product.")],
    format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show one listing, or all of a product.

    Example: ocop-hub listing show "Miến dong Bình Liêu"
    """
    import asyncio

    found = asyncio.run(_found(what))
    if format is OutputFormat.JSON:
        print_json(found)
        return
    if not found:
        typer.echo("Sản phẩm này chưa có tin đăng nào. Đưa lên sàn: ocop-hub publish … --to …")
    for listing in found:
        print_listing(listing)


@app.command()
def refresh(listing: ListingArgument, format: FormatOption = OutputFormat.TEXT) -> None:
    """Have the worker look again now.

    Example: ocop-hub listing refresh 0199…
    """
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.publishing import service

    async def act(session: AsyncSession, listing_id: UUID) -> object:
        return await service.refresh(session, SYSTEM_ACTOR, listing_id=listing_id)

    _change(listing, act, format)


@app.command()
def unlist(
    listing: Annotated[str, typer.Argument(help="Id of the listing.", show_default=False)] = "",
    for_good: Annotated[
        bool, typer.Option("--for-good", help="It shall not come back; one listing only.")
    ] = False,
    producer: ProducerOption = "",
    unit: UnitOption = "",
    from_: Annotated[
        str, typer.Option("--from", help="Key of the marketplace, with --producer or --unit.")
    ] = "",
    wait: Annotated[
        bool, typer.Option("--wait", help="In bulk: wait until all are down; works without a worker.")
    ] = False,
    timeout: Annotated[float, typer.Option(help="Longest wait in seconds.")] = 120.0,
    format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Take a listing down (gỡ khỏi sàn), or all of a producer or a commune; the worker does it.

    Example: ocop-hub listing unlist 0199… --for-good

    Example: ocop-hub listing unlist --unit 06970 --from shopee --wait --format json
    """
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.publishing import service
    from ocop_hub.publishing.models import Desired
    from ocop_hub.publishing.models_beside import BulkKind

    only_one(listing, producer, unit, name="LISTING")
    if bool(from_) is bool(listing) or (wait and listing) or (for_good and not listing):
        raise typer.BadParameter(
            "--from and --wait go with --producer or --unit, which need --from; --for-good goes with LISTING."
        )
    if not listing:
        run_bulk(
            BulkKind.UNLIST, from_, producer=producer, unit=unit, wait=wait, timeout=timeout, format=format
        )
        return
    desired = Desired.WITHDRAWN if for_good else Desired.UNLISTED

    async def act(session: AsyncSession, listing_id: UUID) -> object:
        return await service.withdraw(session, SYSTEM_ACTOR, listing_id=listing_id, desired=desired)

    _change(listing, act, format)


async def _found(what: str) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from ocop_hub.cli.choose import as_uuid, find_product
    from ocop_hub.cli.publishing import open_publishing
    from ocop_hub.db import SYSTEM
    from ocop_hub.publishing.models import Listing

    async with open_publishing() as desk:
        async with desk.database.session(SYSTEM) as session:
            ids = list(await session.scalars(select(Listing.id).where(Listing.id == as_uuid(what))))
            if not ids:
                product = await find_product(session, what)
                ids = list(await session.scalars(select(Listing.id).where(Listing.product_id == product.id)))
        return [await desk.listing(each) for each in ids]


def _change(
    listing: str, act: Callable[[AsyncSession, UUID], Awaitable[object]], format: OutputFormat
) -> None:
    import asyncio

    changed = asyncio.run(_changed(listing, act))
    if format is OutputFormat.JSON:
        print_json(changed)
    else:
        print_listing(changed)


async def _changed(listing: str, act: Callable[[AsyncSession, UUID], Awaitable[object]]) -> dict[str, Any]:
    from ocop_hub.cli.choose import as_id
    from ocop_hub.cli.publishing import open_publishing
    from ocop_hub.db import SYSTEM

    listing_id = as_id(listing, "tin đăng")
    async with open_publishing() as desk:
        async with desk.database.session(SYSTEM) as session:
            await act(session, listing_id)
        return await desk.listing(listing_id)
