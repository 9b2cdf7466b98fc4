"""What PostgreSQL refuses because two came at once, or cannot do now: said as a refusal, not as a fault of ours."""

from __future__ import annotations

from typing import Final

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ocop_hub.errors import Conflict, Unavailable
from ocop_hub.web.errors import answer

log = structlog.get_logger(__name__)

#: SQLSTATE of a unique or exclusion constraint that another transaction was faster to fill, of a serialization
#: failure and of a deadlock: the same request made once more succeeds, or meets a refusal of its own.
OVERTAKEN: Final = frozenset({"23505", "23P01", "40001", "40P01"})
#: Seconds until asking again is worth it.
PAUSE: Final = "5"

_AWAY: Final = (
    OSError,
    PoolTimeout,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
)


class Overtaken(Conflict):
    code = "overtaken"
    title = "Vừa có thao tác khác ở cùng chỗ"


class DatabaseAway(Unavailable):
    code = "database-away"
    title = "Cơ sở dữ liệu không trả lời"


def install(app: FastAPI) -> None:
    """Register the handlers; what is no such case goes on to be an unexpected error."""
    app.add_exception_handler(DBAPIError, _on_refused)
    for kind in _AWAY:
        app.add_exception_handler(kind, _on_away)


async def _on_refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, DBAPIError):
        raise error
    if error.connection_invalidated:
        return await _on_away(request, error)
    state = getattr(error.orig, "sqlstate", None)
    if state not in OVERTAKEN:
        raise error
    log.warning("overtaken", path=request.url.path, sqlstate=state, error=str(error.orig))
    detail = "Cùng lúc có thao tác khác ghi vào chỗ này. Chưa có gì được lưu; hãy tải lại trang rồi làm lại."
    return answer(request, Overtaken(detail))


async def _on_away(request: Request, error: Exception) -> Response:
    # A socket that is gone has no name in its error; a file that is missing has.
    if isinstance(error, OSError) and not isinstance(error, ConnectionError) and error.filename is not None:
        raise error
    log.error("database away", path=request.url.path, error=repr(error))
    refusal = DatabaseAway("Cơ sở dữ liệu đang không trả lời. Hãy thử lại sau ít phút.")
    return answer(request, refusal, headers={"Retry-After": PAUSE})
