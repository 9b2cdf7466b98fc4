"""Giao đăng: an office makes a list, and one outside finishes it on a phone behind its link, without an account."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from .conftest import Demo, Visitor

OFFICER = "tinh@ocop.example"


def entered_by_hand(demo: Demo, title: str) -> str:
    """What the person outside does at the marketplace's own form; the address of the page that comes of it."""
    at = urlsplit(demo.base)
    sandbox = f"http://{at.hostname}:{(at.port or 0) + 1}"
    answer = httpx.post(
        f"{sandbox}/postmart/seller/buu-dien/new",
        data={"title": title, "price": "135000", "stock": "5", "description": "Nhập tay."},
        trust_env=False,
    )
    assert answer.status_code == 303, answer.text
    return sandbox + answer.headers["location"]


def test_a_list_is_finished_on_a_phone_without_an_account(
    desktop: Visitor, phone: Visitor, demo: Demo
) -> None:
    desktop.sign_in(OFFICER)
    desktop.go("/ban-lam-viec/giao-dang")
    desktop.page.select_option("select[name=marketplace]", "postmart")
    desktop.page.fill("input[name=recipient]", "Bưu điện Ba Chẽ")
    desktop.page.click("main form button[type=submit]")
    desktop.page.wait_for_selector("#duong-dan")
    desktop.fits()
    link = desktop.page.input_value("#duong-dan input")
    assert desktop.page.locator("#duong-dan svg").get_attribute("aria-label") == link

    phone.go(link)
    rows = phone.page.locator("[id^=muc-]")
    assert rows.count() >= 3
    names = [rows.nth(each).locator("h2, h3").first.inner_text() for each in range(3)]

    # One is posted: its link is pasted.
    first = rows.nth(0)
    first.locator("input[name=url]").fill(entered_by_hand(demo, names[0]))
    first.locator("form button[type=submit]").first.click()
    phone.page.wait_for_load_state()
    phone.fits()

    # One comes back, one cannot be posted, each with its reason.
    for name, button, reason in (
        (names[1], "Sàn trả lại", "Sàn đòi thêm giấy công bố."),
        (names[2], "Không đăng được", "Trang của sàn báo lỗi."),
    ):
        row = phone.page.locator("[id^=muc-]", has_text=name).first
        row.locator("summary").click()
        row.locator("textarea").fill(reason)
        row.get_by_role("button", name=button).click()
        phone.page.wait_for_load_state()
        phone.fits()

    desktop.go("/ban-lam-viec/giao-dang")
    said = desktop.page.inner_text("main")
    assert "Sàn đòi thêm giấy công bố." in said
    assert "Trang của sàn báo lỗi." in said
    assert "Đã gửi đường dẫn: 1" in said
