"""``ocop-hub marketplace``: what there is, connecting stalls, and answering for what already stands in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ocop_hub.cli.output import FormatOption, OutputFormat, print_json, print_listing

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

app = typer.Typer(no_args_is_help=True, help="Marketplaces (sàn) and stalls (gian hàng).")

ItemArgument = Annotated[str, typer.Argument(help="Id of the item, as connect and items print it.")]


@app.command("list")
def list_marketplaces(format: FormatOption = OutputFormat.TEXT) -> None:
    """Every marketplace and channel, and how products get there. Needs no database.

    Example: ocop-hub marketplace list --format json
    """
    from ocop_hub.kit import clock
    from ocop_hub.marketplaces import own
    from ocop_hub.marketplaces.registry import ADAPTERS, MARKETPLACES
    from ocop_hub.settings import get_settings

    settings = get_settings()
    own.load(settings.profiles_dir, settings.marketplace_modules)
    rows = [
        {
            "key": fact.key,
            "name": fact.name,
            "kind": fact.kind.value,
            "status": fact.status_on(clock.today()).value,
            "adapter": fact.key in ADAPTERS,
            "profile": own.profile_of(fact.key) is not None,
        }
        for fact in MARKETPLACES.values()
    ]
    if format is OutputFormat.JSON:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['key']:<16}{row['status']:<9}{'+' if row['adapter'] else ' '}  {row['name']}")


@app.command("check-profile")
def check_profile(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A partner profile (TOML).")],
    format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Check a partner profile: a sentence per mistake with its key, or what the profile offers. Sends nothing.

    Example: ocop-hub marketplace check-profile my-market.toml
    """
    from ocop_hub.marketplaces.profile_file import ProfileWrong, assumed_lines, load_profile

    try:
        profile = load_profile(file)
    except ProfileWrong as wrong:
        if format is OutputFormat.JSON:
            print_json({"mistakes": [{"key": each.key, "problem": each.problem} for each in wrong.mistakes]})
        else:
            typer.echo(str(wrong), err=True)
        raise typer.Exit(1) from wrong
    assumed = assumed_lines(file.read_text("utf-8"))
    if format is OutputFormat.JSON:
        shown = {"key": profile.key, "name": profile.name, "calls": sorted(profile.calls), "assumed": assumed}
        print_json({"mistakes": [], **shown})
        return
    typer.echo(f"{file.name}: dùng được. {profile.name} ({profile.key}): {', '.join(sorted(profile.calls))}.")
    if assumed:
        typer.echo(f"{assumed} dòng còn là giả định (# assumed): đối chiếu với hợp đồng trước khi bật.")


@app.command()
def connect(
    key: Annotated[str, typer.Argument(help="Key of the marketplace, e.g. shopee.")],
    producer: Annotated[str, typer.Option(help="Id or name of the producer.")],
    shop: Annotated[str, typer.Option(help="What the marketplace calls the stall.")],
    name: Annotated[str, typer.Option(help="Name of the stall; empty: the producer's.")] = "",
    public_url: Annotated[str, typer.Option(help="Address of the stall's public page.")] = "",
    credentials: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help='JSON file, e.g. {"access_token": "…"}; kept sealed.'),
    ] = None,
    format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Connect a stall, read what stands in it, and print the matches that wait for an answer.

    Example: ocop-hub marketplace connect shopee --producer "HTX Đồng Tiến" --shop 220003 --credentials key.json
    """
    import asyncio

    opened = _credentials(credentials)
    result = asyncio.run(_connect(key, producer, shop, name, public_url, opened))
    if format is OutputFormat.JSON:
        print_json(result)
        return
    typer.echo(f"{result['id']}  {result['marketplace_key']}  {result['shop_id']}  {result['state']}")
    _print_items(result["matches"])


@app.command()
def items(
    key: Annotated[str, typer.Argument(help="Key of the marketplace.")],
    shop: Annotated[str, typer.Argument(help="What the marketplace calls the stall.")],
    format: FormatOption = OutputFormat.TEXT,
) -> None:
    """What stood in a stall when it was read, the surest matches first.

    Example: ocop-hub marketplace items shopee 220001
    """
    import asyncio

    found = asyncio.run(_items(key, shop))
    if format is OutputFormat.JSON:
        print_json(found)
    else:
        _print_items(found)


@app.command()
def adopt(
    item: ItemArgument,
    product: Annotated[str, typer.Option(help="Id or name of the product; empty: the matched one.")] = "",
    format: FormatOption = OutputFormat.TEXT,
) -> None:
    """This item is that product: its listing stands for it, nothing is created.

    Example: ocop-hub marketplace adopt 0199… --product "Trứng vịt biển Đồng Rui"
    """
    import asyncio

    listing = asyncio.run(_adopt(item, product))
    if format is OutputFormat.JSON:
        print_json(listing)
    else:
        print_listing(listing)


@app.command("adopt-matched")
def adopt_matched(
    key: Annotated[str, typer.Argument(help="Key of the marketplace.")],
    shop: Annotated[str, typer.Argument(help="What the marketplace calls the stall.")],
    format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Adopt every item of a stall for the product that it was matched with; what only a photo speaks for waits.

    Example: ocop-hub marketplace adopt-matched shopee 220001
    """
    import asyncio

    adopted, left = asyncio.run(_adopt_matched(key, shop))
    if format is OutputFormat.JSON:
        print_json({"adopted": adopted, "waiting": left})
        return
    typer.echo(f"Đã nhận {adopted} mục.")
    _print_items(left)


