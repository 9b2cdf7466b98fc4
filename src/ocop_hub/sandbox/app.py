"""The simulated marketplaces under one port."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from ocop_hub.sandbox import html
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
from ocop_hub.sandbox.partner import MANNERS, PartnerSandbox
from ocop_hub.sandbox.plain_storefront import plain_storefront
from ocop_hub.sandbox.pushes import Pusher
from ocop_hub.sandbox.rates import RateWatch
from ocop_hub.sandbox.seed import SandboxSeed, default_seed
from ocop_hub.sandbox.shopee import ShopeeSandbox
from ocop_hub.sandbox.store import Store
from ocop_hub.sandbox.storefront import LOOK as SHOPEE_LOOK
from ocop_hub.sandbox.storefront import storefront_router
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
    plan = FaultPlan()
    grants, rates, pusher = Grants(store, life=token_seconds), RateWatch(store), Pusher()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        yield
        await plan.close()
        await pusher.close()
        store.close()

    app = FastAPI(title="Sàn mô phỏng", docs_url=None, redoc_url=None, lifespan=lifespan)
    shopee = ShopeeSandbox(
        store, plan, f"{base}/shopee", grants=grants, rates=rates, review_seconds=review_seconds
    )
    app.include_router(shopee.router(), prefix="/shopee")
    app.include_router(storefront_router(store, f"{base}/shopee"), prefix="/shopee")
    app.include_router(
        consent_router("shopee", SHOPEE_LOOK, "/auth", "partner_id", store, grants), prefix="/shopee"
    )
    tiki = TikiSandbox(store, plan, f"{base}/tiki", grants=grants, rates=rates, review_seconds=review_seconds)
    app.include_router(
        consent_router("tiki", TIKI_LOOK, "/sc/oauth2/auth", "client_id", store, grants), prefix="/tiki"
    )
    app.include_router(tiki.router(), prefix="/tiki")
    lazada = LazadaSandbox(
        store, plan, f"{base}/lazada", grants=grants, rates=rates, review_seconds=review_seconds
    )
    app.include_router(lazada.router(), prefix="/lazada")
    app.include_router(plain_storefront(LAZADA_FRONT, store, f"{base}/lazada"), prefix="/lazada")
    app.include_router(
        consent_router("lazada", LAZADA_LOOK, "/oauth/authorize", "client_id", store, grants),
        prefix="/lazada",
    )
    meta = MetaCatalogueSandbox(store, plan, grants=grants, rates=rates, review_seconds=review_seconds)
    app.include_router(meta.router(), prefix="/meta_catalogue")
    google = GoogleMerchantSandbox(store, plan, grants=grants, rates=rates, review_seconds=review_seconds)
    app.include_router(
        consent_router("google_merchant", GOOGLE_LOOK, "/o/oauth2/v2/auth", "client_id", store, grants),
        prefix="/google_merchant",
    )
    app.include_router(google.router(), prefix="/google_merchant")
    for manner in MANNERS:
        partner = PartnerSandbox(
            manner, store, plan, grants=grants, rates=rates, review_seconds=review_seconds
        )
        app.include_router(partner.router(), prefix=f"/{manner.market}")
        look = html.Look(f"Cổng đối tác mô phỏng ({manner.market})", "#7a4b12", f"/{manner.market}/")
        app.include_router(
            consent_router(manner.market, look, "/oauth/authorize", "client_id", store, grants),
            prefix=f"/{manner.market}",
        )
    tiktok = TikTokShopSandbox(
        store, plan, f"{base}/tiktok_shop", grants=grants, rates=rates, review_seconds=review_seconds
    )
    app.include_router(tiktok.router(), prefix="/tiktok_shop")
    app.include_router(plain_storefront(TIKTOK_FRONT, store, f"{base}/tiktok_shop"), prefix="/tiktok_shop")
    app.include_router(
        consent_router("tiktok_shop", TIKTOK_LOOK, "/open/authorize", "service_id", store, grants),
        prefix="/tiktok_shop",
    )
    for site in SITES:
        by_hand = ByHandSandbox(site, store, f"{base}/{site.market}")
        app.include_router(by_hand.router(), prefix=f"/{site.market}")
    app.include_router(control_router(store, plan, grants, pusher))

    @app.get("/", response_class=HTMLResponse)
    async def index() -> Response:
        return html.page(html.Look("Sàn mô phỏng", "#2f6f4f", "/"), "Sàn mô phỏng", _index())

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app
