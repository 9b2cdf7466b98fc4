"""The sign-in page, as a browser uses it."""

from __future__ import annotations

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