@app.command()
def ignore(item: ItemArgument) -> None:
    """This item is none of the products.

    Example: ocop-hub marketplace ignore 0199…
    """
    import asyncio

    asyncio.run(_ignore(item))


def _credentials(path: Path | None) -> dict[str, str]:
    import json

    from ocop_hub.errors import Malformed

    if path is None:
        return {}
    try:
        read = json.loads(path.read_text("utf-8"))
    except ValueError:
        read = None
    if not isinstance(read, dict) or not all(isinstance(value, str) for value in read.values()):
        raise Malformed(
            f'{path.name} phải là một đối tượng JSON gồm các chuỗi, ví dụ {{"access_token": "…"}}.'
        )
    return read


async def _connect(
    key: str, producer: str, shop: str, name: str, public_url: str, credentials: dict[str, str]
) -> dict[str, Any]:
    from ocop_hub.cli.choose import check_marketplace, find_producer
    from ocop_hub.cli.publishing import open_publishing
    from ocop_hub.db import SYSTEM
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.publishing import service
    from ocop_hub.publishing.preview import adapter_of
    from ocop_hub.publishing.schemas import StallOut
    from ocop_hub.publishing.stalls import service as stalls

    async with open_publishing() as desk:
        check_marketplace(key)
        adapter = adapter_of(desk.outside, key)
        async with desk.database.session(SYSTEM) as session:
            owner = await find_producer(session, producer)
            account = await stalls.connect(
                session,
                SYSTEM_ACTOR,
                producer_id=owner.id,
                marketplace=adapter,
                shop_id=shop,
                name=name or owner.name,
                credentials=credentials,
                public_url=public_url,
                sealing_key=desk.outside.sealing_key,
            )
        if adapter.capabilities.lists_items:
            await stalls.read_shop(desk.database, desk.outside, account.id)
        async with desk.database.session(SYSTEM) as session:
            read = await service.account_of(session, SYSTEM_ACTOR, account.id)
            shown = StallOut.model_validate(read).model_dump(mode="json")
            items = await _items_of(session, account.id)
        return {**shown, "matches": [each for each in items if each["product_id"] is not None]}


async def _items(key: str, shop: str) -> list[dict[str, Any]]:
    from ocop_hub.cli.choose import find_stall
    from ocop_hub.cli.publishing import open_publishing
    from ocop_hub.db import SYSTEM

    async with open_publishing() as desk, desk.database.session(SYSTEM) as session:
        stall = await find_stall(session, marketplace_key=key, shop=shop)
        return await _items_of(session, stall.id)


async def _items_of(session: AsyncSession, account_id: UUID) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from ocop_hub.publishing.models import ShopItem
    from ocop_hub.publishing.schemas import ShopItemOut

    rows = await session.scalars(
        select(ShopItem).where(ShopItem.account_id == account_id).order_by(ShopItem.score.desc(), ShopItem.id)
    )
    return [ShopItemOut.model_validate(row).model_dump(mode="json") for row in rows]


def _print_items(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        typer.echo(f"{row['id']}  {row['score']:>3}  {row['decision']:<8}  {row['title']}")


async def _adopt(item: str, product: str) -> dict[str, Any]:
    from ocop_hub.cli.choose import as_id, find_product
    from ocop_hub.cli.publishing import open_publishing
    from ocop_hub.db import SYSTEM
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.publishing import service

    item_id = as_id(item, "mục trong gian hàng")
    async with open_publishing() as desk:
        async with desk.database.session(SYSTEM) as session:
            chosen = (await find_product(session, product)).id if product else None
            listing = await service.adopt(session, SYSTEM_ACTOR, item_id=item_id, product_id=chosen)
        return await desk.listing(listing.id)


async def _adopt_matched(key: str, shop: str) -> tuple[int, list[dict[str, Any]]]:
    """How many were adopted, and the matches that still wait for an answer."""
    from ocop_hub.cli.choose import find_stall
    from ocop_hub.cli.publishing import open_publishing
    from ocop_hub.db import SYSTEM
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.publishing import service

    async with open_publishing() as desk, desk.database.session(SYSTEM) as session:
        stall = await find_stall(session, marketplace_key=key, shop=shop)
        adopted = await service.adopt_matched(session, SYSTEM_ACTOR, account_id=stall.id)
        await session.flush()
        left = await _items_of(session, stall.id)
    return adopted, [each for each in left if each["decision"] == "pending" and each["product_id"]]


async def _ignore(item: str) -> None:
    from ocop_hub.cli.choose import as_id
    from ocop_hub.cli.publishing import open_publishing
    from ocop_hub.db import SYSTEM
    from ocop_hub.producers.actor import SYSTEM_ACTOR
    from ocop_hub.publishing import service

    item_id = as_id(item, "mục trong gian hàng")
    async with open_publishing() as desk, desk.database.session(SYSTEM) as session:
        await service.ignore(session, SYSTEM_ACTOR, item_id=item_id)
