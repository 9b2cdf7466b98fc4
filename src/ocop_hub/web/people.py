"""Names behind what records say of who acted, for those who may read the record."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.accounts.models import User
from ocop_hub.web.format import Lang
from ocop_hub.web.i18n import N_, translate

_USER = "user:"


async def names_of(session: AsyncSession, labels: Iterable[str], lang: Lang) -> dict[str, str]:
    """The name to show for each actor's label (``user:<id>``, or a role's word for what no account did)."""
    every = set(labels)
    ids = [UUID(each.removeprefix(_USER)) for each in every if each.startswith(_USER)]
    rows = await session.execute(select(User.id, User.display_name).where(User.id.in_(ids)))
    names = {f"{_USER}{user_id}": name for user_id, name in rows}
    nobody = translate(lang, N_("Hệ thống"))
    return {each: names.get(each, nobody) for each in every}
