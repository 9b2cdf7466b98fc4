"""Labels with a serial each, from the lot's page to the phone before the shelf."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page
from tests.printed import codes_of_pdf

from .conftest import Visitor

PRODUCER = "chuthe@ocop.example"


def sheet(page: Page, button: str) -> bytes:
    """Press a button that downloads a sheet."""
    with page.expect_download() as waiting:
        page.click(button)
    return Path(waiting.value.path()).read_bytes()


def links(page: Page, pattern: str) -> list[str]:
    """The addresses on a page that are of a kind, each once."""
    found: list[str] = page.eval_on_selector_all(
        "main a", "all => all.map(a => a.getAttribute('href') || '')"
    )
    return list(dict.fromkeys(each for each in found if re.fullmatch(pattern, each)))


def open_lot(who: Visitor) -> None:
    """Open the page of a published lot of the producer's own."""
    who.go("/ban-lam-viec")
    for product in links(who.page, r"/ban-lam-viec/san-pham/[0-9a-f-]{36}"):
        who.go(product)
        if lots := links(who.page, r"/ban-lam-viec/lo/[0-9a-f-]{36}"):
            who.go(lots[0])
            return
    raise AssertionError("the demo has a product with a lot")


def test_print_activate_scan_reprint_void(desktop: Visitor, phone: Visitor) -> None:
    clerk, buyer = desktop, phone
    clerk.sign_in(PRODUCER)
    open_lot(clerk)
    clerk.page.fill("input[name=count]", "30")
    clerk.page.check("input[name=kind][value=serial]")
    codes = codes_of_pdf(sheet(clerk.page, "#in-tem button:not([name])"))
    assert len(codes) == len(set(codes)) == 30

    clerk.page.reload()
    clerk.page.click("a[href*='/dot-in/']")
    clerk.page.wait_for_load_state()
    run = clerk.page.url
    clerk.page.fill("input[name=first]", "1")
    clerk.page.fill("input[name=last]", "10")
    clerk.page.click("#tem button:not([formaction])")
    clerk.page.wait_for_load_state()
    assert "Đã kích hoạt 10/30 tem." in clerk.page.inner_text("main")

    buyer.go(codes[0].lower())
    assert "lượt quét đầu tiên" in buyer.page.inner_text("main")
    buyer.go(codes[29].lower())
    assert "chưa kích hoạt" in buyer.page.inner_text("main")

    # A roll by its first and last label, as the scanner types them.
    clerk.page.check("input[name=what][value=scan]")
    clerk.page.fill("input[name=from_serial]", codes[29])
    clerk.page.fill("input[name=to_serial]", codes[20])
    clerk.page.click("#tem button:not([formaction])")
    clerk.page.wait_for_load_state()
    assert "Đã kích hoạt 20/30 tem." in clerk.page.inner_text("main")

    again = codes_of_pdf(sheet(clerk.page, "#in-lai form button"))
    assert again == codes

    clerk.go(run)
    clerk.page.click("summary")
    clerk.page.fill("input[name=reason]", "In lệch")
    clerk.page.once("dialog", lambda dialog: dialog.accept())
    clerk.page.click("details form button")
    clerk.page.wait_for_load_state()
    assert "Đã hủy lúc" in clerk.page.inner_text("main")
    buyer.go(codes[0].lower())
    assert "hủy" in buyer.page.inner_text("main")
