"""What has to hold between this process and PostgreSQL, beyond that it answers."""

from __future__ import annotations

from sqlalchemy import text

from ocop_hub.db import APP_ROLE, Database
from ocop_hub.errors import Conflict
from ocop_hub.settings import Settings


class PoolerInTheWay(Conflict):
    code = "pooler-in-the-way"
    title = "Việc này phải tới thẳng PostgreSQL"


class SeesEverything(Conflict):
    code = "database-login-sees-everything"
    title = "Tài khoản cơ sở dữ liệu không bị ngăn giữa các chủ thể"


def refuse_pooler(settings: Settings) -> None:
    """Raise :class:`PoolerInTheWay` where the database is reached through a pooler in transaction mode.

    For what holds on to a session: waiting for notices, locks over several transactions, a dump in one snapshot.
    """
    if settings.database_pooler:
        raise PoolerInTheWay(
            "Đang đặt OCOP_HUB_DATABASE_POOLER: chỉ ocop-hub serve đi qua PgBouncer được. Hãy bỏ biến này và ghi địa "
            "chỉ của chính PostgreSQL vào OCOP_HUB_DATABASE_URL rồi chạy lại lệnh này."
        )


async def check_wall(database: Database) -> None:
    """Raise :class:`SeesEverything` for a login that policies of rows do not bind: an owner or a superuser.

    Behind a pooler no role can be put on at start (decision 0003), and one told to ignore start-up settings would let
    the owner's login through without it.
    """
    async with database.engine.connect() as connection:
        if not await connection.scalar(text("SELECT row_security_active('producers')")):
            raise SeesEverything(
                "Tài khoản trong OCOP_HUB_DATABASE_URL thấy dữ liệu của mọi chủ thể. Hãy dùng một tài khoản chỉ là "
                f"thành viên của {APP_ROLE}, không sở hữu bảng nào: xem docs/how-to/mo-rong.md."
            )
