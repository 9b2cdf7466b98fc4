"""Words of the demo's first steps that fit the product: fish is caught, honey is spun, water is drawn."""

from __future__ import annotations

from typing import Final

from ocop_hub.catalogue.models import Product

#: What a maker would write of harvest and of first processing.
Words = tuple[str, str]

_PICKED: Final[Words] = ("Thu hái lúc sáng sớm", "Làm sạch, phân loại")
_MADE: Final[Words] = ("Chọn nguyên liệu", "Sơ chế theo mẻ")
_CRAFTED: Final[Words] = ("Chọn vải, sợi, vật liệu", "Cắt, dệt, ghép")
#: By how a product's name begins; the first that fits.
_BY_NAME: Final[tuple[tuple[tuple[str, ...], Words], ...]] = (
    (("nước mắm",), ("Chọn cá và muối", "Ủ chượp, kéo rút")),
    (("nước",), ("Lấy nước tại nguồn", "Lọc, kiểm tra")),
    (("cá", "mực", "chả", "khô ếch"), ("Đánh bắt, chọn nguyên liệu trong ngày", "Rửa sạch, sơ chế")),
    (("trứng",), ("Thu trứng trong ngày", "Làm sạch, phân loại")),
    (("thịt", "ruốc"), ("Chọn thịt đã qua kiểm dịch", "Pha lọc, làm sạch")),
    (("mật ong",), ("Quay mật", "Lọc mật")),
    (("ngọc trai",), ("Thu ngọc", "Chọn, phân loại")),
    (
        (
            "rượu",
            "bánh",
            "kẹo",
            "mứt",
            "sữa",
            "bún",
            "miến",
            "kim chi",
            "ca cao",
            "tinh",
            "đường",
            "cao",
            "dung",
        ),
        _MADE,
    ),
)


def words_of(product: Product) -> Words:
    """What stands on the product's lot for harvest and first processing."""
    name = product.name.lower()
    for beginnings, words in _BY_NAME:
        if any(f"{name} ".startswith(f"{each} ") for each in beginnings):
            return words
    return _CRAFTED if product.group_code == "thu_cong_my_nghe" else _PICKED
