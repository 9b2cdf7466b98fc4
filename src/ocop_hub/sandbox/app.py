"""The simulated marketplaces under one port."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from ocop_hub.sandbox import html
from ocop_hub.sandbox.control import control_router
from ocop_hub.sandbox.faults import FaultPlan
from ocop_hub.sandbox.postmart import PostmartSandbox
from ocop_hub.sandbox.seed import SandboxSeed, default_seed
from ocop_hub.sandbox.shopee import ShopeeSandbox
from ocop_hub.sandbox.store import Store
from ocop_hub.sandbox.storefront import storefront_router

_INDEX = """<h1>Các sàn mô phỏng</h1>
<ul class="grid">
<li class="card"><a href="/shopee/"><span class="picture" aria-hidden="true">S</span>
<div>Kiểu Shopee: đăng tự động</div></a></li>
<li class="card"><a href="/postmart/"><span class="picture" aria-hidden="true">P</span>
<div>Kiểu Postmart: đăng theo hướng dẫn</div></a></li>
</ul>
<p class="soft">Nhật ký lượt gọi: <a href="/_sandbox/history">/_sandbox/history</a></p>"""


def create_sandbox(
    data_dir: Path,
    public_base: str,
    *,
    seed: SandboxSeed | None = None,
    review_seconds: float = 2.0,
) -> FastAPI:
    """All simulated marketplaces as one application; what they accept is kept in ``data_dir``.

    ``public_base`` is the address it is served at, without a trailing slash; a new listing is on review for
    ``review_seconds``. The application holds the file open until its lifespan ends.
    """
    base = public_base.rstrip("/")
    store = Store(data_dir, seed if seed is not None else default_seed())
    plan = FaultPlan()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        yield
        await plan.close()
        store.close()

    app = FastAPI(title="Sàn mô phỏng", docs_url=None, redoc_url=None, lifespan=lifespan)
    shopee = ShopeeSandbox(store, plan, f"{base}/shopee", review_seconds=review_seconds)
    app.include_router(shopee.router(), prefix="/shopee")
    app.include_router(storefront_router(store, f"{base}/shopee"), prefix="/shopee")
    app.include_router(PostmartSandbox(store, f"{base}/postmart").router(), prefix="/postmart")
    app.include_router(control_router(store, plan))

    @app.get("/", response_class=HTMLResponse)
    async def index() -> Response:
        return html.page(html.Look("Sàn mô phỏng", "#2f6f4f", "/"), "Sàn mô phỏng", _INDEX)

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app
