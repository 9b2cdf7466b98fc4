"""The main job, as people do it: in a browser, on real processes, against the simulated marketplaces."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser

from ocop_hub.kit.qr import read_png

from .conftest import DESKTOP, PHONE, Demo, Visitor, visitor

PRODUCER = "chuthe@ocop.example"
OFFICER = "tinh@ocop.example"


def command(demo: Demo, *arguments: str) -> Any:
    """Run ``ocop-hub`` on the demo's data and read its JSON."""
    ran = subprocess.run(
        [sys.executable, "-m", "ocop_hub.cli", *arguments, "--format", "json"],
        env={**os.environ, "OCOP_HUB_DATA_DIR": str(demo.data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def fraction(who: Visitor) -> tuple[int, int]:
    """The officer's number: listed and counted products."""
    who.go("/bao-cao")
    found = re.search(r"(\d+)/(\d+) sản phẩm", who.page.inner_text("main"))
    assert found, who.page.inner_text("main")
    return int(found[1]), int(found[2])


def settled(who: Visitor) -> tuple[int, int]:
    """The number once the worker has nothing more to add to it: the same three times in a row."""
    seen = [fraction(who)]
    while len(seen) < 3 or len(set(seen[-3:])) > 1:
        time.sleep(1.5)
        seen.append(fraction(who))
        assert len(seen) < 30, seen
    return seen[-1]


class TestBuyer:
    def test_the_label_on_the_front_page_leads_to_the_way_of_its_lot(self, phone: Visitor) -> None:
        phone.go("/")
        label = phone.page.locator(".tem img").first
        label.scroll_into_view_if_needed()
        (address,) = read_png(label.screenshot(scale="device"))
        phone.go(address)
        text = phone.page.inner_text("body")
        for words in ("Nơi sản xuất", "Thu hoạch", "Sơ chế", "Đóng gói"):
            assert words in text
        phone.page.get_by_role("link", name="English").click()
        phone.page.wait_for_load_state()
        assert "Harvest" in phone.page.inner_text("body")

    def test_the_page_needs_no_script_and_asks_nobody_else(self, browser: Browser, demo: Demo) -> None:
        context = browser.new_context(viewport=PHONE, java_script_enabled=False, locale="vi-VN")  # type: ignore[arg-type]  # a plain size
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(demo.base + "/")
        href = page.locator("a", has_text="trang truy xuất").first.get_attribute("href")
        assert href is not None
        page.goto(httpx.URL(demo.base).join(href).__str__())
        assert "Nhật ký sản xuất" in page.inner_text("body")
        assert all(url.startswith((demo.base, "data:")) for url in asked)
        context.close()


class TestTheNumberRises:
    def test_by_adopting_what_stands_in_the_shop_and_by_a_link_given(
        self, browser: Browser, demo: Demo
    ) -> None:
        officer, officers = visitor(browser, demo, DESKTOP)
        officer.sign_in(OFFICER)
        before, counted = settled(officer)

        producer, producers = visitor(browser, demo, PHONE)
        producer.sign_in(PRODUCER)
        self.adopt(producer)
        self.enter_by_hand(producer, "Chả mực")
        after, still = settled(officer)

        assert still == counted
        assert after > before
        report = command(demo, "report", "coverage", "--by", "unit")
        assert (report["figure"]["numerator"], report["figure"]["denominator"]) == (after, counted)
        only = command(demo, "report", "coverage", "--by", "unit", "--marketplace", "postmart")
        assert only["figure"]["numerator"] < after
        doubles = httpx.get(f"{demo.sandbox}/_sandbox/doubles").json()
        assert not doubles
        officers.close()
        producers.close()

    def adopt(self, who: Visitor) -> None:
        who.go("/ban-lam-viec")
        who.page.get_by_role("link", name="Xem và xác nhận").first.click()
        who.page.wait_for_load_state()
        desk = who.page.url
        who.page.get_by_role("button", name="Nhận tin đăng này").click()
        who.page.wait_for_load_state()
        who.until(desk, "Sàn xác nhận")

    def enter_by_hand(self, who: Visitor, product: str) -> None:
        who.go("/ban-lam-viec")
        who.page.get_by_role("link", name=product, exact=True).click()
        who.page.wait_for_load_state()
        desk = who.page.url
        with who.page.expect_download() as download:
            who.page.get_by_role("link", name="Tải bộ hồ sơ").first.click()
        pack = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
        picture = next(name for name in pack.namelist() if name.endswith(".jpg"))

        who.go(f"{who.demo.sandbox}/postmart/seller/ho-kinh-doanh-co-to/new")
        who.page.fill("#title", product)
        who.page.fill("#price", "165000")
        who.page.fill("#stock", "20")
        who.page.fill("#description", "Chả mực giã tay, đóng gói hút chân không.")
        who.page.set_input_files(
            "#pictures", {"name": "1.jpg", "mimeType": "image/jpeg", "buffer": pack.read(picture)}
        )
        who.page.locator("form button, form input[type=submit]").last.click()
        who.page.wait_for_url("**/p/**")
        listed = who.page.url

        who.go(desk)
        who.page.locator("input[name=url]").first.fill(listed)
        who.page.locator("input[name=url]").first.press("Enter")
        who.page.wait_for_load_state()
        who.until(desk, "Đã kiểm tra đường dẫn")


class TestOffice:
    def test_the_sheet_an_office_sends_goes_in_once(self, desktop: Visitor, samples: Path) -> None:
        desktop.sign_in(OFFICER)
        # Some of the sheet's products are in the demo already: those are brought up to date.
        for expected in ("2\nCần sửa", "39\nKhông đổi"):
            desktop.go("/ban-lam-viec/nhap-tep")
            desktop.page.set_input_files("input[type=file]", str(samples / "upload_sample_lao_cai.xlsx"))
            desktop.page.get_by_role("button", name="Đọc và xem trước").click()
            desktop.page.wait_for_load_state()
            desktop.fits()
            preview = desktop.page.inner_text("main")
            assert expected in preview
            assert "Hạng sao 6" in preview
            if "Không đổi" in expected:
                continue
            desktop.page.get_by_role("button", name="Lưu các dòng đúng (39)").click()
            desktop.page.wait_for_load_state()
            desktop.fits()

    def test_every_page_of_the_office_answers_and_fits(self, phone: Visitor) -> None:
        phone.sign_in(OFFICER)
        for path in (
            "/ban-lam-viec",
            "/bao-cao",
            "/bao-cao/danh-sach",
            "/ban-lam-viec/quyet-dinh",
            "/san-pham",
        ):
            phone.go(path)


class TestFarmersMinute:
    def test_a_lot_like_the_last_and_its_label(self, phone: Visitor) -> None:
        phone.sign_in(PRODUCER)
        phone.go("/ban-lam-viec")
        phone.page.get_by_role("link", name="Cá thu một nắng", exact=True).click()
        phone.page.wait_for_load_state()
        phone.page.get_by_role("link", name="Ghi lô sản xuất mới").click()
        phone.page.wait_for_load_state()
        phone.page.get_by_role("button", name="Lưu và công bố lô").click()
        phone.page.wait_for_load_state()
        phone.fits()
        picture = phone.page.get_by_role("link", name=re.compile("PNG")).first.get_attribute("href")
        assert picture is not None
        answer = phone.page.request.get(str(httpx.URL(phone.demo.base).join(picture)))
        (address,) = read_png(answer.body())
        phone.go(address)
        assert "Cá thu một nắng" in phone.page.inner_text("body")
