"""Photos from a phone on a bad network: chosen, made smaller, kept, and sent until the server has them."""

from __future__ import annotations

import io
import random
from typing import Any

import pytest
from PIL import Image
from pillow_heif import from_pillow
from playwright.sync_api import Browser, FilePayload, Route

from .conftest import PHONE, Demo, Visitor, visitor

PRODUCER = "chuthe@ocop.example"
OFFICER = "tinh@ocop.example"
OPERATOR = "vanhanh@ocop.example"

#: What the browser keeps of its outbox, without the bytes.
KEPT = """async () => {
  const database = await new Promise((done) => {
    const asked = indexedDB.open("ocop-hub-outbox", 1);
    asked.onsuccess = () => done(asked.result);
  });
  const rows = await new Promise((done) => {
    const asked = database.transaction("photos").objectStore("photos").getAll();
    asked.onsuccess = () => done(asked.result);
  });
  database.close();
  return rows.map(({ bytes, thumb, ...rest }) => rest);
}"""


def photo(name: str, size: tuple[int, int] = (2400, 1800), *, orientation: int = 1) -> FilePayload:
    """A file as a phone's camera gives it: its left half blue, with noise so that it has some weight."""
    noise = random.Random(name).randbytes(60 * 45 * 3)
    picture = Image.frombytes("RGB", (60, 45), noise).resize(size)
    picture.paste("blue", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=92, exif=exif)
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}


def heic(name: str) -> FilePayload:
    """A photo as iPhones keep it; Chromium cannot decode it, so it goes as it is."""
    out = io.BytesIO()
    from_pillow(Image.new("RGB", (640, 480), "green")).save(out, format="HEIF")
    return {"name": name, "mimeType": "image/heic", "buffer": out.getvalue()}


def api(who: Visitor, path: str, body: dict[str, str]) -> dict[str, Any]:
    """Post to the API as the visitor, past the page."""
    base = f"{who.demo.base}/api/v1"
    token = who.page.request.get(f"{base}/session").json()["csrf_token"]
    answer = who.page.request.post(f"{base}/{path}", data=body, headers={"X-CSRF-Token": token})
    assert answer.ok, answer.text()
    made: dict[str, Any] = answer.json()
    return made


def new_product(who: Visitor, name: str) -> str:
    """A product of the signed-in producer; its id."""
    mine = who.page.request.get(f"{who.demo.base}/api/v1/products?limit=1").json()["items"][0]
    body = {"producer_id": mine["producer_id"], "name": name, "group_code": "thuc_pham"}
    return str(api(who, "products", body)["id"])


def stored(who: Visitor, product: str) -> list[dict[str, Any]]:
    """The product's photos as the server has them."""
    answer = who.page.request.get(f"{who.demo.base}/api/v1/products/{product}")
    photos: list[dict[str, Any]] = answer.json()["photos"]
    return photos


def emptied(who: Visitor) -> None:
    """Wait until nothing waits on the phone."""
    who.page.locator("[data-outbox]").wait_for(state="hidden", timeout=15_000)


