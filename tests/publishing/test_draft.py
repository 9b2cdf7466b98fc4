"""What a listing says of a product."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from ocop_hub.publishing.draft import Subject, describe

HONEY = Subject(
    product_id=UUID(int=1),
    revision=1,
    name="Mật ong",
    description="Mật của ong rừng.",
    storage="Nơi khô mát",
    price_vnd=120_000,
    unit="chai",
    net_weight_g=500,
    gtin="",
    group_code="thuc_pham",
    group_name="Thực phẩm",
    producer_name="HTX Ba Chẽ",
    place_name="Xã Ba Chẽ",
    ingredients="Mật ong 100%",
    warnings="Không dùng cho trẻ dưới 1 tuổi",
    shelf_life="24 tháng",
    approved=True,
    stars=None,
    trace_url="",
)


def test_the_label_facts_follow_the_producers_words_in_the_labels_order() -> None:
    assert describe(HONEY).splitlines() == [
        "Mật của ong rừng.",
        "Nơi sản xuất: HTX Ba Chẽ, Xã Ba Chẽ.",
        "Thành phần: Mật ong 100%",
        "Hạn sử dụng: 24 tháng",
        "Bảo quản: Nơi khô mát",
        "Cảnh báo: Không dùng cho trẻ dưới 1 tuổi",
    ]


def test_what_nobody_said_is_left_out() -> None:
    bare = replace(HONEY, description="", ingredients="", warnings="", shelf_life="", storage="")
    assert describe(bare) == "Nơi sản xuất: HTX Ba Chẽ, Xã Ba Chẽ."
