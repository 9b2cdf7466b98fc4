"""The hand behind the scenes, under ``/_sandbox``: history, faults, states. For tests and demonstrations."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from ocop_hub.sandbox import storefront
from ocop_hub.sandbox.by_hand import SITES
from ocop_hub.sandbox.faults import Fault, FaultPlan
from ocop_hub.sandbox.grants import Grants
from ocop_hub.sandbox.pushes import MadePush, Pusher, PushOrder, PushTarget
from ocop_hub.sandbox.seed import ShopSeed
from ocop_hub.sandbox.store import Store, StoredItem


class StateOrder(BaseModel):
    """The word a marketplace shall say of an item from now on, known or not."""

    word: str


class RobotsOrder(BaseModel):
    """Whether a site without an interface refuses its product pages to programs from now on."""

    market: Literal["postmart", "voso", "san_quang_ninh", "san_lao_cai", "website", "facebook"]
    refuse: bool = True


class GrantOrder(BaseModel):
    """What becomes of a stall's consent: its access token lapses early, or the owner takes all back."""

    market: str
    shop_id: str
    withdraw: bool = False


class PlantedItem(BaseModel):
    """An item of a planted stall; ``path`` is where its page is on this server."""

    market: str
    shop_id: str
    sku: str
    item_id: int
    path: str


def _path(item: StoredItem) -> str:
    """Sites without an interface each have their own manner; of the others only the Shopee-like is planted."""
    paths = {site.market: site.product_path for site in SITES}
    return f"/{item.market}{paths.get(item.market, storefront.product_path)(item)}"


def control_router(store: Store, plan: FaultPlan, grants: Grants, pusher: Pusher) -> APIRouter:
    """The routes; there is no sign-in, the sandbox is served on loopback."""
    router = APIRouter(prefix="/_sandbox")
    _add_history(router, store)
    _add_faults(router, plan)
    _add_items(router, store)
    _add_grants(router, grants)
    _add_pushes(router, pusher)
    return router


def _add_history(router: APIRouter, store: Store) -> None:
    @router.get("/history")
    async def history(after: int = 0, limit: int = 10_000) -> list[dict[str, Any]]:
        """Accepted calls in order; never changed, never removed."""
        return [asdict(row) for row in store.history(after, min(limit, 100_000))]

    @router.get("/doubles")
    async def doubles() -> list[dict[str, Any]]:
        """SKUs that stand more than once in a stall."""
        return store.doubles()


def _add_faults(router: APIRouter, plan: FaultPlan) -> None:
    @router.get("/faults")
    async def open_faults() -> list[Fault]:
        return plan.open

    @router.post("/faults", status_code=201)
    async def order(fault: Fault) -> Fault:
        plan.order(fault)
        return fault

    @router.delete("/faults", status_code=204)
    async def clear() -> None:
        plan.clear()

    @router.put("/robots", status_code=204)
    async def set_robots(order: RobotsOrder) -> None:
        """What is no browser is answered 403 by the market's product pages, or let in again."""
        if order.refuse:
            plan.closed_to_robots.add(order.market)
        else:
            plan.closed_to_robots.discard(order.market)


def _add_items(router: APIRouter, store: Store) -> None:
    @router.post("/stalls")
    async def plant(stalls: list[ShopSeed]) -> list[PlantedItem]:
        """Stalls with what stands in them, as if their owners had entered it long ago; known ones stay."""
        for stall in stalls:
            store.plant(stall)
        return [
            PlantedItem(
                market=item.market, shop_id=item.shop_id, sku=item.sku, item_id=item.id, path=_path(item)
            )
            for stall in stalls
            for item in store.items(stall.market, stall.shop_id)
        ]

    @router.post("/items/{item_id}/state")
    async def set_state(item_id: int, order: StateOrder) -> Response:
        known = store.set_word(item_id, order.word)
        return JSONResponse({"item_id": item_id, "word": order.word}, 200 if known else 404)

    @router.get("/items/{item_id}/content")
    async def content(item_id: int) -> Response:
        """What stands on the marketplace."""
        data = store.content(item_id)
        return JSONResponse(data or {}, 404 if data is None else 200)

    @router.post("/items/{item_id}/content")
    async def edit(item_id: int, fields: dict[str, Any]) -> Response:
        """The owner's own hand on the marketplace's page: fields of the stored item, past the interface."""
        data = store.content(item_id)
        if data is None:
            return JSONResponse({}, 404)
        store.change_item(item_id, {**data, **fields})
        return JSONResponse({**data, **fields})


def _add_grants(router: APIRouter, grants: Grants) -> None:
    @router.post("/grants", status_code=204)
    async def end_grant(order: GrantOrder) -> None:
        if order.withdraw:
            grants.withdraw(order.market, order.shop_id)
        else:
            grants.lapse(order.market, order.shop_id)

    @router.put("/redirect", status_code=204)
    async def set_redirect(target: PushTarget) -> None:
        """Declare where consents lead back to, at marketplaces that want it declared."""
        grants.redirects[target.market] = target.url


def _add_pushes(router: APIRouter, pusher: Pusher) -> None:
    @router.put("/push-target", status_code=204)
    async def set_target(target: PushTarget) -> None:
        pusher.urls[target.market] = target.url

    @router.post("/pushes/made")
    async def make_push(order: PushOrder) -> MadePush:
        """The push as it would be sent, for those who want to carry it themselves."""
        return pusher.make(order)

    @router.post("/pushes")
    async def push(order: PushOrder) -> list[int]:
        return await pusher.send(order)
