"""Pages, videos and own sites: which addresses are taken, and what counts as showing the product."""

from __future__ import annotations

import httpx
import pytest
from tests.marketplaces.stages import make_draft

from ocop_hub.marketplaces import registry
from ocop_hub.marketplaces.contract import ListingState, Page, Shop

SHOP = Shop("htx-dong-tien", seller_name="HTX chăn nuôi và dịch vụ Đồng Tiến")


@pytest.mark.parametrize(
    ("key", "url", "remote_id"),
    [
        ("facebook", "https://m.facebook.com/htx/posts/12?ref=share", "htx/posts/12"),
        ("facebook", "https://www.facebook.com/watch?v=7&utm_source=zalo", "watch?v=7"),
        ("facebook", "https://facebook.com.example.org/a", ""),
        ("zalo", "https://zalo.me/s/abc", "s/abc"),
        ("youtube", "https://youtu.be/a1B2", "a1B2"),
        ("tiktok", "https://www.tiktok.com/@htx/video/7", "@htx/video/7"),
        ("tiktok", "https://shop.tiktok.com/view/product/1", ""),
        ("website", "https://dongtien.vn/san-pham/trung?utm_medium=x", "dongtien.vn/san-pham/trung"),
        ("website", "https://dongtien.vn/", ""),
        ("website", "http://localhost/a", ""),
        ("website", "javascript:alert(1)", ""),
        ("website", "https://[", ""),
    ],
)
def test_an_address_as_pasted(client: httpx.AsyncClient, key: str, url: str, remote_id: str) -> None:
    market = registry.get(key, client)
    assert market.match_url(url) == remote_id
    if remote_id:
        assert market.match_url(market.public_url(SHOP, remote_id)) == remote_id


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (
            "<title>Bài của HTX</title><p>Hôm nay có TRỨNG VỊT BIỂN Đồng Rui – vỉ 30 quả nhé</p>",
            ListingState.LIVE,
        ),
        ("<title>Bài</title><p>Xem nguồn gốc: https://ocop.example/t/7K3MPQ2</p>", ListingState.LIVE),
        ("<title>Bài</title><p>Chợ phiên cuối tuần</p>", ListingState.UNKNOWN),
    ],
)
def test_a_post_shows_the_product_by_name_or_trace_link(
    client: httpx.AsyncClient, text: str, state: ListingState
) -> None:
    market = registry.get("facebook", client)
    page = Page("https://www.facebook.com/htx/posts/12", 200, text)
    match = market.match_page(page, make_draft(), SHOP)
    assert (match.matches, match.observation.state) == (state is ListingState.LIVE, state)
