"""Postmart's addresses and pack."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import httpx
import pytest
from tests.marketplaces.stages import make_draft

from ocop_hub.marketplaces import registry
from ocop_hub.marketplaces.contract import Marketplace
from ocop_hub.marketplaces.packs import FIELDS_FILE, STEPS_FILE, zip_pack


@pytest.fixture
def market(client: httpx.AsyncClient) -> Marketplace:
    return registry.get("postmart", client)


class TestAddresses:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://postmart.vn/p/trung-vit-bien-dong-rui-43160.html", "43160"),
            (" https://www.postmart.vn/p/43160.html?utm_source=zalo ", "43160"),
            ("https://buudien.vn/p/mien-dong-2.html", "2"),
            ("https://nongsan.buudien.vn/p/mien-dong-2.html", "2"),
            ("https://postmart.vn/p/mien-dong.html", ""),
            ("https://postmart.vn/c/mien-dong-2.html", ""),
            ("https://postmart.vn.example.org/p/mien-dong-2.html", ""),
        ],
    )
    def test_match_url(self, market: Marketplace, url: str, expected: str) -> None:
        assert market.match_url(url) == expected


class TestPack:
    def test_the_zip_holds_texts_and_pictures(self, market: Marketplace) -> None:
        draft = make_draft()
        with zipfile.ZipFile(io.BytesIO(zip_pack(market.pack(draft)))) as archive:
            assert archive.namelist() == [
                STEPS_FILE,
                FIELDS_FILE,
                "anh-01-trung-vit-bien-dong-rui-vi-30-qua.jpg",
                "anh-02-trung-vit-bien-dong-rui-vi-30-qua.jpg",
            ]
            fields = archive.read(FIELDS_FILE).decode("utf-8-sig")
            steps = archive.read(STEPS_FILE).decode("utf-8-sig")
            assert archive.read(archive.namelist()[2]) == draft.pictures[0].content
        assert fields.startswith(f"Tên sản phẩm:\r\n{draft.title}\r\n")
        assert "HTX chăn nuôi và dịch vụ Đồng Tiến, Xã Hải Lạng" in fields
        assert steps.startswith("1. Mở https://postmart.vn")

    def test_empty_fields_are_left_out(self, market: Marketplace) -> None:
        labels = [label for label, _ in market.pack(replace(make_draft(), stars=None, gtin="")).fields]
        assert "Hạng sao OCOP" not in labels
        assert "Mã vạch" not in labels

    def test_a_title_without_letters_still_names_files(self, market: Marketplace) -> None:
        assert market.pack(replace(make_draft(), title="…")).files[0].name == "anh-01-san-pham.jpg"
