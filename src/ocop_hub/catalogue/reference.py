"""The six product groups of Decision 919/QĐ-TTg (1 Aug 2022). The codes are ours: no official list was found."""

from __future__ import annotations

from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import ProductGroup

IN_FORCE = date(2022, 8, 1)

#: (code, Vietnamese, English, goods that travel in a parcel)
GROUPS = (
    ("thuc_pham", "Thực phẩm", "Food", True),
    ("do_uong", "Đồ uống", "Drinks", True),
    ("duoc_lieu", "Dược liệu và sản phẩm từ dược liệu", "Medicinal herbs and their products", True),
    ("thu_cong_my_nghe", "Thủ công mỹ nghệ", "Handicrafts", True),
    ("sinh_vat_canh", "Sinh vật cảnh", "Ornamental plants and animals", True),
    (
        "du_lich",
        "Dịch vụ du lịch cộng đồng, du lịch sinh thái và điểm du lịch",
        "Community tourism, ecotourism and destinations",
        False,
    ),
)


async def load_groups(session: AsyncSession) -> None:
    """Add the groups that are missing."""
    rows = [
        {"code": code, "name_vi": vi, "name_en": en, "position": n, "ships": ships, "valid_from": IN_FORCE}
        for n, (code, vi, en, ships) in enumerate(GROUPS, start=1)
    ]
    await session.execute(insert(ProductGroup).values(rows).on_conflict_do_nothing())
