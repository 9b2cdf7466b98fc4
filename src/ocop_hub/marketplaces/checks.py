"""What most marketplaces refuse of a draft before any call. Each adapter says which of these hold for it, in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ocop_hub.marketplaces.contract import ListingDraft, Reason

#: Whether it is wrong, and then the field, the code and the sentence.
Check = tuple[bool, str, str, str]


def reasons(checks: Iterable[Check]) -> tuple[Reason, ...]:
    """Those that are wrong, in order."""
    return tuple(Reason(field, code, text) for wrong, field, code, text in checks if wrong)


def sku(draft: ListingDraft) -> Check:
    return not draft.seller_sku.strip(), "seller_sku", "missing", "Thiếu mã sản phẩm của người bán (SKU)."


def title(draft: ListingDraft) -> Check:
    return not draft.title.strip(), "title", "missing", "Thiếu tên sản phẩm."


def description(draft: ListingDraft) -> Check:
    return not draft.description.strip(), "description", "missing", "Thiếu mô tả sản phẩm."


def price(draft: ListingDraft) -> Check:
    if draft.price_vnd < 0:
        return True, "price_vnd", "not_positive", "Giá bán phải lớn hơn 0 đồng."
    # A draft carries 0 where the product has no price yet.
    return not draft.price_vnd, "price_vnd", "missing", "Thiếu giá bán."


def stock(draft: ListingDraft) -> Check:
    return draft.stock < 0, "stock", "negative", "Số lượng không được âm."


def weight(draft: ListingDraft, site: str) -> Check:
    """``site`` is the marketplace's name, as in those below."""
    text = f"Thiếu khối lượng cả bao bì (gam); {site} cần để tính phí giao hàng."
    return not draft.weight_g or draft.weight_g <= 0, "weight_g", "missing", text


def picture(draft: ListingDraft) -> Check:
    return not draft.pictures, "pictures", "missing", "Cần ít nhất một ảnh sản phẩm."


def picture_count(draft: ListingDraft, site: str, most: int) -> Check:
    return len(draft.pictures) > most, "pictures", "too_many", f"{site} nhận nhiều nhất {most} ảnh."


def picture_bytes(draft: ListingDraft, most: int, text: str) -> Check:
    return any(len(each.content) > most for each in draft.pictures), "pictures", "too_large", text


def picture_sides(draft: ListingDraft, least: int, most: int) -> Check:
    """In pixels, both ends allowed."""
    sides = [side for each in draft.pictures for side in (each.width, each.height)]
    text = f"Mỗi cạnh ảnh phải từ {least} đến {most} điểm ảnh."
    return any(not least <= side <= most for side in sides), "pictures", "size", text


def picture_least(draft: ListingDraft, least: int) -> Check:
    """The same where only the smallest side is published."""
    small = any(min(each.width, each.height) < least for each in draft.pictures)
    text = f"Mỗi cạnh ảnh cần ít nhất {least} điểm ảnh. Hãy chụp lại ảnh lớn hơn."
    return small, "pictures", "too_small", text


def picture_kinds(draft: ListingDraft, site: str) -> Check:
    kinds = {each.media_type for each in draft.pictures}
    return bool(kinds - {"image/jpeg", "image/png"}), "pictures", "kind", f"{site} chỉ nhận ảnh JPG hoặc PNG."


def category_number(draft: ListingDraft, site: str) -> Check:
    wrong = bool(draft.category_id) and re.fullmatch(r"[0-9]+", draft.category_id) is None
    return wrong, "category_id", "form", f"Mã ngành hàng của {site} phải là một số."


def trace_page(draft: ListingDraft) -> Check:
    """For catalogues whose items lead to our own pages."""
    text = "Sản phẩm chưa có trang truy xuất để dẫn người mua tới. Hãy ghi một lô."
    return not draft.trace_url, "trace_url", "missing", text
