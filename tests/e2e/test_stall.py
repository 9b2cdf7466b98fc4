"""A stall that was selling long before: connected, its items answered by clicks, nothing put up twice.

Last of this folder, as it gives the demo's producer one stall more.
"""

from __future__ import annotations

from typing import Any

import httpx

from ocop_hub.sandbox import access_token_for

from .conftest import Demo, Visitor

PRODUCER = "chuthe@ocop.example"
SHOP = "225501"
SELLS = ("Chả mực", "Cá thu một nắng")
STALLS = "/ban-lam-viec/gian-hang"


def in_the_sandbox(demo: Demo, method: str, path: str, **more: Any) -> Any:
    answer = httpx.request(method, f"{demo.sandbox}/_sandbox/{path}", trust_env=False, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_stall_with_existing_items_is_adopted_by_clicks(phone: Visitor, demo: Demo) -> None:
    items = [
        {
            "sku": f"CU-{number}",
            "title": title,
            "price_vnd": 165_000 + number,
            "description": "Đăng từ trước.",
        }
        for number, title in enumerate((*SELLS, "Áo mưa trẻ em"))
    ]
    seed = [{"market": "shopee", "shop_id": SHOP, "name": "Hải sản Cô Tô", "items": items}]
    planted = in_the_sandbox(demo, "POST", "stalls", json=seed)
    assert len(planted) == 3

    phone.sign_in(PRODUCER)
    phone.go(STALLS)
    form = phone.page.locator("main form").last
    form.locator("select[name=marketplace]").select_option("shopee")
    form.locator("input[name=shop_id]").fill(SHOP)
    form.locator("input[name=name]").fill("Hải sản Cô Tô")
    form.locator("input[name=key]").fill(access_token_for(SHOP))
    form.get_by_role("button", name="Nối gian hàng").click()
    phone.page.wait_for_load_state()
    phone.until(STALLS, "Hải sản Cô Tô · " + SHOP)

    row = phone.page.locator("tr", has_text=SHOP)
    for _ in range(60):
        if row.get_by_role("link", name="Xem và xác nhận").count():
            break
        phone.page.wait_for_timeout(500)
        phone.go(STALLS)
    row.get_by_role("link", name="Xem và xác nhận").click()
    phone.page.wait_for_load_state()
    phone.fits()
    items_page = phone.page.url
    for title in SELLS:
        phone.until(items_page, f"Giống sản phẩm {title}")

    phone.page.get_by_role("button", name="Nhận tất cả các mục này").click()
    phone.page.wait_for_load_state()
    phone.fits()
    left = phone.page.locator("main .card")
    assert left.count() == 1
    assert "Áo mưa trẻ em" in left.inner_text()
    left.get_by_role("button", name="Không phải sản phẩm nào ở đây").click()
    phone.page.wait_for_load_state()
    phone.until(items_page, "Không còn mục nào chờ trả lời")

    for title in SELLS:
        phone.go("/ban-lam-viec")
        phone.page.get_by_role("link", name=title, exact=True).click()
        phone.page.wait_for_load_state()
        phone.until(phone.page.url, "Sàn xác nhận")
    calls = in_the_sandbox(demo, "GET", "history")
    assert [each for each in calls if each["shop_id"] == SHOP and each["call"] == "product/add_item"] == []
    assert in_the_sandbox(demo, "GET", "doubles") == []
