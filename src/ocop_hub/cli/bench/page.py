"""How long a page takes as an officer's browser has it, through the whole app and without the network."""

from __future__ import annotations

import secrets
import time

import httpx

from ocop_hub.accounts.models import Office
from ocop_hub.accounts.service import OfficeSeat, register_user
from ocop_hub.app import create_app
from ocop_hub.cli.runtime import Runtime
from ocop_hub.db import SYSTEM


async def page_through_app(runtime: Runtime, path: str, *, turns: int) -> list[float]:
    """Seconds of each ``GET`` of ``path``: signed in, asked, counted, rendered; one turn before warms up."""
    login, passphrase = "tinh@bench.example", secrets.token_urlsafe(16)
    async with runtime.database.session(SYSTEM) as session:
        seat = OfficeSeat(Office.OFFICER_PROVINCE, None)
        await register_user(
            session, display_name="Cán bộ", passphrase=passphrase, email=login, offices=[seat]
        )
    app = create_app(runtime.settings, runtime.database, media=runtime.media)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", timeout=60) as client,
    ):
        signed_in = await client.post("/api/v1/session", json={"login": login, "passphrase": passphrase})
        signed_in.raise_for_status()
        taken = []
        for _ in range(turns + 1):
            started = time.perf_counter()
            (await client.get(path, headers={"Accept": "text/html"})).raise_for_status()
            taken.append(time.perf_counter() - started)
    return taken[1:]
