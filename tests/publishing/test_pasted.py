"""A stall without an interface: what stands in it is told by pasted addresses, and a person answers for each."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from ocop_hub.db import SYSTEM
from ocop_hub.marketplaces.contract import Grade, ListingState, Page, TransportFailed
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing import service
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.models import ItemDecision, ShopItem
from ocop_hub.publishing.stalls import pasted
from ocop_hub.publishing.stalls.pasted import Reading, Wrong, WrongLine, address_in

from .conftest import NAMES, World
from .test_assisted import enter_by_hand


async def paste(world: World, account_id: UUID, text: str) -> list[WrongLine]:
    async with world.database.session(SYSTEM) as session:
        return await pasted.paste(
            session,
            SYSTEM_ACTOR,
            world.outside.adapters.get("postmart"),
            account_id=account_id,
            text=text,
        )


async def items(world: World, account_id: UUID) -> dict[str, ShopItem]:
    async with world.database.session(SYSTEM) as session:
        rows = await session.scalars(select(ShopItem).where(ShopItem.account_id == account_id))
        return {row.public_url: row for row in rows}


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("https://postmart.vn/p/tra-7.html", "https://postmart.vn/p/tra-7.html"),
        ("Trà hoa vàng\thttps://postmart.vn/p/tra-7.html\t135.000", "https://postmart.vn/p/tra-7.html"),
        ('"https://postmart.vn/p/tra-7.html",', "https://postmart.vn/p/tra-7.html"),
        ("postmart.vn/p/tra-7.html", "https://postmart.vn/p/tra-7.html"),
        ("trà hoa vàng", "trà hoa vàng"),
    ],
)
def test_the_address_of_a_line_or_a_spreadsheets_row(line: str, address: str) -> None:
    assert address_in(line) == address


async def test_each_line_has_its_own_result_and_a_person_adopts(world: World) -> None:
    account = await world.connect("postmart")
    ours = await enter_by_hand(world, NAMES[0])
    other = await enter_by_hand(world, "Bộ ấm chén tử sa")
    gone = ours.replace(ours.rsplit("-", 1)[1], "99999999.html")

    wrong = await paste(world, account, f"Trứng\t{ours}\nkhông phải đường dẫn\n\n{other}\n{gone}\n{ours}")

    assert wrong == [WrongLine(2, "không phải đường dẫn", Wrong.NOT_THIS_MARKET)]
    assert {row.raw_state for row in (await items(world, account)).values()} == {Reading.WAITING}

    await pasted.read_links(world.database, world.outside, account)

    rows = await items(world, account)
    assert {url: row.raw_state for url, row in rows.items()} == {
        ours: Reading.READ,
        other: Reading.READ,
        gone: Reading.GONE,
    }
    assert (rows[ours].title, rows[ours].price_vnd) == (NAMES[0], 135_000)
    assert (rows[ours].product_id, rows[other].product_id) == (world.products[0], None)

    async with world.database.session(SYSTEM) as session:
        listing = await service.adopt(session, SYSTEM_ACTOR, item_id=rows[ours].id)
        await service.ignore(session, SYSTEM_ACTOR, item_id=rows[other].id)
    assert (await world.listing(listing.id)).grade is Grade.DECLARED

    await world.drain("postmart")

    adopted = await world.listing(listing.id)
    assert (adopted.state, adopted.grade) == (ListingState.LIVE, Grade.LINK)
    assert (await paste(world, account, ours))[0].why is Wrong.LISTED
    assert await paste(world, account, other) == []
    assert (await items(world, account))[other].decision is ItemDecision.PENDING


async def test_a_page_that_does_not_answer_says_so_and_can_be_pasted_again(world: World) -> None:
    account = await world.connect("postmart")
    url = await enter_by_hand(world, NAMES[1])
    await paste(world, account, url)
    await pasted.read_links(world.database, broken(world), account)
    assert (await items(world, account))[url].raw_state == Reading.NO_ANSWER
    await paste(world, account, url)
    await pasted.read_links(world.database, world.outside, account)
    assert (await items(world, account))[url].product_id == world.products[1]


def broken(world: World) -> Outside:
    """The same outside with every page out of reach."""

    async def fetch(url: str) -> Page:
        raise TransportFailed("Trang không trả lời.", code="outbound-failed")

    return replace(world.outside, fetch_page=fetch)


async def test_more_lines_than_are_taken_at_once_stay_in_the_box(world: World) -> None:
    account = await world.connect("postmart")
    lines = [f"{world.base}/postmart/p/x-{number}.html" for number in range(1, pasted.MOST_LINES + 3)]
    wrong = await paste(world, account, "\n".join(lines))
    assert [(each.text, each.why) for each in wrong] == [(line, Wrong.TOO_MANY) for line in lines[-2:]]
