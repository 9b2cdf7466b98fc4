"""The storefronts and the seller's form, as people use them."""

from __future__ import annotations

import re

import pytest
from tests.sandbox.conftest import Caller, jpeg

NEW = "/postmart/seller/htx-dong-tien/new"
FORM = {"title": "Trứng vịt biển Đồng Rui", "price": "135.000đ", "stock": "20", "description": "Vỉ 30 quả."}


class TestPostmart:
    async def test_a_person_enters_a_product_and_it_is_public(self, caller: Caller) -> None:
        assert 'type="file"' in (await caller.http.get(NEW)).text
        photo = {"pictures": ("a.jpg", jpeg(), "image/jpeg")}
        answer = await caller.http.post(NEW, data=FORM, files=photo)
        assert answer.status_code == 303
        where = answer.headers["location"]
        assert re.fullmatch(r"/postmart/p/trung-vit-bien-dong-rui-\d+\.html", where)
        page = (await caller.http.get(where)).text
        assert "135.000 ₫" in page
        assert "HTX chăn nuôi và dịch vụ Đồng Tiến" in page
        assert where in (await caller.http.get("/postmart/")).text
        assert [row["call"] for row in await caller.history()] == ["seller/new"]

    @pytest.mark.parametrize("field", sorted(FORM))
    async def test_a_missing_field_is_named_and_the_rest_stays(self, caller: Caller, field: str) -> None:
        answer = await caller.http.post(NEW, data=FORM | {field: " "})
        assert answer.status_code == 422
        assert f'id="{field}-problem"' in answer.text
        other = next(name for name in ("title", "description") if name != field)
        assert FORM[other] in answer.text
        assert await caller.history() == []

    async def test_a_file_that_is_no_picture_is_refused(self, caller: Caller) -> None:
        answer = await caller.http.post(NEW, data=FORM, files={"pictures": ("a.jpg", b"x", "image/jpeg")})
        assert answer.status_code == 422
        assert 'id="pictures-problem"' in answer.text

    async def test_a_product_taken_off_is_gone(self, caller: Caller) -> None:
        where = (await caller.http.post(NEW, data=FORM)).headers["location"]
        number = re.findall(r"\d+", where)[-1]
        assert (await caller.http.get(f"/postmart/p/other-words-{number}.html")).status_code == 200
        await caller.http.post(f"/postmart/seller/htx-dong-tien/delete/{number}")
        assert (await caller.http.get(where)).status_code == 404

    async def test_on_order_its_products_open_for_browsers_alone(self, caller: Caller) -> None:
        where = (await caller.http.post(NEW, data=FORM)).headers["location"]
        browser = {"User-Agent": "Mozilla/5.0 (Android 9)"}
        for refuse, status in ((True, 403), (False, 200)):
            order = {"market": "postmart", "refuse": refuse}
            assert (await caller.http.put("/_sandbox/robots", json=order)).status_code == 204
            assert (await caller.http.get(where)).status_code == status
            assert (await caller.http.get(where, headers=browser)).status_code == 200
        wrong = await caller.http.put("/_sandbox/robots", json={"market": "shopee"})
        assert wrong.status_code == 422

    async def test_text_stays_text(self, caller: Caller) -> None:
        sharp = '</script><script>alert("1")</script>'
        where = (await caller.http.post(NEW, data=FORM | {"title": sharp})).headers["location"]
        page = (await caller.http.get(where)).text
        assert "<script>alert" not in page
        assert page.count("</script>") == 1


class TestEveryPage:
    @pytest.mark.parametrize(
        "path",
        ["/", "/shopee/", "/shopee/shop/220001", "/postmart/", "/postmart/seller/htx-dong-tien", NEW,
         "/postmart/shop/htx-dong-tien", "/voso/", "/voso/seller/htx-dong-tien/new", "/san_quang_ninh/",
         "/san_lao_cai/seller/htx-dong-tien"],
    )  # fmt: skip
    async def test_is_marked_and_fits_a_phone(self, caller: Caller, path: str) -> None:
        answer = await caller.http.get(path)
        assert answer.status_code == 200
        assert "Sàn mô phỏng" in answer.text
        assert '<html lang="vi">' in answer.text
        assert "width=device-width" in answer.text

    @pytest.mark.parametrize(
        "path",
        ["/shopee/shop/1", "/shopee/product/220001/1", "/shopee/file/x", "/postmart/p/a.html",
         "/postmart/p/a-1.html", "/postmart/file/x", "/voso/a-p1.html", "/voso/a.html",
         "/san_lao_cai/san-pham/a-1"],
    )  # fmt: skip
    async def test_what_is_not_there_is_404(self, caller: Caller, path: str) -> None:
        assert (await caller.http.get(path)).status_code == 404
