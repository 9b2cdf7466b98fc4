"""One change for everything that a list found, not only for what its page shows."""

from __future__ import annotations

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.bulk_edit import Edited, edit_products
from ocop_hub.catalogue.bulk_schemas import BulkChanges
from ocop_hub.catalogue.models import Product
from ocop_hub.desk.queries import Wanted, narrowed
from ocop_hub.errors import Malformed
from ocop_hub.producers.actor import Actor

#: One transaction holds all of them locked; a whole province is fewer.
MOST_AT_ONCE: Final = 20_000


class NothingToChange(Malformed):
    code = "nothing-to-change"
    title = "Chưa chọn điều gì để sửa"


class TooManyFound(Malformed):
    code = "too-many-found"
    title = "Danh sách quá dài"


async def edit_found(session: AsyncSession, actor: Actor, wanted: Wanted, given: BulkChanges) -> Edited:
    """Change every product of the list, in one transaction.

    Raises :class:`NothingToChange`, :class:`TooManyFound`, and what ``edit_products`` raises.
    """
    if not given.given():
        raise NothingToChange("Hãy điền ít nhất một ô cần sửa.")
    ids = (
        await session.scalars(
            narrowed(actor, wanted)
            .with_only_columns(Product.id, maintain_column_froms=True)
            .limit(MOST_AT_ONCE + 1)
        )
    ).all()
    if len(ids) > MOST_AT_ONCE:
        raise TooManyFound(
            f"Danh sách có hơn {MOST_AT_ONCE:,} sản phẩm. Hãy lọc bớt rồi sửa.".replace(",", ".")
        )
    return await edit_products(session, actor, ids, given)
