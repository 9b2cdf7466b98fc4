"""A decision with its appendix, a claim by its QR code, and work done for another, in a browser."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import Browser

from ocop_hub.kit.qr import read_png

from .conftest import DESKTOP, PHONE, Demo, visitor

OFFICER = "tinh@ocop.example"
HELPER = "hotro@ocop.example"
PRODUCER = "chuthe@ocop.example"
DESK = "/ban-lam-viec"
APPENDIX = (
    "Tên sản phẩm;Chủ thể;Xã/phường;Nhóm sản phẩm;Sao;Ghi thêm\n"
    "Mật ong rừng Húc Động;Tổ hợp tác Mật ong Húc Động;Xã Bình Liêu;Thực phẩm;4;a\n"
    "Trứng vịt biển;Hợp tác xã chăn nuôi và dịch vụ Đồng Tiến;;Thực phẩm;4;b\n"
    "Rượu mơ;Tổ hợp tác Mật ong Húc Động;Xã Bình Liêu;Đồ uống;7;c\n"
)


def test_a_decision_its_appendix_and_a_claim_by_qr(browser: Browser, demo: Demo) -> None:
    officer, officers = visitor(browser, demo, DESKTOP)
    officer.sign_in(OFFICER)
    page = officer.page
    officer.go(f"{DESK}/quyet-dinh")
    page.fill("#f-number", "901/QĐ-UBND")
    page.fill("#f-issued_on", "2026-10-01")
    page.get_by_role("button", name="Ghi quyết định").click()
    page.wait_for_load_state()
    decision = page.url
    page.get_by_role("link", name="Nhập phụ lục từ Excel").click()
    page.wait_for_load_state()
    assert page.input_value("#f-decision_number") == "901/QĐ-UBND"
    page.set_input_files(
        "input[type=file]", {"name": "phu-luc.csv", "mimeType": "text/csv", "buffer": APPENDIX.encode()}
    )
    page.get_by_role("button", name="Đọc và xem trước").click()
    page.wait_for_load_state()
    officer.fits()
    assert "Hạng sao 7" in page.inner_text("main")
    # A column is told again, and an unsure name is answered.
    page.get_by_text("Cột này là gì?").click()
    page.get_by_label("Ghi thêm").select_option(label="Mô tả")
    page.get_by_role("button", name="Đọc lại theo các cột này").click()
    page.wait_for_load_state()
    page.get_by_label("HTX chăn nuôi và dịch vụ Đồng Tiến").check()
    page.get_by_role("button", name="Lưu câu trả lời và xem lại").click()
    page.wait_for_load_state()
    page.get_by_role("button", name="Lưu các dòng đúng (2)").click()
    page.wait_for_load_state()
    assert "Đã nhập xong" in page.inner_text("main")
    officer.go(decision)
    assert "Mật ong rừng Húc Động" in page.inner_text("main")

    officer.go(f"{DESK}/co-so?q=mat+ong+huc+dong")
    page.locator("main tbody a").first.click()
    page.wait_for_load_state()
    page.get_by_role("button", name="Cấp mã").click()
    page.wait_for_load_state()
    (address,) = read_png(page.locator(".print-label img").screenshot())
    officers.close()

    claimant, claimants = visitor(browser, demo, PHONE)
    claimant.go(str(httpx.URL(demo.base).join(httpx.URL(address).raw_path.decode())))
    claimant.page.fill("input[name=display_name]", "Chìu Sám Múi")
    claimant.page.fill("input[name=login]", "0978 222 333")
    claimant.page.fill("input[name=passphrase]", "ong rừng bay về tổ")
    claimant.page.get_by_role("button", name="Tạo tài khoản và nhận hồ sơ").click()
    claimant.page.wait_for_load_state()
    claimant.fits()
    assert "Mật ong rừng Húc Động" in claimant.page.inner_text("main")
    again = claimant.page.goto(address)
    assert again is not None
    assert again.status == 409
    assert "chỉ dùng được một lần" in claimant.page.inner_text("main")
    claimants.close()


def test_a_helper_works_for_a_household_on_record(browser: Browser, demo: Demo) -> None:
    helper, helpers = visitor(browser, demo, PHONE)
    helper.sign_in(HELPER)
    helper.go(f"{DESK}/co-so")
    helper.page.get_by_role("link", name="Hộ kinh doanh 01 (Cô Tô)").click()
    helper.page.wait_for_load_state()
    helper.fits()
    household = helper.page.url
    assert "làm hộ cho Hộ kinh doanh 01 (Cô Tô)" in helper.page.inner_text("header")
    helper.page.fill("#f-address", "Khu 2")
    helper.page.get_by_role("button", name="Lưu hồ sơ").click()
    helper.page.wait_for_load_state()
    assert "Đã lưu hồ sơ cơ sở" in helper.page.inner_text("main")
    helper.go(f"{DESK}/lam-ho")
    assert "Sửa hồ sơ cơ sở" in helper.page.inner_text("main")
    helpers.close()

    owner, owners = visitor(browser, demo, PHONE)
    owner.sign_in(PRODUCER)
    owner.go(f"{household}/viec-lam-ho")
    assert re.search(r"Bình làm hộ cho Hộ kinh doanh 01", owner.page.inner_text("main"))
    owner.go(f"{household}/lam-ho")
    owner.go(f"{household}/nguoi")
    owners.close()
