"""What a listing says of a product."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from ocop_hub.publishing.draft import Subject, build_draft, describe, title_of

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


@pytest.mark.parametrize(
    ("fewest", "expected"),
    [
        (1, "Mật ong"),
        (8, "Mật ong – chai 500 g"),
        (25, "Mật ong – chai 500 g – HTX Ba Chẽ"),
        (40, "Mật ong – chai 500 g – HTX Ba Chẽ – Xã Ba Chẽ"),
    ],
)
def test_a_name_too_short_is_followed_by_pack_producer_and_place(fewest: int, expected: str) -> None:
    assert title_of(HONEY, (fewest, 255)) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"unit": "kg", "net_weight_g": 1_500}, "Mật ong – 1,5 kg – HTX Ba Chẽ"),
        ({"unit": "Lọ 250 ml"}, "Mật ong – Lọ 250 ml – HTX Ba Chẽ"),
        ({"unit": "kg", "net_weight_g": None}, "Mật ong – HTX Ba Chẽ – Xã Ba Chẽ"),
        ({"name": "Mật ong HTX Ba Chẽ"}, "Mật ong HTX Ba Chẽ – chai 500 g"),
        ({"producer_name": "HTX " + "Ba Chẽ " * 5}, "Mật ong – chai 500 g – Xã Ba Chẽ"),
        ({"stars": 4}, "Mật ong – chai 500 g – HTX Ba Chẽ"),
    ],
)
def test_a_longer_title_says_what_is_true_and_nothing_twice(changed: dict[str, Any], expected: str) -> None:
    assert title_of(replace(HONEY, **changed), (25, 40)) == expected


def test_what_a_listing_says_itself_stands_as_it_is() -> None:
    assert build_draft(HONEY, overrides={"title": "Mật"}, title_chars=(25, 255)).title == "Mật"
