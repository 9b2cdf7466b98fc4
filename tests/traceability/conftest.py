from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from tests.traceability.builders import BROWSER, Cast, House, make_cast, make_certificate, make_released_lot

from ocop_hub.db import SYSTEM, Database
from ocop_hub.settings import Settings
from ocop_hub.traceability import service
from ocop_hub.traceability.scans.path import mount_scan
from ocop_hub.web.trace.page import render_fault, render_serial, render_story


@pytest.fixture
async def cast(session: AsyncSession) -> Cast:
    return await make_cast(session)


@pytest.fixture
def house_settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, public_url="https://ocop.example.vn", data_dir=tmp_path / "var")


@pytest.fixture
async def house(database: Database, house_settings: Settings) -> AsyncIterator[House]:
    async with database.session(SYSTEM) as session:
        cast = await make_cast(session)
        await make_certificate(session, cast.squid, days_left=200)
        lot = await make_released_lot(session, cast)
        tea_lot = await make_released_lot(session, cast, cast.tea, "TRA/01")
        tea_code = await service.ensure_code(session, cast.tea)
        tea_lot_code = await service.ensure_code(session, cast.tea, tea_lot)
    app = FastAPI()
    handler = mount_scan(app, database, house_settings, render_story, render_fault, render_serial)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://ocop.example.vn", headers=BROWSER
    ) as client:
        yield House(app, handler, client, database, cast, lot, tea_code, tea_lot_code)
    await handler.close()
