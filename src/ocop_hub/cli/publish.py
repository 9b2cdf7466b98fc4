"""``ocop-hub publish``: put a product up in a stall, or all of a producer or a commune."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ocop_hub.cli.bulk import LOOK_EVERY, ProducerOption, UnitOption, only_one, run_bulk
from ocop_hub.cli.output import FormatOption, OutputFormat, print_json, print_listing


def publish(
    to: Annotated[str, typer.Option("--to", help="Key of the marketplace, e.g. shopee.")],
    product: Annotated[
        str,
        typer.Argument(help="Id or name of the product; marks and case do not matter.", show_default=False),
    ] = "",
    producer: ProducerOption = "",
    unit: UnitOption = "",
    shop: Annotated[str, typer.Option(help="The stall, where the producer has several there.")] = "",
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until it is live or a person's turn; works without a worker.")
    ] = False,
    timeout: Annotated[float, typer.Option(help="Longest wait in seconds.")] = 120.0,
    format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Put a product up, or every product of a producer or a commune; asking twice is asking once.

    Exit status 1 when --wait ends before it is live; in bulk, before all are done or with one refused.

    Example: ocop-hub publish "Miến dong Bình Liêu" --to shopee --wait --format json

    Example: ocop-hub publish --unit 06970 --to shopee --wait
    """
    import asyncio

    from ocop_hub.publishing.models_beside import BulkKind

    only_one(product, producer, unit, name="PRODUCT")
    if not product:
        if shop:
            raise typer.BadParameter(
                "--shop goes with one product; in bulk each producer's first stall is used."
            )
        run_bulk(
            BulkKind.PUBLISH, to, producer=producer, unit=unit, wait=wait, timeout=timeout, format=format
        )
        return
    listing = asyncio.run(_publish(product, to, shop, timeout if wait else 0.0))
    if format is OutputFormat.JSON:
        print_json(listing)
    else:
        print_listing(listing)
    if wait and listing["state"] != "live":
        raise typer.Exit(1)


async def _publish(product: str, key: str, shop: str, timeout: float) -> dict[str, Any]:
    import asyncio
    import contextlib

    from ocop_hub.cli.choose import check_marketplace, find_product, find_stall
    from ocop_hub.cli.publishing import open_publishing
    from ocop_hub.db import SYSTEM
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.publishing import service
    from ocop_hub.publishing.lane.controller import drain

    async with open_publishing() as desk:
        check_marketplace(key)
        async with desk.database.session(SYSTEM) as session:
            found = await find_product(session, product)
            stall = await find_stall(session, marketplace_key=key, producer_id=found.producer_id, shop=shop)
            asked = await service.request_listing(
                session, SYSTEM_ACTOR, product_id=found.id, account_id=stall.id
            )
            listing_id = asked.id
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while (await desk.listing(listing_id))["state"] in (
                    "none",
                    "preparing",
                    "submitted",
                    "in_review",
                ):
                    # A worker may be draining as well: the rows' leases keep the two apart.
                    await drain(desk.database, desk.outside, key)
                    await asyncio.sleep(LOOK_EVERY)
        return await desk.listing(listing_id)
