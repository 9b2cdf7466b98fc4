"""The farmer's minute: from opening the page to a sheet of labels, on a small phone, with every touch counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator
from tests.printed import codes_of_pdf

from .conftest import Visitor

PRODUCER = "chuthe@ocop.example"
#: A touch takes about two seconds with a finger on a phone and a field typed about eight; a minute holds these.
MOST_TOUCHES = 6


@dataclass
class Hand:
    """A finger that counts what it does."""

    who: Visitor
    touches: list[str] = field(default_factory=list)

    def press(self, place: Locator, name: str) -> None:
        self.touches.append(name)
        assert place.bounding_box()["height"] >= 48, name  # type: ignore[index]  # it is on the screen
        place.click()


def test_a_lot_like_the_last_and_its_sheet_within_a_few_touches(phone: Visitor) -> None:
    phone.sign_in(PRODUCER)
    phone.go("/ban-lam-viec")
    phone.page.get_by_role("link", name="Cá thu một nắng", exact=True).click()
    phone.page.wait_for_load_state()
    form = phone.page.get_by_role("link", name="Ghi lô sản xuất mới").get_attribute("href")
    assert form is not None

    phone.go(form)
    hand = Hand(phone)
    assert "Đã điền như lô trước" in phone.page.inner_text("main")
    four = {
        name: phone.page.input_value(f"[name={name}]")
        for name in ("harvested_on", "processed_on", "packed_at")
    }
    assert all(four.values())
    assert phone.page.input_value("[name=unit_id]")
    hand.press(phone.page.get_by_role("button", name="Lưu và công bố lô"), "save")
    phone.page.wait_for_load_state()
    phone.fits()
    uri = phone.page.locator("a", has_text="/t/").first.inner_text()
    with phone.page.expect_download() as download:
        hand.press(phone.page.get_by_role("button", name="Tải tệp in tem"), "sheet")
    sheet = Path(download.value.path()).read_bytes()

    assert set(codes_of_pdf(sheet)) == {uri}
    assert len(codes_of_pdf(sheet)) == 24
    assert hand.touches == ["save", "sheet"]
    assert len(hand.touches) <= MOST_TOUCHES


def test_a_product_without_any_lot_has_a_useful_label_page(phone: Visitor) -> None:
    phone.sign_in(PRODUCER)
    phone.go("/ban-lam-viec")
    names = phone.page.locator("main a[href*='/ban-lam-viec/san-pham/']")
    assert names.count() > 0
    for href in sorted({names.nth(n).get_attribute("href") or "" for n in range(names.count())}):
        phone.go(href.partition("#")[0])
        if "Chưa có lô sản xuất nào." in phone.page.inner_text("main"):
            break
    else:
        raise AssertionError("every product of the demo's producer has a lot")
    phone.page.get_by_role("link", name="Tem sản phẩm").click()
    phone.page.wait_for_load_state()
    phone.fits()
    uri = phone.page.locator("a", has_text="/t/").first.inner_text()
    phone.go(uri)
    assert "Nơi sản xuất" in phone.page.inner_text("body")
