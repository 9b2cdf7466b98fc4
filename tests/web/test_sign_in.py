"""The sign-in page, as a browser uses it."""

from __future__ import annotations

import html
import re

import httpx
import pytest
from fastapi import FastAPI
from tests.builders import PASSPHRASE, Cast, sign_in

from ocop_hub.web.public.sign_in import own_path

HTML = {"Accept": "text/html"}


async def test_the_form_then_inside(client: httpx.AsyncClient, cast: Cast) -> None:
    page = await client.get("/dang-nhap", headers=HTML)
    assert page.status_code == 200
    assert 'action="/dang-nhap"' in page.text

    answer = await client.post(
        "/dang-nhap", data={"login": "0912 000 001", "passphrase": PASSPHRASE, "next": "/api/v1/me"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/api/v1/me")
    assert (await client.get("/api/v1/me")).json()["name"] == "Nguyễn Thị Hòa"
    assert (await client.get("/dang-nhap")).status_code == 303


async def test_signing_out_needs_the_form_token(client: httpx.AsyncClient, cast: Cast) -> None:
    token = await sign_in(client, cast.hoa)
    del client.headers["X-CSRF-Token"]
    without = await client.post("/dang-xuat", headers=HTML)
    assert without.status_code == 403
    assert "tải lại trang" in without.text
    assert (await client.post("/dang-xuat", data={"csrf": token})).status_code == 303
    assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_wrong_passphrase_shows_the_form_again(client: httpx.AsyncClient, cast: Cast) -> None:
    answer = await client.post("/dang-nhap", data={"login": "0912000001", "passphrase": "sai rồi nhé"})
    assert answer.status_code == 401
    assert "mật khẩu chưa đúng" in answer.text
    assert 'value="0912000001"' in answer.text
    assert "sai rồi nhé" not in answer.text


async def test_a_form_of_another_site_is_refused(client: httpx.AsyncClient, cast: Cast) -> None:
    answer = await client.post(
        "/dang-nhap",
        data={"login": "0912000001", "passphrase": PASSPHRASE},
        headers={"Origin": "https://xau.vidu.vn"},
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_without_a_page_asked_for_each_role_begins_at_its_own(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    await client.post("/dang-nhap", data={"login": "0912000001", "passphrase": PASSPHRASE})
    assert (await client.get("/dang-nhap")).headers["location"] == "/ban-lam-viec"


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the first form on a page."""
    form = page[page.index("<main") :].split("</form>")[0]
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    }


class TestTypedWhenTheSignInEnded:
    NEW = "/ban-lam-viec/san-pham/moi"

    async def test_it_is_kept_behind_the_sign_in_and_saved_with_one_press(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        typed = {
            "name": 'Mực "một nắng" <Cô Tô>',
            "group_code": "thuc_pham",
            "producer_id": str(cast.hers.id),
            "csrf": "cũ",
        }
        lapsed = await client.post(self.NEW, data=typed, headers=HTML)
        assert lapsed.status_code == 401
        assert "còn đây" in lapsed.text
        wrong = await client.post(
            "/dang-nhap", data=hidden(lapsed.text) | {"login": "0912000001", "passphrase": "sai rồi nhé"}
        )
        assert wrong.status_code == 401
        inside = await client.post(
            "/dang-nhap", data=hidden(wrong.text) | {"login": "0912000001", "passphrase": PASSPHRASE}
        )
        assert inside.status_code == 200
        assert inside.headers["cache-control"] == "private, no-store"
        fields = hidden(inside.text)
        assert {name: fields[name] for name in ("name", "group_code")} == {
            name: typed[name] for name in ("name", "group_code")
        }
        assert f'action="{self.NEW}"' in inside.text
        saved = await client.post(self.NEW, data=fields, headers=HTML)
        assert saved.status_code == 303

    async def test_signed_in_again_in_another_tab(self, client: httpx.AsyncClient, cast: Cast) -> None:
        token = await sign_in(client, cast.hoa)
        del client.headers["X-CSRF-Token"]
        old = await client.post(self.NEW, data={"name": "Mực khô", "csrf": "cũ"}, headers=HTML)
        assert old.status_code == 403
        assert hidden(old.text) == {"csrf": token, "name": "Mực khô"}

    async def test_a_form_of_another_site_is_not_carried(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.hoa)
        del client.headers["X-CSRF-Token"]
        answer = await client.post(
            self.NEW, data={"name": "Xấu"}, headers=HTML | {"Origin": "https://xau.vidu.vn"}
        )
        assert answer.status_code == 403
        assert "Xấu" not in answer.text

    async def test_secrets_do_not_come_back(self, client: httpx.AsyncClient, cast: Cast) -> None:
        answer = await client.post(
            "/ban-lam-viec/gian-hang", data={"marketplace": "shopee", "key": "khoa-bi-mat"}, headers=HTML
        )
        assert answer.status_code == 401
        assert "shopee" in answer.text
        assert "khoa-bi-mat" not in answer.text

    @pytest.mark.parametrize("packed", ["x", "[]", "[1]", "[false, [3]]", '{"a": 1}', "null"])
    async def test_what_no_form_of_ours_wrote_is_left(
        self, client: httpx.AsyncClient, cast: Cast, packed: str
    ) -> None:
        answer = await client.post(
            "/dang-nhap",
            data={"login": "0912000001", "passphrase": PASSPHRASE, "resume": self.NEW, "kept": packed},
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/dang-nhap")


async def test_demo_accounts_stand_there_only_in_a_demo(app: FastAPI, client: httpx.AsyncClient) -> None:
    assert "Tài khoản dùng thử" not in (await client.get("/dang-nhap")).text
    app.state.demo_accounts = [
        {"role_label": "Chủ thể OCOP", "login": "0912000001", "passphrase": PASSPHRASE, "note": ""}
    ]
    assert "Tài khoản dùng thử" in (await client.get("/dang-nhap")).text


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/", "/"),
        ("/ban-lam-viec?x=1", "/ban-lam-viec?x=1"),
        ("https://xau.vidu.vn/", "/"),
        ("//xau.vidu.vn/", "/"),
        ("/\\xau.vidu.vn", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("", "/"),
    ],
)
def test_a_link_never_leads_a_sign_in_elsewhere(target: str, path: str) -> None:
    assert own_path(target) == path
