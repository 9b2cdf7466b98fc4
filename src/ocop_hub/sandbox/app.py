"""The simulated marketplaces under one port."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse

from ocop_hub.sandbox import html
from ocop_hub.sandbox.behind import Behind
from ocop_hub.sandbox.by_hand import SITES, ByHandSandbox
from ocop_hub.sandbox.consent import consent_router
from ocop_hub.sandbox.control import control_router
from ocop_hub.sandbox.faults import FaultPlan
from ocop_hub.sandbox.google_merchant import LOOK as GOOGLE_LOOK
from ocop_hub.sandbox.google_merchant import GoogleMerchantSandbox
from ocop_hub.sandbox.grants import Grants
from ocop_hub.sandbox.lazada import LazadaSandbox
from ocop_hub.sandbox.lazada_front import FRONT as LAZADA_FRONT
from ocop_hub.sandbox.lazada_front import LOOK as LAZADA_LOOK
from ocop_hub.sandbox.meta_catalogue import MetaCatalogueSandbox
from ocop_hub.sandbox.partner import MANNERS, Manner, PartnerSandbox
from ocop_hub.sandbox.plain_storefront import plain_storefront
from ocop_hub.sandbox.pushes import Pusher
from ocop_hub.sandbox.rates import RateWatch
from ocop_hub.sandbox.seed import SandboxSeed, default_seed
from ocop_hub.sandbox.shopee import ShopeeSandbox
from ocop_hub.sandbox.store import Store
from ocop_hub.sandbox.storefront import LOOK as SHOPEE_LOOK
from ocop_hub.sandbox.storefront import Storefront
from ocop_hub.sandbox.tiki import LOOK as TIKI_LOOK
from ocop_hub.sandbox.tiki import TikiSandbox
from ocop_hub.sandbox.tiktok_products import FRONT as TIKTOK_FRONT
from ocop_hub.sandbox.tiktok_products import LOOK as TIKTOK_LOOK
from ocop_hub.sandbox.tiktok_shop import TikTokShopSandbox

_CARD = """<li class="card"><a href="/{market}/"><span class="picture" aria-hidden="true">{letter}</span>
<div>{name}</div></a></li>"""


def _index() -> str:
    api = (
        ("shopee", "Shopee"),
        ("lazada", "Lazada"),
        ("tiktok_shop", "TikTok Shop"),
        ("tiki", "Tiki"),
        ("meta_catalogue", "danh mục Meta"),
        ("google_merchant", "Google Merchant"),
    )
    named = [(key, f"{name}: đăng tự động") for key, name in api]
    named += [(site.market, f"{site.kind}: đăng theo hướng dẫn") for site in SITES]
    cards = "".join(
        _CARD.format(market=market, letter=name[0].upper(), name=f"Kiểu {name}") for market, name in named
    )
    log = '<p class="soft">Nhật ký lượt gọi: <a href="/_sandbox/history">/_sandbox/history</a></p>'
    return f'<h1>Các sàn mô phỏng</h1><ul class="grid">{cards}</ul>{log}'


def create_sandbox(
    data_dir: Path,
    public_base: str,
    *,
    seed: SandboxSeed | None = None,
    review_seconds: float = 2.0,
    token_seconds: float = 14_400.0,
) -> FastAPI:
    """All simulated marketplaces as one application; what they accept is kept in ``data_dir``.

    ``public_base`` is the address it is served at, without a trailing slash; a new listing is on review for
    ``review_seconds``, and an access token holds for ``token_seconds``. The application holds the file open until its lifespan ends.
    """
    base = public_base.rstrip("/")
    store = Store(data_dir, seed if seed is not None else default_seed())
    plan, pusher = FaultPlan(), Pusher()
    behind = Behind(store, plan, Grants(store, life=token_seconds), RateWatch(store), review_seconds)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        yield
        await plan.close()
        await pusher.close()
        store.close()

    app = FastAPI(title="Sàn mô phỏng", docs_url=None, redoc_url=None, lifespan=lifespan)
    for market, routers in (
        ("shopee", _shopee(behind, f"{base}/shopee")),
        ("tiki", _tiki(behind, f"{base}/tiki")),
        ("lazada", _lazada(behind, f"{base}/lazada")),
        ("meta_catalogue", _meta_catalogue(behind)),
        ("google_merchant", _google_merchant(behind)),
        *((manner.market, _partner(behind, manner)) for manner in MANNERS),
        ("tiktok_shop", _tiktok_shop(behind, f"{base}/tiktok_shop")),
        *(
            (site.market, [ByHandSandbox(site, store, plan, f"{base}/{site.market}").router()])
            for site in SITES
        ),
    ):
        for router in routers:
            app.include_router(router, prefix=f"/{market}")
    app.include_router(control_router(store, plan, behind.grants, pusher))
    _add_front(app)
    return app


def _consent(behind: Behind, market: str, look: html.Look, path: str, client_field: str) -> APIRouter:
    return consent_router(market, look, path, client_field, behind.store, behind.grants)


def _shopee(behind: Behind, base: str) -> list[APIRouter]:
    return [
        ShopeeSandbox(behind, base).router(),
        Storefront(behind.store, base).router(),
        _consent(behind, "shopee", SHOPEE_LOOK, "/auth", "partner_id"),
    ]


def _tiki(behind: Behind, base: str) -> list[APIRouter]:
    return [
        _consent(behind, "tiki", TIKI_LOOK, "/sc/oauth2/auth", "client_id"),
        TikiSandbox(behind, base).router(),
    ]


def _lazada(behind: Behind, base: str) -> list[APIRouter]:
    return [
        LazadaSandbox(behind, base).router(),
        plain_storefront(LAZADA_FRONT, behind.store, base),
        _consent(behind, "lazada", LAZADA_LOOK, "/oauth/authorize", "client_id"),
    ]


def _meta_catalogue(behind: Behind) -> list[APIRouter]:
    return [MetaCatalogueSandbox(behind).router()]


def _google_merchant(behind: Behind) -> list[APIRouter]:
    return [
        _consent(behind, "google_merchant", GOOGLE_LOOK, "/o/oauth2/v2/auth", "client_id"),
        GoogleMerchantSandbox(behind).router(),
    ]


def _partner(behind: Behind, manner: Manner) -> list[APIRouter]:
    market = manner.market
    look = html.Look(f"Cổng đối tác mô phỏng ({market})", "#7a4b12", f"/{market}/")
    return [
        PartnerSandbox(manner, behind).router(),
        _consent(behind, market, look, "/oauth/authorize", "client_id"),
    ]


def _tiktok_shop(behind: Behind, base: str) -> list[APIRouter]:
    return [
        TikTokShopSandbox(behind, base).router(),
        plain_storefront(TIKTOK_FRONT, behind.store, base),
        _consent(behind, "tiktok_shop", TIKTOK_LOOK, "/open/authorize", "service_id"),
    ]


def _add_front(app: FastAPI) -> None:
    @app.get("/", response_class=HTMLResponse)
    async def index() -> Response:
        return html.page(html.Look("Sàn mô phỏng", "#2f6f4f", "/"), "Sàn mô phỏng", _index())

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}
