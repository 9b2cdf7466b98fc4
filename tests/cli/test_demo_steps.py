"""The demo's lots tell of fish what is done with fish."""

from __future__ import annotations

import pytest

from ocop_hub.catalogue.models import Product
from ocop_hub.cli.demo_steps import words_of


@pytest.mark.parametrize(
    ("name", "group", "first"),
    [
        ("Cá thu một nắng", "thuc_pham", "Đánh bắt, chọn nguyên liệu trong ngày"),
        ("Cam sành", "thuc_pham", "Thu hái lúc sáng sớm"),
        ("Ca cao cà phê", "do_uong", "Chọn nguyên liệu"),
        ("Nước mắm Phú Quốc", "thuc_pham", "Chọn cá và muối"),
        ("Nước khoáng Quang Hanh", "do_uong", "Lấy nước tại nguồn"),
        ("Trà tôm nõn hương quê", "do_uong", "Thu hái lúc sáng sớm"),
        ("Ngọc trai Tahiti", "thu_cong_my_nghe", "Thu ngọc"),
        ("Túi thổ cẩm", "thu_cong_my_nghe", "Chọn vải, sợi, vật liệu"),
    ],
)
def test_words_fit_the_product(name: str, group: str, first: str) -> None:
    assert words_of(Product(name=name, group_code=group))[0] == first
