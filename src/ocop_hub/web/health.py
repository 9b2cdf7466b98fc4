"""For the machines that watch: alive, ready, figures."""

from __future__ import annotations

from alembic.script import ScriptDirectory
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ocop_hub.db import database_of
from ocop_hub.errors import Unavailable
from ocop_hub.schema import alembic_config

router = APIRouter(tags=["health"], include_in_schema=False)


class NotReady(Unavailable):
    code = "not-ready"
    title = "Hệ thống chưa sẵn sàng"


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> dict[str, str]:
    """The database answers and has the shape this version needs."""
    wanted = ScriptDirectory.from_config(alembic_config()).get_current_head()
    try:
        async with database_of(request).engine.connect() as connection:
            found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    except (SQLAlchemyError, OSError) as error:
        raise NotReady("Cơ sở dữ liệu không trả lời. Hãy kiểm tra PostgreSQL.") from error
    if found != wanted:
        raise NotReady(f"Cơ sở dữ liệu ở phiên bản {found}, cần {wanted}. Hãy chạy lệnh ocop-hub migrate.")
    return {"status": "ready", "revision": str(found)}


@router.get("/metrics")
async def metrics() -> Response:
    """Prometheus figures of this process."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
