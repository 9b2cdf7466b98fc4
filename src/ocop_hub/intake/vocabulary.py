"""The words offices write for product groups and kinds of producers, old schemes included."""

from __future__ import annotations

import re

from ocop_hub.catalogue.reference import SUB_GROUPS
from ocop_hub.kit.text import clean, fold
from ocop_hub.kit.values import ValueProblem
from ocop_hub.producers.models import ProducerKind

# Decision 919/QĐ-TTg's six groups; the six sectors of Decision 1048/QĐ-TTg before it; the type words of the
# national system's public interface.
_GROUPS = {
    "thuc_pham": ("Thực phẩm", "TP", "food", "foods"),
    "do_uong": ("Đồ uống", "drink", "drinks", "beverage", "beverages"),
    "duoc_lieu": (
        "Dược liệu và sản phẩm từ dược liệu", "Dược liệu", "Thảo dược", "Sản phẩm từ dược liệu", "herb", "herbs",
        "medicinal herbs and their products",
    ),
    "thu_cong_my_nghe": (
        "Thủ công mỹ nghệ", "Hàng thủ công mỹ nghệ", "TCMN", "Vải và may mặc", "Vải, may mặc",
        "Lưu niệm - nội thất - trang trí", "Lưu niệm, nội thất, trang trí", "Thủ công mỹ nghệ, trang trí", "cloth",
        "keepsake", "handicraft", "handicrafts",
    ),
    "sinh_vat_canh": ("Sinh vật cảnh", "ornamental", "ornamental plants and animals"),
    "du_lich": (
        "Dịch vụ du lịch cộng đồng, du lịch sinh thái và điểm du lịch", "Dịch vụ du lịch cộng đồng và điểm du lịch",
        "Dịch vụ du lịch nông thôn, bán hàng", "Dịch vụ du lịch nông thôn", "Dịch vụ du lịch", "Du lịch",
        "Du lịch cộng đồng", "travel", "tourism",
    ),
}  # fmt: skip
_GROUP_OF = {fold(word): code for code, words in _GROUPS.items() for word in (code, *words)}
_SUB_GROUP_OF = {
    (group, fold(word)): code for code, group, vi, en, _ in SUB_GROUPS for word in (code, vi, en)
}
_ITEM_MARK = re.compile(r"^(?:(?:\d{1,2}|[ivx]{1,4}) )?(?:(?:nhom|nganh)(?: san pham| hang)? )?")

_KIND_OF = {
    ProducerKind.ENTERPRISE: (
        "doanh nghiep", "cong ty", "cty", "tnhh", "dntn", "enterprise", "company", "tap doan", "nha may", "xi nghiep",
    ),
    ProducerKind.COOPERATIVE: ("hop tac xa", "htx", "lien hiep hop tac xa", "cooperative"),
    ProducerKind.COOPERATIVE_GROUP: ("to hop tac", "tht", "cooperative group"),
    ProducerKind.HOUSEHOLD: (
        "ho kinh doanh", "hkd", "ho san xuat", "ho gia dinh", "co so san xuat", "co so", "cssx", "household",
    ),
}  # fmt: skip

# Longer words first, so that a kind is not taken for one whose word it begins with.
_KIND_WORDS = sorted(
    ((word, kind) for kind, words in _KIND_OF.items() for word in words), key=lambda w: -len(w[0])
)


def group_code(text: str) -> str:
    """The code of a product group in its present or former name. Raises ``ValueProblem``."""
    key = fold(text)
    code = _GROUP_OF.get(key) or _GROUP_OF.get(_ITEM_MARK.sub("", key))
    if code is None:
        names = ", ".join(words[0] for words in _GROUPS.values())
        raise ValueProblem(
            "group_unknown", f"Không có nhóm sản phẩm “{text}”; ghi một trong các nhóm: {names}."
        )
    return code


def sub_group_code(text: str, group: str) -> str:
    """The code of a sub-group of ``group`` by its name. Raises ``ValueProblem``."""
    key = _ITEM_MARK.sub("", fold(text)).removeprefix("phan nhom ")
    code = _SUB_GROUP_OF.get((group, key))
    if code is None:
        names = ", ".join(vi for _, of, vi, _, _ in SUB_GROUPS if of == group)
        advice = f"ghi một trong: {names}" if names else "nhóm này không chia phân nhóm, để trống ô này"
        raise ValueProblem("sub_group_unknown", f"Không có phân nhóm “{text}” trong nhóm đã ghi; {advice}.")
    return code


def producer_kind(text: str) -> ProducerKind | None:
    """The kind of producer that a kind word, or a producer's name, begins with; None where it does not say."""
    # Folded, "hộ" would also be "hồ", with which names begin.
    if clean(text).casefold().startswith("hộ "):
        return ProducerKind.HOUSEHOLD
    key = fold(text) + " "
    return next((kind for word, kind in _KIND_WORDS if key.startswith(word + " ")), None)
