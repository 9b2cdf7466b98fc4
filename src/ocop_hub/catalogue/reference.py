"""The six product groups of Decision 919/QĐ-TTg (1 Aug 2022) and their sub-groups.

The codes are ours: no official list was found. Handicrafts and tourism have no sub-groups: the decision tells
handicrafts by material and use, in no closed list.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import ProductGroup, ProductSubGroup

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

SOURCE = "Quyết định 919/QĐ-TTg ngày 01/8/2022"

#: (code, group, Vietnamese, English, goods that marketplaces may not sell as they like). Alcohol stood on the
#: list of goods not for marketplaces of Circular 47/2014/TT-BCT; each marketplace has its own rule today.
SUB_GROUPS = (
    ("nong_thuy_san_tuoi", "thuc_pham", "Nông, thủy sản tươi sống", "Fresh farm and sea products", False),
    (
        "nong_thuy_san_che_bien",
        "thuc_pham",
        "Nông, thủy sản sơ chế, chế biến",
        "Prepared and processed farm and sea products",
        False,
    ),
    ("thuc_pham_khac", "thuc_pham", "Thực phẩm khác", "Other food", False),
    ("do_uong_co_con", "do_uong", "Đồ uống có cồn", "Alcoholic drinks", True),
    ("do_uong_khong_con", "do_uong", "Đồ uống không cồn", "Drinks without alcohol", False),
    ("thuc_pham_chuc_nang", "duoc_lieu", "Thực phẩm chức năng", "Functional food", False),
    ("thuoc_duoc_lieu", "duoc_lieu", "Thuốc dược liệu", "Herbal medicines", False),
    ("thuoc_y_hoc_co_truyen", "duoc_lieu", "Thuốc y học cổ truyền", "Traditional medicines", False),
    ("my_pham_thao_duoc", "duoc_lieu", "Mỹ phẩm có thảo dược", "Cosmetics with herbs", False),
    ("tinh_dau", "duoc_lieu", "Tinh dầu", "Essential oils", False),
    ("duoc_lieu_khac", "duoc_lieu", "Dược liệu khác", "Other medicinal herbs", False),
    ("hoa", "sinh_vat_canh", "Hoa", "Flowers", False),
    ("cay_canh", "sinh_vat_canh", "Cây cảnh", "Ornamental plants", False),
    ("dong_vat_canh", "sinh_vat_canh", "Động vật cảnh", "Ornamental animals", False),
)


async def load_groups(session: AsyncSession) -> None:
    """Add the groups and sub-groups that are missing."""
    rows = [
        {"code": code, "name_vi": vi, "name_en": en, "position": n, "ships": ships, "valid_from": IN_FORCE}
        for n, (code, vi, en, ships) in enumerate(GROUPS, start=1)
    ]
    await session.execute(insert(ProductGroup).values(rows).on_conflict_do_nothing())
    below = [
        {
            "code": code,
            "group_code": group,
            "name_vi": vi,
            "name_en": en,
            "position": n,
            "restricted": restricted,
            "source": SOURCE,
            "valid_from": IN_FORCE,
        }
        for n, (code, group, vi, en, restricted) in enumerate(SUB_GROUPS, start=1)
    ]
    await session.execute(insert(ProductSubGroup).values(below).on_conflict_do_nothing())
