"""The other side of the wire as the tests see it, and what they do with it again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ocop_hub.marketplaces.contract import (
    Call,
    Item,
    ListingDraft,
    Marketplace,
    Observation,
    Page,
    PushRequest,
    Shop,
)

#: Where consent leads back to in these tests.
REDIRECT = "http://127.0.0.1:9/ban-lam-viec/gian-hang/ve"


Failure = TypeVar("Failure", bound=BaseException)


@dataclass(frozen=True, slots=True)
class Log:
    """What the program logged so far."""

    read: Callable[[], str]


class Stage(Protocol):
    """The other side: an adapter wired to a marketplace that can be told to misbehave."""

    market: Marketplace
    shop: Shop
    #: Must never be seen in what is kept or logged.
    secrets: tuple[str, ...]

    def draft(self) -> ListingDraft:
        """A complete draft, with a Vietnamese title and a SKU not used before."""

    def rewired(self, *, api_base: str | None = None, partner_key: str | None = None) -> Marketplace:
        """The same adapter pointed elsewhere or with another key."""

    async def fault(self, call: Call, kind: str, *, delay_s: float = 0.0) -> None:
        """Let the next such call go wrong: drop_after_commit, 429, 500, half_answer, … (as the sandbox names them)."""

    async def set_word(self, remote_id: str, word: str) -> None:
        """Give an item a state word."""

    async def until_live(self, remote_id: str) -> str:
        """Wait until the review of an item is over and it is up; the id under which it then stands."""

    async def agree(self, url: str) -> Mapping[str, str]:
        """Open the consent page as the owner of the stall and agree; the query that leads back to us."""

    async def end_grant(self, *, withdraw: bool = False) -> None:
        """Let the stall's access token lapse early, or take the whole consent back."""

    async def push(self, remote_id: str, *, forged: bool = False) -> PushRequest:
        """A push about the item, as the marketplace sends it to an address of ours."""

    async def enter_by_hand(self, draft: ListingDraft) -> str:
        """Do as a seller at the entry form; the public address."""

    async def fetch(self, url: str) -> Page:
        """A public page as the page checker sees it."""


async def failure(kind: type[Failure], doing: Awaitable[object]) -> Failure:
    """The error of exactly this family that ``doing`` must raise."""
    try:
        result = await doing
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}, got {result!r}")


def refusal(kind: type[Failure], doing: Callable[[], object]) -> Failure:
    """:func:`failure` of something that is not awaited."""
    try:
        result = doing()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}, got {result!r}")


async def publish(stage: Stage, draft: ListingDraft) -> Observation:
    """Upload the pictures where they are uploaded, then create."""
    refs = []
    if stage.market.capabilities.uploads_pictures:
        refs = [await stage.market.upload_picture(stage.shop, picture) for picture in draft.pictures]
    return await stage.market.publish(stage.shop, draft, refs)


async def put_up(stage: Stage, draft: ListingDraft) -> str:
    """Create and wait for the review; the id under which the item stands."""
    return await stage.until_live((await publish(stage, draft)).remote_id)


async def all_items(stage: Stage) -> list[Item]:
    """Every item of the shop, page by page."""
    items: list[Item] = []
    cursor = ""
    while True:
        page = await stage.market.list_items(stage.shop, cursor)
        items += page.items
        cursor = page.next_cursor
        if not cursor:
            return items