class TestOutbox:
    def test_three_photos_survive_a_dead_network_and_a_closed_tab(self, browser: Browser, demo: Demo) -> None:
        who, context = visitor(browser, demo, PHONE)
        who.sign_in(PRODUCER)
        product = new_product(who, "Sản phẩm chụp ảnh")
        address = f"/ban-lam-viec/san-pham/{product}/anh"
        who.go(address)
        arrived: list[str] = []

        def first_only(route: Route) -> None:
            # The first photo arrives and its answer is lost; no other comes through.
            if not arrived:
                arrived.append(route.fetch().json()["received_sha256"])
            route.abort()

        context.route("**/api/v1/products/*/photos", first_only)
        files = [photo(f"anh{n}.jpg", orientation=6 if n == 2 else 1) for n in (1, 2, 3)]
        who.page.set_input_files("#f-photos-many", files)
        who.page.get_by_text("Chưa gửi 3 ảnh").wait_for()
        who.page.get_by_text("Chưa gửi được").first.wait_for()
        assert len(stored(who, product)) == 1

        # The tab is closed and the phone is off the network; on the first page of the desk they still wait.
        who.page.close()
        who.page = context.new_page()
        who.page.goto(demo.base + "/ban-lam-viec")
        who.page.get_by_text("Chưa gửi 3 ảnh").wait_for()
        kept = who.page.evaluate(KEPT)
        assert [each["type"] for each in kept] == ["image/jpeg"] * 3
        assert all(each["size"] < len(file["buffer"]) for each, file in zip(kept, files, strict=True))
        assert arrived == [kept[0]["sha256"]]

        context.set_offline(True)
        context.unroute("**/api/v1/products/*/photos")
        context.set_offline(False)
        emptied(who)
        photos = stored(who, product)
        assert len(photos) == 3  # the one whose answer was lost is there once
        assert who.page.evaluate(KEPT) == []
        who.faults.clear()  # the requests that were cut off
        assert sorted((each["width"], each["height"]) for each in photos) == [
            (1200, 1600),
            (1600, 1200),
            (1600, 1200),
        ]
        who.go(address)
        assert who.page.locator("#anh-da-co .board > li").count() == 3
        context.close()

    def test_a_product_gone_meanwhile_is_said_and_the_photo_kept(self, browser: Browser, demo: Demo) -> None:
        who, context = visitor(browser, demo, PHONE)
        who.sign_in(PRODUCER)
        gone, into = new_product(who, "Sản phẩm trùng một"), new_product(who, "Sản phẩm trùng hai")
        who.go(f"/ban-lam-viec/san-pham/{gone}/anh")
        context.route("**/api/v1/products/*/photos", lambda route: route.abort())
        who.page.set_input_files("#f-photos", photo("a.jpg"))
        who.page.get_by_text("Chưa gửi được").wait_for()
        self.merge(browser, demo, gone, into)

        context.unroute("**/api/v1/products/*/photos")
        who.page.goto(f"{demo.base}/ban-lam-viec/san-pham/{into}/anh")
        row = who.page.locator("[data-outbox-list] li")
        row.get_by_text("Không có sản phẩm này").wait_for()
        assert len(who.page.evaluate(KEPT)) == 1
        who.page.on("dialog", lambda dialog: dialog.accept())
        row.get_by_role("button", name="Bỏ").click()
        emptied(who)
        assert who.page.evaluate(KEPT) == []
        context.close()

    def merge(self, browser: Browser, demo: Demo, gone: str, into: str) -> None:
        office, context = visitor(browser, demo, PHONE)
        office.sign_in(OFFICER)
        api(office, f"products/{gone}/merge", {"into_id": into})
        context.close()

    def test_without_hashes_the_size_is_compared_and_a_refused_file_stays(
        self, browser: Browser, demo: Demo
    ) -> None:
        """As on the plain http of a local network, where a browser has no ``crypto.subtle``."""
        who, context = visitor(browser, demo, PHONE)
        context.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', {get: () => undefined})")
        who.sign_in(PRODUCER)
        product = new_product(who, "Sản phẩm mạng nội bộ")
        who.go(f"/ban-lam-viec/san-pham/{product}/anh")
        pdf: FilePayload = {"name": "giay.jpg", "mimeType": "image/jpeg", "buffer": b"%PDF-1.7"}
        who.page.set_input_files("#f-photos-many", [pdf, heic("a.heic"), photo("b.jpg")])
        who.page.get_by_text("Đây là tệp PDF").wait_for()
        who.page.locator("#anh-da-co .board > li").nth(1).wait_for()
        (kept,) = who.page.evaluate(KEPT)
        assert (kept["name"], kept["state"], kept["sha256"]) == ("giay.jpg", "refused", "")
        assert [each["width"] for each in stored(who, product)] == [640, 1600]
        context.close()

    def test_another_person_on_the_same_phone_neither_sees_nor_sends_it(
        self, browser: Browser, demo: Demo
    ) -> None:
        who, context = visitor(browser, demo, PHONE)
        who.sign_in(PRODUCER)
        product = new_product(who, "Sản phẩm dùng chung máy")
        who.go(f"/ban-lam-viec/san-pham/{product}/anh")
        context.route("**/api/v1/products/*/photos", lambda route: route.abort())
        who.page.set_input_files("#f-photos", photo("a.jpg"))
        who.page.get_by_text("Chưa gửi được").wait_for()
        context.unroute("**/api/v1/products/*/photos")
        context.clear_cookies()
        who.page.goto(demo.base + "/dang-nhap")
        who.faults.clear()  # the aborted requests
        who.sign_in(OPERATOR)
        who.go(f"/ban-lam-viec/san-pham/{product}/anh")
        # The script hides the button when it has looked at what is kept, and sends what there is to send at once.
        who.page.locator("form[data-outbox-form] button[type=submit]").wait_for(state="hidden")
        who.page.wait_for_load_state("networkidle")
        assert who.page.locator("[data-outbox]").is_hidden()
        assert len(who.page.evaluate(KEPT)) == 1
        assert stored(who, product) == []
        context.close()


class TestWithoutScript:
    @pytest.fixture
    def plain(self, browser: Browser, demo: Demo) -> Any:
        context = browser.new_context(viewport=PHONE, java_script_enabled=False, locale="vi-VN")  # type: ignore[arg-type]  # a plain size
        yield Visitor(context.new_page(), demo, [])
        context.close()

    def test_several_at_once_in_order_with_captions(self, plain: Visitor, demo: Demo) -> None:
        page = plain.page
        page.goto(demo.base + "/dang-nhap")
        page.fill("input[name=login]", PRODUCER)
        page.fill("input[name=passphrase]", demo.passphrase)
        page.click("main form button[type=submit]")
        page.goto(f"{demo.base}/ban-lam-viec/san-pham/{new_product(plain, 'Sản phẩm không cần script')}")
        page.get_by_role("link", name="Thêm và sắp xếp ảnh").click()
        cards = page.locator("#anh-da-co .board > li")
        files = [photo("1.jpg", (800, 600)), photo("2.jpg", (600, 800))]
        page.set_input_files("#f-photos-many", files)
        page.get_by_role("button", name="Tải ảnh lên").click()
        page.get_by_text("Đã thêm ảnh.").wait_for()
        assert cards.count() == 2
        cards.last.locator("input[name=caption]").fill("Mặt sau của hộp")
        cards.last.get_by_role("button", name="Đặt làm ảnh chính").click()
        page.get_by_text("Đã lưu ảnh.").wait_for()
        assert cards.first.locator("input[name=caption]").input_value() == "Mặt sau của hộp"
        assert "Ảnh chính" in cards.first.inner_text()
        cards.last.get_by_role("button", name="Xóa ảnh").click()
        page.get_by_text("Đã xóa ảnh.").wait_for()
        assert cards.count() == 1
