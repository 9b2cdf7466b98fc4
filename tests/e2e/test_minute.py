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

    printed = codes_of_pdf(sheet)
    assert len(printed) == 24
    # In capitals where that makes a smaller code; the address is the same.
    assert {code.lower() for code in printed} == {uri.lower()}
    assert hand.touches == ["save", "sheet"]
    assert len(hand.touches) <= MOST_TOUCHES


def test_a_products_own_label_works_before_any_lot(phone: Visitor) -> None:
    phone.sign_in(PRODUCER)
    phone.go("/ban-lam-viec")
    phone.page.get_by_role("link", name="Cá thu một nắng", exact=True).click()
    phone.page.wait_for_load_state()
    phone.page.get_by_role("link", name="Tem sản phẩm").click()
    phone.page.wait_for_load_state()
    phone.fits()
    uri = phone.page.locator("a", has_text="/t/").first.inner_text()
    phone.go(uri)
    text = phone.page.inner_text("body")
    assert "Cá thu một nắng" in text
    assert "Nơi sản xuất" in text
    assert "Nhật ký sản xuất" not in text
