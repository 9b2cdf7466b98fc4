"""A product entered, returned, approved and found; a sheet with a wrong row mended and sent again: in a browser."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import xlsxwriter
from playwright.sync_api import Browser

from ocop_hub.intake.marked import MARK_HEADER
from ocop_hub.kit.spreadsheet import read_sheets

from .conftest import DESKTOP, PHONE, Demo, Visitor, visitor
from .test_photos import emptied, photo

PRODUCER = "chuthe@ocop.example"
OFFICER = "tinh@ocop.example"
DESK = "/ban-lam-viec"
APPROVALS = f"{DESK}/duyet"
#: A household's own list: whose it is is known, and stars are not its to say.
SHEET = [
    ["Tên sản phẩm", "Nhóm sản phẩm", "Giá bán", "Đơn vị tính", "Khối lượng"],
    ["Mực xé sợi", "Thực phẩm", "150.000đ", "túi", "200 g"],
    ["Ruốc hàu", "Thực phẩm", "chưa rõ", "lọ", "100 g"],
]


def press(who: Visitor, button: str) -> None:
    """Press a button that sends a form, and look at what comes back."""
    who.page.get_by_role("button", name=button).first.click()
    who.page.wait_for_load_state()
    who.fits()


def refused(who: Visitor, button: str) -> None:
    """Press a button whose form comes back with what is wrong; the browser notes the 422."""
    who.page.get_by_role("button", name=button).first.click()
    who.page.wait_for_load_state()
    assert "Cần sửa trước khi tiếp tục" in who.page.inner_text("main")
    assert len(who.faults) == 1
    who.faults.clear()
    who.fits()


def follow(who: Visitor, link: str) -> None:
    who.page.get_by_role("link", name=link).first.click()
    who.page.wait_for_load_state()
    who.fits()


def approval_is_needed_for(officer: Visitor, who: str) -> None:
    """From today, by the office's page."""
    officer.go(APPROVALS)
    officer.page.get_by_label(who).check()
    press(officer, "Lưu cách duyệt")
    assert "Đã ghi cách duyệt." in officer.page.inner_text("main")


def enter(who: Visitor) -> str:
    """A product in its steps, left after the second and gone on with; the address of its page."""
    who.go(f"{DESK}/san-pham/moi")
    refused(who, "Lưu và tiếp tục")
    who.page.fill("#f-name", "Mắm ruốc Thanh Lân")
    press(who, "Lưu và tiếp tục")
    who.page.fill("#f-price_vnd", "chín chục nghìn rưởi")
    who.page.fill("#f-unit", "hũ")
    refused(who, "Lưu và tiếp tục")
    assert who.page.input_value("#f-unit") == "hũ"
    who.page.fill("#f-price_vnd", "90k")
    press(who, "Lưu và tiếp tục")

    who.go(DESK)
    follow(who, "Mắm ruốc Thanh Lân")
    desk = who.page.url
    assert "Bản nháp" in who.page.inner_text("main")
    assert who.page.get_by_role("button", name="Đưa lên sàn").count() == 0
    follow(who, "Sửa sản phẩm")
    who.page.locator("a[href$='/sua/cau-chuyen']").first.click()
    who.page.wait_for_load_state()
    who.page.fill("#f-description", "Ruốc tươi muối ba tháng.")
    press(who, "Lưu và tiếp tục")
    return desk


def test_entered_in_steps_returned_approved_and_found(browser: Browser, demo: Demo) -> None:
    officer, officers = visitor(browser, demo, DESKTOP)
    officer.sign_in(OFFICER)
    approval_is_needed_for(officer, "mọi sản phẩm")
    household, phones = visitor(browser, demo, PHONE)
    household.sign_in(PRODUCER)
    desk = enter(household)
    household.go(f"{desk}/anh")
    household.page.set_input_files("#f-photos-many", [photo(f"mam{n}.jpg", (1800, 1200)) for n in (1, 2, 3)])
    household.page.locator("#anh-da-co .board > li").nth(2).wait_for()
    emptied(household)
    household.go(f"{desk}/sua")
    press(household, "Hoàn tất sản phẩm")
    assert "Chờ duyệt" in household.page.inner_text("main")

    buyer, buyers = visitor(browser, demo, PHONE)
    buyer.go("/san-pham?q=mam+ruoc+thanh+lan")
    assert "Mắm ruốc Thanh Lân" not in buyer.page.inner_text("main")

    officer.go(APPROVALS)
    follow(officer, "Mắm ruốc Thanh Lân")
    assert officer.page.locator(".thumbs img").count() == 3
    officer.page.get_by_text("Nhận xét Mô tả").click()
    officer.page.get_by_label("Cần sửa gì ở Mô tả").fill("Ghi rõ ruốc đánh ở đâu.")
    press(officer, "Trả lại để sửa")

    household.go(f"{desk}/sua")
    notice = household.page.locator(".notice.act")
    assert "Ghi rõ ruốc đánh ở đâu." in notice.inner_text()
    notice.get_by_role("link", name="Mô tả").click()
    household.page.wait_for_load_state()
    household.page.fill("#f-description", "Ruốc đánh ở biển Thanh Lân, muối ba tháng.")
    press(household, "Lưu")
    household.go(f"{desk}/sua")
    press(household, "Gửi lại")

    officer.go(APPROVALS)
    follow(officer, "Mắm ruốc Thanh Lân")
    press(officer, "Duyệt")
    approval_is_needed_for(officer, "không sản phẩm nào")  # as the demo's other visitors expect it
    buyer.go("/san-pham?q=mam+ruoc+thanh+lan")
    follow(buyer, "Mắm ruốc Thanh Lân")
    assert "Ruốc đánh ở biển Thanh Lân" in buyer.page.inner_text("main")
    household.go(desk)
    assert household.page.get_by_role("button", name="Đưa lên sàn").count() > 0
    for each in (officers, phones, buyers):
        each.close()


def workbook(rows: list[list[Any]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Sản phẩm")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, ["" if cell is None else cell for cell in row])
    return out.getvalue()


def send(who: Visitor, rows: list[list[Any]]) -> str:
    """Upload the sheet; what its preview says."""
    who.go(f"{DESK}/nhap-tep")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    who.page.set_input_files(
        "input[type=file]", {"name": "san-pham.xlsx", "mimeType": kind, "buffer": workbook(rows)}
    )
    press(who, "Đọc và xem trước")
    return who.page.inner_text("main")


def test_a_returned_row_is_mended_and_sent_again(phone: Visitor) -> None:
    phone.sign_in(PRODUCER)
    said = send(phone, SHEET)
    assert "1\nThêm mới" in said
    assert "1\nCần sửa" in said
    press(phone, "Lưu các dòng đúng (1)")
    with phone.page.expect_download() as download:
        phone.page.get_by_role("link", name="Tải bản có ghi chú cạnh ô cần sửa").click()
    (returned,) = read_sheets(Path(download.value.path()).read_bytes())
    header, good, wrong = (list(row) for row in returned.rows)
    mark, price = header.index(MARK_HEADER), header.index("Giá bán")
    assert not good[mark]
    assert "Giá" in str(wrong[mark])

    wrong[price] = "65.000"
    said = send(phone, [header, good, wrong])
    assert "1\nThêm mới" in said
    assert "1\nKhông đổi" in said
    assert "0\nCần sửa" in said
    press(phone, "Lưu các dòng đúng (1)")
    phone.go(f"{DESK}?q=ruoc+hau")
    assert "Ruốc hàu" in phone.page.inner_text("main")
