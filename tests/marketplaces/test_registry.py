"""The table of marketplaces and the way to an adapter."""

from __future__ import annotations

from datetime import date

import httpx
import pytest

from ocop_hub.marketplaces import registry
from ocop_hub.marketplaces.contract import Marketplace, Unsupported
from ocop_hub.marketplaces.registry import ADAPTERS, MARKETPLACES, Kind, Status, marketplace_of

DAY = date(2026, 11, 22)


class TestTable:
    def test_every_marketplace_of_the_rule_is_there(self) -> None:
        assert set(MARKETPLACES) == {
            "postmart", "voso", "shopee", "lazada", "tiktok_shop", "tiki", "san_quang_ninh", "san_lao_cai",
            "sendo", "zalo_shop", "facebook", "zalo", "youtube", "tiktok", "website", "meta_catalogue", "google_merchant",
        }  # fmt: skip

    def test_channels_do_not_count(self) -> None:
        channels = {fact.key for fact in MARKETPLACES.values() if fact.kind is Kind.CHANNEL}
        assert channels == {
            "facebook", "zalo", "youtube", "tiktok", "website", "meta_catalogue", "google_merchant",
        }  # fmt: skip
        assert not any(MARKETPLACES[key].counts_by_default for key in channels)

    @pytest.mark.parametrize(
        ("key", "day", "status"),
        [
            ("sendo", date(2025, 4, 14), Status.ACTIVE),
            ("sendo", date(2025, 4, 15), Status.CLOSED),
            ("zalo_shop", date(2024, 11, 30), Status.ACTIVE),
            ("zalo_shop", date(2024, 12, 1), Status.CLOSED),
            ("voso", date(2024, 6, 30), Status.ACTIVE),
            ("voso", date(2024, 7, 1), Status.UNKNOWN),
            ("voso", DAY, Status.UNKNOWN),
            ("postmart", DAY, Status.ACTIVE),
        ],
    )
    def test_status_has_dates(self, key: str, day: date, status: Status) -> None:
        assert MARKETPLACES[key].status_on(day) is status

    def test_what_closed_is_history_only(self) -> None:
        closed = {key for key, fact in MARKETPLACES.items() if fact.status_on(DAY) is Status.CLOSED}
        assert closed == {"sendo", "zalo_shop"}
        assert not closed & set(ADAPTERS)

    def test_a_new_name_has_its_day(self) -> None:
        aliases = {alias.host: alias.valid_from for alias in MARKETPLACES["postmart"].aliases}
        renamed = date(2024, 3, 31)
        assert aliases == {"postmart.vn": None, "buudien.vn": renamed, "nongsan.buudien.vn": renamed}

    def test_spells_do_not_overlap(self) -> None:
        for fact in MARKETPLACES.values():
            for earlier, later in zip(fact.spells, fact.spells[1:], strict=False):
                assert earlier.valid_to is not None
                assert earlier.valid_to == later.valid_from


class TestHosts:
    @pytest.mark.parametrize(
        ("url", "key"),
        [
            ("https://www.postmart.vn/p/a-1.html", "postmart"),
            ("https://nongsan.buudien.vn/x", "postmart"),
            ("https://shopee.vn/a-i.1.2", "shopee"),
            ("https://shop.tiktok.com/view/product/1", "tiktok_shop"),
            ("https://www.tiktok.com/@htx/video/1", "tiktok"),
            ("https://youtu.be/abc", "youtube"),
            ("https://buudien.vn/p/a-1.html", "postmart"),
            ("https://www.sendo.vn/a.html", "sendo"),
            ("https://zalo.me/s/1", "zalo"),
            ("https://notshopee.vn/", None),
            ("nothing", None),
        ],
    )
    def test_marketplace_of_a_pasted_address(self, url: str, key: str | None) -> None:
        found = marketplace_of(url, DAY)
        assert (found.key if found else None) == key

    def test_an_old_day_sees_the_shop_that_was_open_then(self) -> None:
        found = marketplace_of("https://zalo.me/s/1", date(2024, 1, 1))
        assert found is not None
        assert found.key == "zalo_shop"


class TestGet:
    def test_every_adapter_can_be_made(self, client: httpx.AsyncClient) -> None:
        for key in ADAPTERS:
            market = registry.get(key, client)
            assert isinstance(market, Marketplace)
            assert market.key == key

    @pytest.mark.parametrize("key", ["sendo", "no_such"])
    def test_without_an_adapter_it_is_unsupported(self, client: httpx.AsyncClient, key: str) -> None:
        with pytest.raises(Unsupported):
            registry.get(key, client)
