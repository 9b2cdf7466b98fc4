"""A page that refuses robots: the pasted link is taken, an officer is asked, and what she saw is the proof."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from PIL import Image

from .conftest import Demo, Visitor

PRODUCER, OFFICER = "chuthe@ocop.example", "xa@ocop.example"


def entered_by_hand(demo: Demo, title: str) -> str:
    """The product at the marketplace's own form; the address of its public page."""
    told = {"title": title, "price": "135000", "stock": "5", "description": "Nhập tay."}
    answer = httpx.post(f"{demo.sandbox}/postmart/seller/ho-co-to/new", data=told, trust_env=False)
    assert answer.status_code == 303, answer.text
    return demo.sandbox + answer.headers["location"]


def order_robots(demo: Demo, *, refuse: bool) -> None:
    order = {"market": "postmart", "refuse": refuse}
    answer = httpx.put(f"{demo.sandbox}/_sandbox/robots", json=order, trust_env=False)
    assert answer.status_code == 204


def waiting_product(visitor: Visitor) -> str:
    """The page of a product of the visitor's that waits for a link of Postmart."""
    visitor.go("/ban-lam-viec")
    found: list[str] = re.findall(r"/ban-lam-viec/san-pham/[0-9a-f-]{36}", visitor.page.content())
    for path in dict.fromkeys(found):
        visitor.go(path)
        if visitor.page.locator("ul.board li", has_text="Postmart").locator("form.paste").count():
            return path
    raise AssertionError("no product waits for a link")


def test_an_officer_looks_where_no_program_may(
    desktop: Visitor, phone: Visitor, demo: Demo, tmp_path: Path
) -> None:
    order_robots(demo, refuse=True)
    try:
        phone.sign_in(PRODUCER)
        path = waiting_product(phone)
        name = phone.page.inner_text("h1")
        link = entered_by_hand(demo, name)
        assert httpx.get(link, trust_env=False).status_code == 403
        row = phone.page.locator("ul.board li", has_text="Postmart")
        row.locator("input[name=url]").fill(link)
        row.locator("form.paste button").click()
        for _ in range(40):
            phone.page.wait_for_timeout(500)
            phone.go(path)
            if "không cho phần mềm mở" in row.inner_text():
                break
        said = row.inner_text()
        assert "Chưa kiểm tra được" in said
        assert "Cán bộ sẽ mở trang, xem và ghi nhận; bạn không cần làm gì." in said
        assert "Đã kiểm tra đường dẫn" not in said

        desktop.sign_in(OFFICER)
        desktop.go("/ban-lam-viec/can-xem")
        asked = desktop.page.locator("main li, main article, main section", has_text=name).last
        assert "bạn không cần làm gì" not in asked.inner_text()
        asked.get_by_role("link", name="Ghi là đã xem").click()
        desktop.page.wait_for_load_state()
        desktop.fits()
        shot = tmp_path / "seen.png"
        Image.new("RGB", (360, 740), "#3a7f55").save(shot)
        desktop.page.set_input_files("input[name=picture]", shot)
        desktop.page.get_by_role("button", name="Tôi đã xem, trang đang bán").click()
        desktop.page.wait_for_load_state()
        assert "Đã ghi là đã xem." in desktop.page.inner_text("main")
    finally:
        order_robots(demo, refuse=False)

    phone.go(path)
    said = row.inner_text()
    assert "Đang hiển thị" in said
    assert "Cán bộ đã xem" in said
